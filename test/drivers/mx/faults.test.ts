/** Routers on which something goes wrong: where the run stops, that nothing happens twice, and what people are told. */
import { assigned } from "../../support/largeDevices.ts";
import { expect } from "chai";
import type { FabricRun } from "../../support/fabricRun.ts";
import { mixedFabric } from "../../support/mixedFabric.ts";
import { OLD_RELEASE, TARGET_RELEASE } from "../../support/smallFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";

describe("drivers: routers on which something goes wrong", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ stage: mixedFabric(), campaign: assigned({ spine1: "mx" }) });

  const releases = (run: FabricRun): readonly string[] =>
    run
      .device("spine1")
      .truth()
      .controlPlanes.map(({ release }) => release);
  const ledger = async (run: FabricRun): Promise<readonly string[]> =>
    ((await run.fabric()).status?.outOfService ?? []).map(({ device }) => device);
  const expectOnceEach = (run: FabricRun): void => {
    for (const { name, counters } of run.device("spine1").truth().controlPlanes) {
      expect(counters, name).to.deep.equal({ reboots: 1, installsStarted: 1, installsFinished: 1 });
    }
  };

  it("ansible#724 an engine that is only `Present` keeps the device waiting in service, untouched", async () => {
    const run = await start({
      faults: [{ device: "spine1", controlPlane: "re1", fault: "engineHalted", forSeconds: 7200 }],
    });
    const upgrade = await run.untilState("spine1", "Blocked");
    expect(upgrade.status?.message).to.contain("re1");
    expect(run.device("spine1").counters.writes).to.equal(0);
    await run.untilPhase("Completed");
    expect(releases(run)).to.deep.equal([TARGET_RELEASE, TARGET_RELEASE]);
  });

  it("RE-2 a backup that boots the old release: drained, half done, and told; the master was never touched", async () => {
    const run = await start({
      faults: [{ device: "spine1", controlPlane: "re1", fault: "bootsOldRelease" }],
    });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]?.message).to.contain("re1").and.contain("stays out of service");
    expect(releases(run)).to.deep.equal([OLD_RELEASE, OLD_RELEASE]);
    expect(run.device("spine1").truth().controlPlanes[0]?.counters).to.deep.equal({
      reboots: 0,
      installsStarted: 0,
      installsFinished: 0,
    });
    expect(await ledger(run)).to.deep.equal(["spine1"]);
    expect(run.lost).to.equal(0);
  });

  it("an installation that fails on the backup is undone: redundancy as found, undrained, nothing rebooted", async () => {
    const run = await start({ faults: [{ device: "spine1", controlPlane: "re1", fault: "installFails" }] });
    await run.untilPhase("Failed");
    expect(run.device("spine1").counters).to.include({ reboots: 0, installsStarted: 1 });
    expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
    expect(await ledger(run)).to.deep.equal([]);
    expect(run.lost).to.equal(0);
  });

  it("RE-3 mastership that moves by itself before anything was rebooted ends the run in service", async () => {
    const run = await start({
      faults: [{ device: "spine1", fault: "mastershipMoves", when: { onRpc: "request-package-add" } }],
    });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]?.reason).to.equal("MastershipMoved");
    expect(run.device("spine1").counters.reboots).to.equal(0);
    expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
    expect(await ledger(run)).to.deep.equal([]);
  });

  it("RE-8 mastership that moves to the upgraded engine by itself is not moved again", async () => {
    const run = await start({
      faults: [{ device: "spine1", fault: "mastershipMoves", when: { afterReboot: 1 } }],
    });
    await run.untilPhase("Completed");
    expect(run.device("spine1").rpcLog.filter(({ rpc }) => rpc.endsWith("engine-switch"))).to.have.lengthOf(
      0,
    );
    expect(run.device("spine1").counters.switchovers).to.equal(1);
    expectOnceEach(run);
    expect(run.lost).to.equal(0);
  });

  it("RE-8 mastership that moves back after the switch is moved once more, and no engine is rebooted for it", async () => {
    const run = await start({});
    await run.untilStep("spine1", "SwitchMastership", "Running");
    await run.until("re1 the master", async () =>
      run.device("spine1").truth().master === "re1" ? true : undefined,
    );
    run.inject({ device: "spine1", fault: "mastershipMoves" });
    await run.untilPhase("Completed");
    expect(run.device("spine1").truth().master).to.equal("re1");
    expectOnceEach(run);
    expect(run.lost).to.equal(0);
  });

  it("an engine that is pulled before redundancy was suspended: traffic does not wait for it, and people are told", async () => {
    const run = await start({});
    await run.untilStep("spine1", "DrainRoutes", "Running");
    run.inject({ device: "spine1", controlPlane: "re0", fault: "engineAbsent" });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ reason: "MastershipMoved" });
    const steps = (await run.upgrade("spine1"))?.status?.steps ?? [];
    const restored = steps.find(({ name }) => name === "RestoreRedundancy");
    expect(restored?.message).to.contain("re0 is away");
    expect(await ledger(run)).to.deep.equal([]);
    expect(run.device("spine1").counters).to.include({ reboots: 0 });
  });

  it("BackupNotReady: while a commit does not reach the other engine, the undrain waits, says why, and goes on", async () => {
    const run = await start({});
    await run.untilStep("spine1", "DrainRoutes", "Running");
    const halted = run.inject({ device: "spine1", controlPlane: "re1", fault: "engineHalted" });
    const upgrade = await run.untilState("spine1", "Hung");
    expect(upgrade.status?.message).to.match(/could not connect to re1 .*show chassis routing-engine/);
    expect(await ledger(run)).to.deep.equal(["spine1"]);
    halted.clear();
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ reason: "BackupNotReady" });
    expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
    expect(await ledger(run)).to.deep.equal([]);
  });

  for (const engine of ["re0", "re1"] as const) {
    it(`ansible#540 a chassis whose ${engine} alone runs the release is not there yet; it waits, and nothing is touched`, async () => {
      const run = await start({ stage: mixedFabric({ releases: { [engine]: TARGET_RELEASE } }) });
      const upgrade = await run.untilState("spine1", "Blocked");
      expect(upgrade.status?.message).to.contain("a commit does not reach both").and.contain(OLD_RELEASE);
      expect(run.device("spine1").counters).to.include({ commits: 0, reboots: 0, installsStarted: 0 });
    });
  }

  for (const rpc of [
    "request-package-add",
    "request-reboot",
    "request-chassis-routing-engine-switch",
  ] as const) {
    for (const executed of [true, false]) {
      it(`N5 a session that dies ${executed ? "after" : "before"} ${rpc} is executed does no harm`, async () => {
        const run = await start({ faults: [{ device: "spine1", fault: "dropSession", rpc, executed }] });
        await run.untilPhase("Completed");
        expectOnceEach(run);
        expect(run.device("spine1").counters.switchovers).to.equal(1);
        expect(run.device("spine1").truth().master).to.equal("re1");
        expect(run.lost).to.equal(0);
      });
    }
  }

  it("a commit that the other engine refuses changes nothing, and is tried again", async () => {
    const run = await start({ faults: [{ device: "spine1", fault: "commitSynchronizeFails" }] });
    await run.untilPhase("Completed");
    expectOnceEach(run);
    expect(run.lost).to.equal(0);
  });

  it("PL-17 a boot beyond its deadline is Hung, and the run goes on once it ends", async () => {
    const run = await start({
      faults: [{ device: "spine1", controlPlane: "re1", fault: "bootsSlowly", seconds: 3600 }],
    });
    await run.untilState("spine1", "Hung");
    await run.untilPhase("Completed");
    expectOnceEach(run);
    expect(run.lost).to.equal(0);
  });

  it("RE-3 a peer that dies before the switchover is waited for: what may be the last way is not cut", async () => {
    const run = await start({});
    await run.untilStep("spine1", "RebootBackupEngine", "Running");
    const dead = run.inject({ device: "spine2", fault: "deviceDead" });
    await run.untilMessage("spine1", /without spine1/);
    await run.pass(600);
    expect(run.device("spine1").truth().master).to.equal("re0");
    dead.clear();
    await run.untilPhase("Completed");
    expectOnceEach(run);
  });

  it("EX-8 a hold after the backup was rebooted finishes forward: half a router is no place to stop", async () => {
    const run = await start({});
    await run.untilStep("spine1", "RebootBackupEngine", "Done");
    await run.hold("UpgradeCampaign", "stop");
    await run.untilState("spine1", "HitlessImageUpgradeSuccessful");
    expectOnceEach(run);
    expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
  });

  it("EX-8 a hold while the backup is being installed lands in service, with redundancy as found", async () => {
    const run = await start({});
    await run.untilStep("spine1", "SuspendRedundancy", "Done");
    await run.hold("UpgradeCampaign", "stop");
    await run.untilState("spine1", "Held");
    expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
    expect(run.device("spine1").counters.reboots).to.equal(0);
    expect(await ledger(run)).to.deep.equal([]);
  });

  it("IM-13 a copy that an engine never began is asked for again", async () => {
    const run = await start({
      stage: mixedFabric({ server: "http://images.example.net/junos" }),
      faults: [{ device: "spine1", fault: "silent", rpc: "file-copy", forSeconds: 600 }],
    });
    await run.untilPhase("Completed");
    expectOnceEach(run);
    expect(run.lost).to.equal(0);
  });

  it("IM-13 the package is fetched to both engines, one after the other, before anything is drained", async () => {
    const run = await start({ stage: mixedFabric({ server: "http://images.example.net/junos" }) });
    await run.untilPhase("Completed");
    const { rpcLog } = run.device("spine1");
    const copies = rpcLog.filter(({ rpc }) => rpc === "file-copy");
    expect(copies.map(({ controlPlane }) => controlPlane)).to.deep.equal(["re0", "re1"]);
    const rpcs = rpcLog.map(({ rpc }) => rpc);
    expect(rpcs.indexOf("commit-configuration"), "the first commit").to.be.greaterThan(
      rpcs.lastIndexOf("file-copy"),
    );
    expectOnceEach(run);
    expect(run.lost).to.equal(0);
  });
});
