/** A recovery snapshot of the new software, once the device has stayed as it was found. */
import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import type { FabricRun } from "../support/fabricRun.ts";
import { NAMESPACE, only } from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";

const LONG_SOAK = { maxBatchSize: 4, canary: { devicesPerTier: 0 }, soak: "30m" };

async function soakOf(run: FabricRun): Promise<string> {
  const steps = (await run.upgrade("leaf1"))?.status?.steps ?? [];
  return steps.find(({ name }) => name === "Soak")?.message ?? "";
}

async function warnings(run: FabricRun): Promise<readonly string[]> {
  const events = await run.store.list("Event", NAMESPACE);
  return events
    .filter(({ type }) => type === "Warning")
    .map(({ reason, note }) => `${reason}: ${note ?? ""}`);
}

function snapshots(run: FabricRun): number {
  return run.device("leaf1").rpcLog.filter(({ rpc }) => rpc === "request-snapshot").length;
}

describe("drivers: recovery snapshots", function () {
  this.timeout(60_000);
  const start = startsFabricRuns({ campaign: only("leaf1") });

  it("BK-2 is taken once, after the soak", async () => {
    const run = await start();
    await run.untilPhase("Completed");
    expect(snapshots(run)).to.equal(1);
    expect(await soakOf(run)).to.equal("stayed as found; recovery snapshot taken");
    expect(run.lost).to.equal(0);
  });

  it("is not asked for where the campaign says so", async () => {
    const strategy = { ...LONG_SOAK, recoverySnapshot: false };
    const run = await start({ campaign: { ...only("leaf1"), strategy } });
    await run.untilPhase("Completed");
    expect(snapshots(run)).to.equal(0);
    expect(await soakOf(run)).to.equal("stayed as found");
  });

  it("that fails is a warning, and no failed upgrade", async () => {
    const run = await start({ campaign: { ...only("leaf1"), strategy: LONG_SOAK } });
    await run.untilStep("leaf1", "Soak", "Running");
    run.inject({ device: "leaf1", fault: "diskFull" });
    await run.untilPhase("Completed");
    expect(await soakOf(run)).to.contain("no recovery snapshot: request-snapshot: No space left on device");
    expect((await run.upgrade("leaf1"))?.status?.state).to.equal("HitlessImageUpgradeSuccessful");
    await eventually(async () => {
      expect((await warnings(run)).join("\n")).to.contain("SnapshotFailed: leaf1: ");
    });
  });

  it("is not taken of a device that is not as it was found", async () => {
    const run = await start({ campaign: { ...only("leaf1"), strategy: LONG_SOAK } });
    await run.untilStep("leaf1", "Soak", "Running");
    await run.configure("leaf1", ["set system services netconf rfc-compliant"]);
    await run.untilPhase("Failed");
    expect(snapshots(run)).to.equal(0);
  });
});
