/** A test run of a cluster: everything is looked at, on both nodes, and nothing is changed. */
import { expect } from "chai";
import type { FabricRun } from "../../support/fabricRun.ts";
import { FIREWALL, firewallStage } from "../../support/firewallFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";

const TEST = { mode: "TestRun", approval: { policy: "Manual" } } as const;

async function failedOf(fabric: FabricRun): Promise<readonly string[]> {
  const rows = (await fabric.upgrade(FIREWALL))?.status?.health ?? [];
  return rows.filter(({ passed }) => !passed).map(({ check, observed }) => `${check}: ${observed}`);
}

describe("drivers: a test run of an SRX cluster", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ stage: firewallStage(), campaign: TEST });

  it("TR-1 TR-3 IS-4 looks at health, package, disks of both nodes and the configuration, and writes nothing", async () => {
    const fabric = await start();
    await fabric.untilPhase("Tested");
    expect(await failedOf(fabric)).to.deep.equal([]);
    const checks = ((await fabric.upgrade(FIREWALL))?.status?.health ?? []).map(({ check }) => check);
    expect(checks).to.include.members(["driver", "package", "validation", "redundancy"]);
    expect(fabric.device(FIREWALL).counters).to.include({ writes: 0, commits: 0, switchovers: 0 });
  });

  it("TR-7 IS-5 tells of a full disk on the other node", async () => {
    const fabric = await start({
      faults: [{ device: FIREWALL, controlPlane: "node1", fault: "diskFull" }],
    });
    const upgrade = await fabric.until("tested", async () => {
      const found = await fabric.upgrade(FIREWALL);
      return found?.status?.health?.some(({ phase }) => phase === "Test") === true ? found : undefined;
    });
    expect(upgrade.status?.message).to.contain("node1 has 0 bytes free");
    expect(fabric.device(FIREWALL).counters.writes).to.equal(0);
  });
});
