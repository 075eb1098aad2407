/** The defects found in the predecessor's shipped code that concern routers, each as something that does not happen here. */
import { assigned } from "../../support/largeDevices.ts";
import { expect } from "chai";
import { mixedFabric } from "../../support/mixedFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";

describe("drivers: defects of the predecessor, on routers", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ stage: mixedFabric(), campaign: assigned({ spine1: "mx" }) });
  const acts = (rpc: string): boolean => /package-add|reboot$|engine-switch|vmhost/.test(rpc);

  it("defect 3 health is checked in the run itself, not only in a test run before", async () => {
    const run = await start({
      faults: [
        {
          device: "spine1",
          fault: "alarm",
          class: "Major",
          description: "FPC 0 Hard errors",
          source: "chassis",
        },
      ],
    });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]?.reason).to.equal("HealthCheckFailed");
    expect(run.device("spine1").counters.writes).to.equal(0);
  });

  it("defect 5 a drain that others do not follow is not waited out: nothing is installed, and it is undone", async () => {
    const run = await start({
      faults: ["leaf1", "leaf2", "leaf3", "leaf4"].map((device) => ({ device, fault: "stuckFlow" as const })),
    });
    await run.untilPhase("Failed");
    expect(run.device("spine1").counters).to.include({ reboots: 0, installsStarted: 0, switchovers: 0 });
    expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
  });

  it("defect 6 when a router fails, its peer does not start", async () => {
    const run = await start({
      campaign: assigned({ spine1: "mx", spine2: "mx-vmhost" }),
      faults: [
        { device: "spine1", controlPlane: "re1", fault: "bootsOldRelease" },
        { device: "spine2", controlPlane: "re1", fault: "bootsOldRelease" },
      ],
    });
    await run.untilPhase("Failed");
    await run.pass(3600);
    const touched = ["spine1", "spine2"].filter((name) =>
      run.device(name).rpcLog.some(({ rpc, write }) => write && acts(rpc)),
    );
    expect(touched).to.have.lengthOf(1);
    expect(run.lost).to.equal(0);
  });

  it("defect 10 a drain whose reply was lost is found on the device, and taken back when the run fails", async () => {
    const run = await start({
      faults: [
        { device: "spine1", fault: "dropSession", rpc: "commit-configuration", executed: true },
        { device: "spine1", controlPlane: "re1", fault: "installFails" },
      ],
    });
    await run.untilPhase("Failed");
    expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
    expect((await run.fabric()).status?.outOfService ?? []).to.deep.equal([]);
    expect(run.lost).to.equal(0);
  });
});
