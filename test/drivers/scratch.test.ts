import { startFabricRun } from "../support/fabricRun.ts";
describe("scratch", function () {
  it("counts", async () => {
    const run = await startFabricRun();
    const t = Date.now();
    await run.until("end", async () => { const c = await run.campaign(); return c.status?.finishedAt === undefined ? undefined : c; });
    console.log(await run.describe(), Date.now() - t, (run.clock.now() - Date.parse("2026-11-22T00:00:00Z"))/1000, run.log.length, run.lost);
    for (const [n, d] of run.simulator.devices) { const m = new Map(); for (const {rpc} of d.rpcLog) m.set(rpc, (m.get(rpc)??0)+1);
      console.log(n, d.rpcLog.length, [...m].sort((a,b)=>b[1]-a[1]).map(([k,v])=>`${k}:${v}`).join(" ")); }
    let w = 0; for (const k of ["DeviceUpgrade","UpgradeCampaign","Fabric","Lease"] as const) for (const o of await run.store.list(k)) console.log(k, o.metadata.name, o.metadata.resourceVersion);
    await run.stop();
  });
});
