/** Drains that do not work, and devices that are lost while others count on them. */
import { expect } from "chai";
import { shown, type FabricRun } from "../support/fabricRun.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { only } from "../support/smallFabric.ts";

async function expectInServiceAsFound(run: FabricRun, ...devices: readonly string[]): Promise<void> {
  for (const name of devices) {
    expect(run.configurationOf(name), name).to.equal(run.foundConfigurationOf(name));
  }
  expect((await run.fabric()).status?.outOfService ?? [], "the ledger").to.deep.equal([]);
}

describe("drivers: drains", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ campaign: only("leaf1") });

  it("HL-2 N4 a flow that is stuck on the drained leaf stops the reboot, and the drain is taken back", async () => {
    const fabric = await start({
      faults: [
        { device: "leaf3", fault: "stuckFlow" },
        { device: "leaf4", fault: "stuckFlow" },
      ],
    });
    const campaign = await fabric.untilPhase("Failed");
    const stuck = campaign.status?.failed?.find(({ device }) => device === "leaf1");
    expect(stuck?.reason).to.be.oneOf(["NotQuiet", "DrainUnproven"]);
    expect(stuck?.message).to.match(/bit\/s|through it/);
    expect((await fabric.upgrade("leaf1"))?.status?.state).to.equal("MaintenanceModeFailure");
    expect(fabric.device("leaf1").counters).to.include({ reboots: 0, installsStarted: 0 });
    await expectInServiceAsFound(fabric, "leaf1", "leaf2");
    expect(fabric.lost).to.equal(0);
  });

  it("HL-4 a refused drain commit never leads to a reboot", async () => {
    const refused = { device: "leaf1", fault: "commitFails", message: "daemon refuses" } as const;
    const fabric = await start({ faults: [refused, refused, refused] });
    const campaign = await fabric.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ device: "leaf1", reason: "CommitFailed" });
    expect(campaign.status?.failed?.[0]?.message).to.contain("daemon refuses");
    expect((await fabric.upgrade("leaf1"))?.status?.state).to.equal("MaintenanceModeFailure");
    expect(fabric.device("leaf1").counters).to.include({ reboots: 0, installsStarted: 0 });
    await expectInServiceAsFound(fabric, "leaf1");
  });

  it("HL-4 a commit that is refused once is tried again", async () => {
    const fabric = await start({
      faults: [{ device: "leaf1", fault: "commitFails", message: "daemon busy" }],
    });
    await fabric.untilPhase("Completed");
    await expectInServiceAsFound(fabric, "leaf1");
    expect(fabric.lost).to.equal(0);
  });

  it("N10 an undrain that is refused again and again is tried on, and the device comes back", async () => {
    const fabric = await start({});
    await fabric.untilStep("leaf1", "ControlPlane", "Running");
    for (let count = 0; count < 6; count += 1) {
      fabric.inject({ device: "leaf1", fault: "commitFails", message: "daemon busy" });
    }
    await fabric.untilPhase("Completed");
    await expectInServiceAsFound(fabric, "leaf1");
    expect(fabric.device("leaf1").counters.reboots).to.equal(1);
  });

  for (const rpc of ["commit-configuration", "load-configuration"] as const) {
    it(`EX-9 a lost reply to ${rpc} in the drain does no harm`, async () => {
      const fabric = await start({ faults: [{ device: "leaf1", fault: "replyLost", rpc }] });
      await fabric.untilPhase("Completed");
      expect(fabric.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
      expect(fabric.lost).to.equal(0);
      await expectInServiceAsFound(fabric, "leaf1");
    });
  }

  it("EX-9 a session that dies with the drain's commit does no harm", async () => {
    const fabric = await start({
      faults: [{ device: "leaf1", fault: "dropSession", rpc: "commit-configuration", executed: true }],
    });
    await fabric.untilPhase("Completed");
    expect(fabric.lost).to.equal(0);
    await expectInServiceAsFound(fabric, "leaf1");
  });

  it("TR-7 HC-2 a peer that dies between two batches stops the next one, which goes on when it is back", async () => {
    const fabric = await start({
      campaign: only("leaf1", "leaf2"),
    });
    const first = await fabric.until("the first reboots", async () => {
      for (const name of ["leaf1", "leaf2"]) {
        if ((await fabric.upgrade(name))?.status?.state === "Rebooting") return name;
      }
      return undefined;
    });
    const second = first === "leaf1" ? "leaf2" : "leaf1";
    await fabric.hold("UpgradeCampaign", "look first");
    await fabric.untilPhase("Held");
    const dead = fabric.inject({ device: first, fault: "deviceDead" });
    await fabric.hold("UpgradeCampaign", undefined);
    const waiting = await fabric.untilPhase("Blocked");
    expect(shown(waiting.status?.conditions, "Ready"), "who").to.contain(first).and.contain(second);
    await fabric.pass(900);
    expect(fabric.device(second).counters).to.include({ writes: 0, reboots: 0 });
    dead.clear();
    await fabric.untilPhase("Completed");
    expect(fabric.device(second).counters).to.include({ reboots: 1, installsStarted: 1 });
    expect(fabric.device(first).counters).to.include({ installsStarted: 1 });
    await expectInServiceAsFound(fabric, "leaf1", "leaf2");
  });

  it("N3 a peer that dies while the device is drained and installing brings it back at once", async () => {
    const fabric = await start({});
    await fabric.untilStep("leaf1", "Install", "Running");
    await fabric.pass(60);
    const dead = fabric.inject({ device: "leaf2", fault: "deviceDead" });
    const diedAt = fabric.clock.now();
    await fabric.until("back in service", async () => {
      const ledger = (await fabric.fabric()).status?.outOfService ?? [];
      return ledger.length === 0 ? true : undefined;
    });
    expect((fabric.clock.now() - diedAt) / 1000, "seconds of model time").to.be.below(120);
    expect(fabric.device("leaf1").counters.reboots).to.equal(0);
    await expectInServiceAsFound(fabric, "leaf1");
    await fabric.pass(1800);
    const told = shown((await fabric.campaign()).status?.conditions, "Ready");
    expect(told).to.contain("leaf2");
    expect(fabric.device("leaf1").counters.reboots, "while the peer is away").to.equal(0);
    dead.clear();
    await fabric.untilPhase("Completed");
    expect(fabric.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
    await expectInServiceAsFound(fabric, "leaf1");
  });

  it("N3 a spine that dies meanwhile: the leaf waits drained for its sessions, says so, and goes on", async () => {
    const fabric = await start({});
    await fabric.untilStep("leaf1", "Install", "Running");
    // The other spine carries everybody: no cause to come back before the reboot.
    const dead = fabric.inject({ device: "spine1", fault: "deviceDead" });
    await fabric.untilPhase("Hung");
    expect((await fabric.upgrade("leaf1"))?.status?.message).to.match(/BGP peers/);
    dead.clear();
    await fabric.untilPhase("Completed");
    expect(fabric.device("leaf1").counters.reboots).to.equal(1);
    await expectInServiceAsFound(fabric, "leaf1");
  });
});
