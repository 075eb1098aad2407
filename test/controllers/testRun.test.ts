/** `mode: TestRun`: every device of the plan is looked at, and nothing is changed anywhere. */
import { expect } from "chai";
import type { FabricRun } from "../support/fabricRun.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { DEVICES, LEAVES, NAMESPACE, only } from "../support/smallFabric.ts";

const TEST = { mode: "TestRun", approval: { policy: "Manual" } } as const;

/** The table of a device, by check. */
async function tableOf(run: FabricRun, device: string) {
  const health = (await run.upgrade(device))?.status?.health ?? [];
  return new Map(health.filter(({ phase }) => phase === "Test").map((row) => [row.check, row]));
}

function expectNoWrites(run: FabricRun): void {
  for (const [name, { counters }] of run.simulator.devices) {
    expect(counters, name).to.include({ writes: 0, commits: 0, installsStarted: 0, reboots: 0 });
    expect(run.configurationOf(name), name).to.equal(run.foundConfigurationOf(name));
  }
}

describe("controllers: a test run", function () {
  this.timeout(60_000);
  const start = startsFabricRuns({ campaign: TEST });

  it("TR-2 TR-3 looks at every device, keeps a table for each, and changes nothing", async () => {
    const run = await start();
    const campaign = await run.untilPhase("Tested");
    expect(campaign.status?.conditions?.find(({ type }) => type === "Ready")).to.include({
      status: "True",
      reason: "Tested",
    });
    for (const device of DEVICES) {
      const upgrade = await run.upgrade(device);
      expect(upgrade?.status, device).to.deep.include({ state: "HealthCheckSuccessful" });
      const table = await tableOf(run, device);
      expect([...table.keys()], device).to.include.members([
        "release",
        "redundancy",
        "bgpPeerState",
        "package",
        "drain",
      ]);
      expect(
        [...table.values()].filter(({ passed }) => !passed),
        device,
      ).to.deep.equal([]);
    }
    expectNoWrites(run);
    expect((await run.fabric()).status?.outOfService ?? []).to.deep.equal([]);
    const secrets = await run.store.list("Secret", NAMESPACE);
    expect(secrets.map(({ metadata }) => metadata.name)).to.deep.equal(["login"]);
    const maps = await run.store.list("ConfigMap", NAMESPACE);
    expect(
      maps.map(({ metadata }) => metadata.name).filter((name) => !/plan|topology|hosts/.test(name)),
    ).to.deep.equal([]);
  });

  it("keeps what the drain would change, as the device shows it, and the commands that take it back", async () => {
    const run = await start({ campaign: { ...TEST, ...only("leaf1") } });
    await run.untilPhase("Tested");
    const { diff = "", undo = "" } = (await run.upgrade("leaf1"))?.status?.drain ?? {};
    expect(diff).to.contain("+").and.to.contain("disable;");
    expect(undo).to.contain("delete interfaces ae1 disable");
  });

  it("HC-4 runs again when a limit is changed, and turns green", async () => {
    const run = await start({
      campaign: { ...TEST, ...only("leaf1") },
      faults: [
        { device: "leaf1", fault: "alarm", class: "Minor", description: "Fan tray", source: "chassis" },
      ],
    });
    const blocked = await run.untilPhase("Blocked");
    const ready = blocked.status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready).to.include({ status: "False", reason: "HealthCheckFailed" });
    expect(ready?.message).to.contain("leaf1").and.to.contain("Chassis alarms: 1 (Minor: Fan tray)");
    expect((await tableOf(run, "leaf1")).get("chassisAlarms")).to.include({
      observed: "1 (Minor: Fan tray)",
      threshold: "at most 0 alarms",
      passed: false,
    });
    await run.change((spec) => {
      spec.healthChecks = {
        ...spec.healthChecks,
        checks: [{ name: "chassisAlarms", enabled: true, max: 1 }],
      };
    });
    await run.untilPhase("Tested");
    expect((await tableOf(run, "leaf1")).get("chassisAlarms")).to.include({
      threshold: "at most 1 alarms",
      passed: true,
    });
    expectNoWrites(run);
  });

  it("HC-4 runs again when a check is switched off", async () => {
    const run = await start({
      campaign: { ...TEST, ...only("leaf1") },
      faults: [
        { device: "leaf1", fault: "alarm", class: "Minor", description: "Fan tray", source: "chassis" },
      ],
    });
    await run.untilPhase("Blocked");
    await run.change((spec) => {
      spec.healthChecks = { ...spec.healthChecks, checks: [{ name: "chassisAlarms", enabled: false }] };
    });
    await run.untilPhase("Tested");
    expect((await tableOf(run, "leaf1")).has("chassisAlarms")).to.equal(false);
  });

  it("looks again after a while at a device that failed, and sees that it was mended", async () => {
    const run = await start({ campaign: { ...TEST, ...only("leaf1") } });
    const fault = run.inject({ device: "leaf1", fault: "diskFull" });
    await run.untilPhase("Blocked");
    expect((await tableOf(run, "leaf1")).get("package")?.passed).to.equal(false);
    fault.clear();
    await run.untilPhase("Tested");
  });

  it("HC-2 fails where a device that has to carry the traffic is not fit for it", async () => {
    const run = await start({
      campaign: { ...TEST, ...only("leaf1") },
      faults: [{ device: "leaf2", fault: "lacpDown", interface: "ae1" }],
    });
    await run.untilPhase("Blocked");
    const table = await tableOf(run, "leaf1");
    expect(table.get("lacpPeers")).to.include({ passed: false });
    expect(table.get("redundancy")).to.include({ passed: false });
  });

  it("names a device that does not answer", async () => {
    const run = await start({ campaign: { ...TEST, ...only("leaf1") } });
    await run.untilPhase("Tested");
    run.inject({ device: "leaf1", fault: "deviceDead" });
    await run.change((spec) => {
      spec.healthChecks = { ...spec.healthChecks, abortOnFailure: false };
    });
    await run.untilPhase("Blocked");
    const table = await tableOf(run, "leaf1");
    expect(table.get("reachable")?.observed).to.contain("nothing listens");
    expect(table.get("reachable")?.passed).to.equal(false);
  });

  it("TR-1 leaves out what runs the image already, with the reason", async () => {
    const run = await start({ campaign: { ...only("leaf1"), approval: { policy: "Automatic" } } });
    await run.untilPhase("Completed");
    run.noteFound();
    await run.store.create("UpgradeCampaign", {
      metadata: { namespace: NAMESPACE, name: "again" },
      spec: { ...(await run.campaign()).spec, mode: "TestRun" },
    });
    const again = await run.untilPhase("Tested", "again");
    expect(again.status?.counts).to.include({ total: 0, skipped: 1 });
    expect(run.writes).to.equal(0);
  });

  it("goes on to the approval and the upgrade when its mode becomes Upgrade", async () => {
    const run = await start({ campaign: { ...TEST, ...only("leaf1") } });
    await run.untilPhase("Tested");
    await run.change((spec) => {
      spec.mode = "Upgrade";
    });
    const waiting = await run.untilPhase("AwaitingApproval");
    await run.until("leaf1 waits", async () =>
      (await run.upgrade("leaf1"))?.spec.desired === "Hold" ? true : undefined,
    );
    expect(run.device("leaf1").counters.commits).to.equal(0);
    await run.change((spec) => {
      spec.approval = { policy: "Manual", planHash: waiting.status?.plan?.hash ?? "" };
    });
    await run.untilPhase("Completed");
    expect(run.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
    expect(run.lost).to.equal(0);
  });

  it("is no way to stop an upgrade that has begun without landing it", async () => {
    const run = await start({ campaign: { ...only("leaf1"), approval: { policy: "Automatic" } } });
    await run.untilStep("leaf1", "Install", "Running");
    await run.change((spec) => {
      spec.mode = "TestRun";
    });
    await run.until("leaf1 ends or lands", async () => {
      const { status } = (await run.upgrade("leaf1")) ?? {};
      return status?.state === "HitlessImageUpgradeSuccessful" || status?.state === "HealthCheckSuccessful"
        ? true
        : undefined;
    });
    expect((await run.fabric()).status?.outOfService ?? []).to.deep.equal([]);
    expect(run.lost).to.equal(0);
  });

  it("does not confirm somebody's commit that waits to be confirmed", async () => {
    const run = await start({
      campaign: { ...TEST, ...only("leaf1") },
      prepare: async (at) => {
        const engineer = await at.loadInto("leaf1", ["set system login message trial"]);
        await engineer.succeed(
          "<commit-configuration><confirmed/><confirm-timeout>30</confirm-timeout></commit-configuration>",
        );
        engineer.destroy();
      },
    });
    await run.untilPhase("Blocked");
    expect((await tableOf(run, "leaf1")).get("drain")?.observed).to.contain("waits to be confirmed");
    await run.pass(1800);
    expect(run.configurationOf("leaf1")).not.to.contain("trial");
    await run.untilPhase("Tested");
  });

  it("is deleted with its campaign", async () => {
    const run = await start({ campaign: { ...TEST, ...only(...LEAVES) } });
    await run.untilPhase("Tested");
    const { metadata } = await run.campaign();
    await run.store.delete("UpgradeCampaign", { namespace: NAMESPACE, name: metadata.name });
    await run.until("nothing is left", async () =>
      (await run.store.list("DeviceUpgrade", NAMESPACE)).length === 0 ? true : undefined,
    );
  });
});
