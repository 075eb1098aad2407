/** A whole campaign with the real QFX driver, on simulated devices. */
import { expect } from "chai";
import { startFabricRun } from "../support/fabricRun.ts";

describe("drivers: scratch", function () {
  it("EX-13 runs", async () => {
    const run = await startFabricRun();
    const t = Date.now();
    try {
    await run.until("end", async () => { const c = await run.campaign(); return c.status?.finishedAt === undefined ? undefined : c; });
    } finally {
    console.log(await run.describe(), Date.now() - t, (run.clock.now() - Date.parse("2026-11-22T00:00:00Z"))/1000, run.log.length, run.lost, run.phases, run.statesOf("leaf1"));
    for (const l of run.log) if (l["level"] !== "info") console.log(JSON.stringify(l));
    for (const [n, d] of run.simulator.devices) console.log(n, d.counters);
    }
    await run.stop();
  });
});
