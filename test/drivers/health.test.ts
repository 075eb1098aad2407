/** What an unhealthy device means for its campaign: by the campaign, by device, and at which moments it is looked at. */
import { expect } from "chai";
import type { CheckOverrides } from "../../src/health/settings.ts";
import { shown, type FabricRun } from "../support/fabricRun.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { only } from "../support/smallFabric.ts";

const ALARM = {
  fault: "alarm",
  class: "Minor",
  description: "Fan tray",
  source: "chassis",
} as const;

const ONE_ALARM: CheckOverrides = [{ name: "chassisAlarms", enabled: true, max: 1 }];

/** What the device's chassis alarms were found to be before its batch. */
async function alarmsBefore(run: FabricRun, device: string): Promise<unknown> {
  const { health = [] } = (await run.upgrade(device))?.status ?? {};
  return health.find(({ check, phase }) => check === "chassisAlarms" && phase === "Before");
}

describe("drivers: health of a campaign's devices", function () {
  this.timeout(60_000);
  const start = startsFabricRuns({ campaign: only("leaf1", "leaf3") });

  it("HC-1 a limit for one leaf holds for that leaf only", async () => {
    const run = await start({
      campaign: {
        ...only("leaf1", "leaf3"),
        mode: "TestRun",
        healthChecks: {
          abortOnFailure: true,
          overrides: [{ selector: { devices: ["leaf1"] }, checks: ONE_ALARM }],
        },
      },
      faults: [
        { device: "leaf1", ...ALARM },
        { device: "leaf3", ...ALARM },
      ],
    });
    await run.untilPhase("Blocked");
    // One that fails blocks the campaign while the other is still looked at.
    const alarmsOf = async (device: string): Promise<unknown> =>
      run.until(`${device} is tested`, async () =>
        (await run.upgrade(device))?.status?.health?.find(({ check }) => check === "chassisAlarms"),
      );
    expect(await alarmsOf("leaf1")).to.include({ threshold: "at most 1 alarms", passed: true });
    expect(await alarmsOf("leaf3")).to.include({ threshold: "at most 0 alarms", passed: false });
  });

  it("HC-3 failures of one leaf may be only reported", async () => {
    const run = await start({
      campaign: {
        ...only("leaf1"),
        healthChecks: {
          abortOnFailure: true,
          overrides: [{ selector: { roles: ["Leaf"] }, abortOnFailure: false }],
        },
      },
      faults: [{ device: "leaf1", ...ALARM }],
    });
    await run.untilPhase("Completed");
    expect(await alarmsBefore(run, "leaf1")).to.include({ passed: false });
  });

  it("HC-7 Exclude leaves an unhealthy device as it is, says so, and goes on without it", async () => {
    const run = await start({
      campaign: {
        ...only("leaf1", "leaf3"),
        healthChecks: { abortOnFailure: true, onUnhealthy: "Exclude" },
      },
      faults: [{ device: "leaf1", ...ALARM }],
    });
    const { status } = await run.untilPhase("Completed");
    expect(shown(status?.conditions, "Ready")).to.contain(
      "1 device runs its image; left out as unhealthy: leaf1",
    );
    const leaf1 = (await run.upgrade("leaf1"))?.status;
    expect(leaf1?.state).to.equal("Skipped");
    expect(shown(leaf1?.conditions, "Ready")).to.contain("HealthCheckFailed").and.to.contain("Fan tray");
    expect(run.device("leaf1").counters).to.include({ commits: 0, reboots: 0 });
    expect(run.device("leaf3").counters).to.include({ reboots: 1 });
    expect(run.lost).to.equal(0);
  });

  it("HC-7 Continue upgrades an unhealthy device all the same, and keeps what was wrong", async () => {
    const run = await start({
      campaign: { ...only("leaf1"), healthChecks: { abortOnFailure: true, onUnhealthy: "Continue" } },
      faults: [{ device: "leaf1", ...ALARM }],
    });
    await run.untilPhase("Completed");
    expect(await alarmsBefore(run, "leaf1")).to.include({ passed: false });
  });

  it("refuses a check that does not exist before any device is asked, and names those there are", async () => {
    const run = await start({
      campaign: {
        ...only("leaf1"),
        healthChecks: {
          abortOnFailure: true,
          overrides: [{ selector: { devices: ["leaf1"] }, checks: [{ name: "weather", enabled: true }] }],
        },
      },
    });
    const { status } = await run.untilPhase("Blocked");
    expect(shown(status?.conditions, "Ready")).to.match(
      /^False HealthChecksInvalid spec\.healthChecks\.overrides\[0\]\.checks\[0\]\.name: there is no check weather/,
    );
    await run.change((spec) => {
      spec.healthChecks = { abortOnFailure: true };
    });
    await run.untilPhase("Completed");
  });

  it("HC-2 TR-7 a peer that is lost while the package is installed keeps the device from its reboot; it comes back first", async () => {
    const run = await start({ campaign: only("leaf1") });
    await run.untilStep("leaf1", "Install", "Running");
    const fault = run.inject({ device: "leaf2", fault: "lacpDown", interface: "ae1" });
    await run.untilState("leaf1", "Held");
    expect(run.device("leaf1").counters.reboots).to.equal(0);
    expect(run.configurationOf("leaf1")).to.equal(run.foundConfigurationOf("leaf1"));
    fault.clear();
    await run.untilPhase("Completed");
    expect(run.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
  });

  it("HC-2 a line card that goes away while the device is drained keeps it from its reboot", async () => {
    const run = await start({ campaign: only("leaf1") });
    await run.untilStep("leaf1", "Install", "Running");
    run.inject({
      device: "leaf1",
      fault: "reading",
      rpc: "get-fpc-information",
      element: "state",
      text: "Offline",
    });
    const { status } = await run.untilPhase("Failed");
    expect(status?.failed?.[0]).to.include({ device: "leaf1", reason: "HealthCheckFailed" });
    expect(status?.failed?.[0]?.message).to.contain("before its reboot: Line cards online: 1");
    expect(run.device("leaf1").counters.reboots).to.equal(0);
    expect(run.configurationOf("leaf1")).to.equal(run.foundConfigurationOf("leaf1"));
    expect((await run.fabric()).status?.outOfService ?? []).to.deep.equal([]);
  });

  it("TS-1 HC-6 what is worse after the upgrade than before is seen while the device is watched", async () => {
    const run = await start({
      campaign: {
        ...only("leaf1"),
        strategy: { maxBatchSize: 1, canary: { devicesPerTier: 0 }, soak: "10m" },
      },
    });
    await run.untilPhase("Soaking");
    run.inject({
      device: "leaf1",
      fault: "reading",
      rpc: "get-system-core-dumps",
      element: "file-name",
      text: "/var/crash/vmcore.0",
      into: "directory-list",
    });
    const { status } = await run.untilPhase("Failed");
    expect(status?.failed?.[0]?.message).to.contain("Core dumps: 1 (");
  });

  it("TS-1 a soak looks at ports and optics at its end, not every minute; what they show then counts", async () => {
    const run = await start({
      campaign: {
        ...only("leaf1"),
        strategy: { maxBatchSize: 1, canary: { devicesPerTier: 0 }, soak: "30m" },
      },
    });
    const asked = (rpc: string): number =>
      run.device("leaf1").rpcLog.filter((each) => each.rpc === rpc).length;
    await run.untilPhase("Soaking");
    await run.pass(300);
    const before = {
      optics: asked("get-interface-optics-diagnostics-information"),
      cores: asked("get-system-core-dumps"),
    };
    await run.pass(900);
    expect(asked("get-interface-optics-diagnostics-information")).to.equal(before.optics);
    expect(asked("get-system-core-dumps")).to.be.greaterThan(before.cores + 10);
    run.inject({
      device: "leaf1",
      fault: "reading",
      rpc: "get-interface-optics-diagnostics-information",
      element: "laser-rx-power-low-alarm",
      text: "on",
    });
    const { status } = await run.untilPhase("Failed");
    expect(status?.failed?.[0]?.message).to.match(/optics/i);
  });
});
