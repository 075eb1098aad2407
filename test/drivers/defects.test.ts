/**
 * The defects found in the predecessor's shipped code that are about what a device is asked and told, each as something
 * that does not happen here. Those of routers with two routing engines stand in `mx/defects.test.ts`, those of the planner
 * in `planner/knownDefects.test.ts`.
 */
import { expect } from "chai";
import { only } from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { threeWayFabric } from "../support/threeWayFabric.ts";

const ALARM = {
  device: "leaf1",
  fault: "alarm",
  class: "Major",
  description: "FPC 0 Hard errors",
  source: "chassis",
} as const;

describe("drivers: defects of the predecessor, on switches", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ campaign: only("leaf1", "leaf2") });

  it("defect 3 health is checked in the run itself, however long ago the test run was", async () => {
    const run = await start({ campaign: { ...only("leaf1", "leaf2"), mode: "TestRun" } });
    await run.until("the test run", async () => {
      const upgrade = await run.upgrade("leaf1");
      return upgrade?.status?.test?.passed === true ? upgrade : undefined;
    });
    run.inject(ALARM);
    await run.change((spec) => {
      spec.mode = "Upgrade";
    });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ device: "leaf1", reason: "HealthCheckFailed" });
    expect(run.device("leaf1").counters).to.include({ commits: 0, reboots: 0, installsStarted: 0 });
  });

  it("defect 5 a drain is proven by where traffic goes, not by a pause of 60 seconds", async () => {
    const run = await start({
      faults: ["leaf2", "leaf3", "leaf4", "spine1", "spine2"].map((device) => ({
        device,
        fault: "stuckFlow" as const,
      })),
    });
    await run.untilPhase("Failed");
    expect(run.device("leaf1").counters).to.include({ reboots: 0, installsStarted: 0 });
    expect(run.configurationOf("leaf1")).to.equal(run.foundConfigurationOf("leaf1"));
  });

  it("defect 6 when a leaf fails, its multihomed peer in the next batch does not start", async () => {
    const run = await start({ faults: [{ device: "leaf1", fault: "bootsOldRelease" }] });
    await run.untilPhase("Failed");
    await run.pass(3600);
    expect(run.device("leaf1").counters.reboots).to.equal(1);
    expect(run.device("leaf2").counters).to.include({ commits: 0, reboots: 0, installsStarted: 0 });
    expect(run.lost).to.equal(0);
  });

  for (const family of ["junos-qfx", "junos-mx"] as const) {
    for (const peer of ["leaf2", "leaf3"] as const) {
      it(`defect 7 the LACP of every peer of a three-way segment is looked at: ${peer} of ${family}`, async () => {
        const run = await start({
          stage: threeWayFabric(family),
          campaign: only("leaf1"),
          faults: [{ device: peer, fault: "lacpDown", interface: "ae1" }],
        });
        const upgrade = await run.untilState("leaf1", "Blocked");
        expect(upgrade.status?.message).to.contain(`${peer}/xe-0/0/1 Detached`);
        await run.pass(3600);
        expect(run.device("leaf1").counters.writes).to.equal(0);
      });
    }

    it(`defect 7 with all peers of a three-way segment well, ${family} is upgraded without a loss`, async () => {
      const run = await start({ stage: threeWayFabric(family), campaign: only("leaf1") });
      await run.untilPhase("Completed");
      expect(run.lost).to.equal(0);
    });
  }

  it("defect 8 the same release written in full is the same, and one whose text sorts lower is no downgrade", async () => {
    const same = await start({
      image: { osVersion: "21.4R3-S5.4", deviceImageName: imageOf("21.4R3-S5.4") },
    });
    await same.untilPhase("Completed");
    expect(await same.upgrade("leaf1")).to.equal(undefined);
    expect(same.writes).to.equal(0);
    await same.stop();

    // By its letters S10 comes before S5.
    const later = await start({
      image: { osVersion: "21.4R3-S10.9", deviceImageName: imageOf("21.4R3-S10.9") },
      campaign: { ...only("leaf1"), mode: "Plan" },
    });
    await later.untilPhase("Planned");
    expect((await later.campaign()).status?.plan?.devices).to.equal(1);
  });

  it("defect 10 a drain whose commit was seen by nobody is found on the device, and taken back when the run fails", async () => {
    const run = await start({
      faults: [
        { device: "leaf1", fault: "dropSession", rpc: "commit-configuration", executed: true },
        { device: "leaf1", fault: "installFails" },
      ],
    });
    await run.untilPhase("Failed");
    expect(run.configurationOf("leaf1")).to.equal(run.foundConfigurationOf("leaf1"));
    expect((await run.fabric()).status?.outOfService ?? []).to.deep.equal([]);
    expect(run.lost).to.equal(0);
  });
});

function imageOf(release: string): string {
  return `jinstall-host-qfx-5e-x86-64-${release}-secure-signed.tgz`;
}
