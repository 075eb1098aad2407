/** A router over real SSH: the address moves to the other routing engine, and with it the host key. */
import { assigned } from "../../support/largeDevices.ts";
import { expect } from "chai";
import { mixedFabric } from "../../support/mixedFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";
import { TARGET_RELEASE } from "../../support/smallFabric.ts";

describe("drivers: a router over SSH", function () {
  this.timeout(240_000);

  const start = startsFabricRuns({ transport: "ssh" });

  it("RE-3 the switchover moves the management address, and both engines' host keys are known there", async () => {
    const run = await start({ stage: mixedFabric(), campaign: assigned({ spine1: "mx" }) });
    await run.untilPhase("Completed");
    const { master, controlPlanes } = run.device("spine1").truth();
    expect(master).to.equal("re1");
    expect(controlPlanes.map(({ release }) => release)).to.deep.equal([TARGET_RELEASE, TARGET_RELEASE]);
    expect(run.lost).to.equal(0);
  });

  it("a routing engine whose host key changes over its reboot is not believed: half done, drained, and told", async () => {
    const run = await start({
      stage: mixedFabric(),
      campaign: assigned({ spine1: "mx" }),
      faults: [{ device: "spine1", controlPlane: "re1", fault: "hostKeyChangesOnReboot" }],
    });
    const upgrade = await run.untilState("spine1", "Unknown");
    expect(upgrade.status?.message).to.contain("spine1 re1").and.contain("none of those known");
    expect(run.device("spine1").truth().master).to.equal("re0");
    expect(run.lost).to.equal(0);
  });
});
