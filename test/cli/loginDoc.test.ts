/** docs/junos-login.md lists what a read-only login is asked: a login is made by it, so it has to be all of it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { campaignInput, storeOf } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import { createTwinObjects } from "../../src/cli/twin/twinObjects.ts";
import { readSimulation } from "../../src/cli/twin/simulationFile.ts";
import { planLive } from "../../src/controllers/campaign/planning.ts";
import { devicePool, dialSsh } from "../../src/controllers/device/devicePool.ts";
import { DRIVERS } from "../../src/drivers/registry.ts";
import { NO_METER } from "../../src/observability/meter.ts";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { realClock } from "../../src/simulator/modelClock.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import { MIXED } from "./support.ts";

const PAGE = readFileSync(path.resolve(import.meta.dirname, "../../docs/junos-login.md"), "utf8");

describe("docs/junos-login.md", () => {
  let simulator: FabricSimulator | undefined;
  after(async () => simulator?.close());

  it("TR-3 lists every request of plan --live, of switches, routers and firewalls, and no others", async () => {
    const source = await storeOf(await readManifests([MIXED]), { now: Date.now });
    const objects = await campaignInput(source);
    const clock = realClock();
    simulator = createFabricSimulator({ description: await readSimulation([MIXED], objects.fabric), clock });
    const store = memoryStore({ clock });
    await createTwinObjects(store, objects, await simulator.serve({ freePorts: true }));
    const asked = new Set<string>();
    const pool = devicePool({
      store,
      dial: dialSsh,
      signal: new AbortController().signal,
      registerSecret: () => undefined,
      meter: { ...NO_METER, deviceRpc: ({ rpc }) => void asked.add(rpc) },
    });
    try {
      await planLive({ pool, drivers: DRIVERS, clock }, await campaignInput(store));
    } finally {
      pool.close();
      await store.close();
    }
    const [table = ""] = /^\| request[\s\S]*?(?=\n\n)/m.exec(PAGE) ?? [];
    const listed = [...table.matchAll(/^\| `([\w-]+)`/gm)].map(([, request]) => request ?? "");
    expect([...asked].toSorted()).to.deep.equal(listed.toSorted());
  });
});
