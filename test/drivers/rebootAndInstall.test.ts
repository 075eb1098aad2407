/** Installations and reboots that go wrong: who stays out, who is told, and that nothing happens twice. */
import { expect } from "chai";
import { shown, type FabricRun } from "../support/fabricRun.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { OLD_RELEASE, only, TARGET_RELEASE } from "../support/smallFabric.ts";

describe("drivers: install and reboot", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ campaign: only("leaf1") });

  async function expectLedger(fabric: FabricRun, ...devices: readonly string[]): Promise<void> {
    const ledger = (await fabric.fabric()).status?.outOfService ?? [];
    expect(ledger.map(({ device }) => device)).to.deep.equal(devices);
  }

  it("an installation that fails is not followed by a reboot: undrained, and told", async () => {
    const fabric = await start({ faults: [{ device: "leaf1", fault: "installFails" }] });
    const campaign = await fabric.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ device: "leaf1", reason: "InstallFailed" });
    expect(campaign.status?.failed?.[0]?.message).to.contain("signature verification failed");
    const upgrade = await fabric.upgrade("leaf1");
    expect(upgrade?.status?.state).to.equal("HitlessImageUpgradeFailed");
    expect(fabric.device("leaf1").counters).to.include({ reboots: 0, installsStarted: 1 });
    expect(fabric.configurationOf("leaf1")).to.equal(fabric.foundConfigurationOf("leaf1"));
    await expectLedger(fabric);
    expect(fabric.lost).to.equal(0);
  });

  it("EX-14 a device that boots the old release stays drained, keeps its entry in the ledger, and halts the rest", async () => {
    const fabric = await start({
      campaign: only("leaf1", "leaf2"),
      faults: [
        { device: "leaf1", fault: "bootsOldRelease" },
        { device: "leaf2", fault: "bootsOldRelease" },
      ],
    });
    const campaign = await fabric.untilPhase("Failed");
    const failed = campaign.status?.failed?.[0];
    expect(failed?.reason).to.equal("VersionUnexpected");
    expect(failed?.message).to.contain("stays out of service").and.contain(OLD_RELEASE);
    const name = failed?.device ?? "";
    const other = name === "leaf1" ? "leaf2" : "leaf1";
    expect(fabric.device(name).counters).to.include({ reboots: 1, installsStarted: 1 });
    expect(fabric.configurationOf(name), "still drained").to.not.equal(fabric.foundConfigurationOf(name));
    await expectLedger(fabric, name);
    await fabric.pass(2 * 3600);
    expect(fabric.device(other).counters).to.include({ writes: 0, reboots: 0 });
    expect(fabric.device(name).counters.reboots).to.equal(1);
    const upgrade = await fabric.upgrade(name);
    expect(shown(upgrade?.status?.conditions, "OutOfService")).to.match(/^True VersionUnexpected /);
    expect(fabric.lost).to.equal(0);
  });

  it("PL-17 a device that never comes back is Hung: people see it, and nothing new starts", async () => {
    const fabric = await start({
      campaign: only("leaf1", "leaf2"),
      faults: [
        { device: "leaf1", fault: "bootsNever" },
        { device: "leaf2", fault: "bootsNever" },
      ],
    });
    const campaign = await fabric.untilPhase("Hung");
    const upgrades = await Promise.all(["leaf1", "leaf2"].map((each) => fabric.upgrade(each)));
    const hung = upgrades.filter((each) => each?.status?.state === "Hung");
    expect(hung).to.have.lengthOf(1);
    const name = hung[0]?.spec.deviceName ?? "";
    expect(shown(campaign.status?.conditions, "Stalled"))
      .to.match(/^True DeadlinePassed /)
      .and.contain(name);
    await fabric.pass(3600);
    expect(fabric.device(name === "leaf1" ? "leaf2" : "leaf1").counters.writes).to.equal(0);
    await expectLedger(fabric, name);
    expect(fabric.lost).to.equal(0);
  });

  it("N5 a lost reply to the reboot request does not reboot twice", async () => {
    const fabric = await start({ faults: [{ device: "leaf1", fault: "rebootReplyLost" }] });
    await fabric.untilPhase("Completed");
    expect(fabric.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
    expect(fabric.lost).to.equal(0);
  });

  it("EX-9 a device that takes minutes to go down is asked to reboot once", async () => {
    const fabric = await start({ timings: { shutdownSeconds: 200 } });
    await fabric.untilPhase("Completed");
    const asked = fabric.device("leaf1").rpcLog.filter(({ rpc }) => rpc === "request-reboot");
    expect(asked).to.have.lengthOf(1);
    expect(fabric.device("leaf1").counters.reboots).to.equal(1);
    expect(fabric.lost).to.equal(0);
  });

  for (const rpc of ["request-package-add", "request-reboot"] as const) {
    it(`N5 a reply to ${rpc} that never comes does no harm`, async () => {
      const fabric = await start({ faults: [{ device: "leaf1", fault: "replyLost", rpc }] });
      await fabric.untilPhase("Completed");
      expect(fabric.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
      expect(fabric.lost).to.equal(0);
    });

    for (const executed of [true, false]) {
      it(`N5 a session that dies ${executed ? "after" : "before"} ${rpc} is executed does no harm`, async () => {
        const fabric = await start({ faults: [{ device: "leaf1", fault: "dropSession", rpc, executed }] });
        await fabric.untilPhase("Completed");
        expect(fabric.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
        expect(fabric.lost).to.equal(0);
      });
    }
  }

  it("a power failure while it installs ends the run: undrained, and told", async () => {
    const fabric = await start({});
    await fabric.untilStep("leaf1", "Install", "Running");
    await fabric.pass(100);
    fabric.inject({ device: "leaf1", fault: "deviceDead", forSeconds: 300 });
    const campaign = await fabric.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ device: "leaf1", reason: "InstallFailed" });
    expect(fabric.device("leaf1").counters).to.include({ reboots: 0, installsStarted: 1 });
    expect(fabric.configurationOf("leaf1")).to.equal(fabric.foundConfigurationOf("leaf1"));
    await expectLedger(fabric);
  });

  it("readings that do not come back are told: a line that stays down after the upgrade", async () => {
    const fabric = await start({});
    await fabric.untilStep("leaf1", "Reboot", "Running");
    fabric.inject({ device: "leaf1", fault: "lacpDown", interface: "ae1" });
    const campaign = await fabric.until("told", async () => {
      const found = await fabric.campaign();
      return ["Failed", "Hung"].includes(found.status?.phase ?? "") ? found : undefined;
    });
    expect(shown(campaign.status?.conditions, "Ready")).to.contain("leaf1");
    expect((await fabric.upgrade("leaf1"))?.status?.message).to.match(/LACP/);
    expect(fabric.device("leaf1").truth().release).to.equal(TARGET_RELEASE);
  });
});
