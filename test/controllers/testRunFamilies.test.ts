/** A test run of routers with two routing engines and of a chassis cluster: their own questions, and no write either. */
import { expect } from "chai";
import { firewallStage, FIREWALL } from "../support/firewallFabric.ts";
import type { FabricRun } from "../support/fabricRun.ts";
import { mixedFabric } from "../support/mixedFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";

const TEST = { mode: "TestRun", approval: { policy: "Manual" } } as const;

function expectNoWrites(run: FabricRun): void {
  for (const [name, { counters }] of run.simulator.devices) {
    expect(counters, name).to.include({ writes: 0, commits: 0, installsStarted: 0, reboots: 0 });
  }
}

describe("controllers: a test run of each family", function () {
  this.timeout(120_000);

  describe("switches and routers", () => {
    const start = startsFabricRuns({ stage: mixedFabric(), campaign: TEST });

    it("TR-2 TR-3 HC-5 asks each by its family, and changes nothing on any routing engine", async () => {
      const run = await start();
      await run.untilPhase("Tested");
      const upgrades = await run.store.list("DeviceUpgrade", "default");
      expect(new Set(upgrades.map(({ spec }) => spec.procedure)).size).to.be.above(1);
      for (const { spec, status } of upgrades) {
        const rows = (status?.health ?? []).filter(({ phase }) => phase === "Test");
        expect(
          rows.filter(({ passed }) => !passed),
          spec.deviceName,
        ).to.deep.equal([]);
        expect(
          rows.map(({ check }) => check),
          spec.deviceName,
        ).to.include.members(["macCount", "drain"]);
        const isRouter = spec.procedure.startsWith("mx");
        const asked = new Set(run.device(spec.deviceName).rpcLog.map(({ rpc }) => rpc));
        expect(asked.has("get-bridge-mac-table"), spec.deviceName).to.equal(isRouter);
        expect(
          rows.some(({ check }) => check === "driver"),
          spec.deviceName,
        ).to.equal(isRouter);
      }
      expectNoWrites(run);
    });
  });

  describe("a chassis cluster", () => {
    const start = startsFabricRuns({ stage: firewallStage(), campaign: TEST });

    it("TR-2 TR-3 has its nodes looked at, and nothing of what a firewall does not have", async () => {
      const run = await start();
      await run.untilPhase("Tested");
      const health = (await run.upgrade(FIREWALL))?.status?.health ?? [];
      const checks = health.map(({ check }) => check);
      expect(health.filter(({ passed }) => !passed)).to.deep.equal([]);
      expect(checks).to.include("driver");
      expect(checks).not.to.include("macCount").and.not.to.include("evpnInstances");
      expectNoWrites(run);
    });

    it("HC-2 a node that is not fit fails it", async () => {
      const run = await start({
        faults: [{ device: FIREWALL, controlPlane: "node1", fault: "priorityZero" }],
      });
      await run.untilPhase("Blocked");
      const health = (await run.upgrade(FIREWALL))?.status?.health ?? [];
      const failed = health.filter(({ passed }) => !passed);
      expect(failed.map(({ observed }) => observed).join()).to.contain("node1 has priority 0");
      expectNoWrites(run);
    });
  });
});
