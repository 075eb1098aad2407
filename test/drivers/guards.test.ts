/** What keeps a device from being touched at all: each told by its reason, and each ended by its cause's end. */
import { expect } from "chai";
import type { Driver } from "../../src/drivers/driver.ts";
import { qfx, qfxChassis } from "../../src/drivers/qfx.ts";
import { chassisFabric } from "../support/chassisFabric.ts";
import { shown, type FabricRun } from "../support/fabricRun.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import type { RawClient } from "../simulator/support/rawClient.ts";
import { only, PACKAGE } from "../support/smallFabric.ts";

async function expectUntouched(run: FabricRun): Promise<void> {
  expect(run.writes, "requests that change something").to.equal(0);
  expect((await run.fabric()).status?.outOfService ?? [], "the ledger").to.deep.equal([]);
}

describe("drivers: before anything is touched", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ campaign: only("leaf1") });

  it("HL-6 ForeignDrain: a device that somebody else has drained is left alone until he is done", async () => {
    const fabric = await start({
      prepare: (at) => at.configure("leaf1", ["set apply-macro hitless holder somebody/else"]),
    });
    const upgrade = await fabric.untilMessage("leaf1", /somebody\/else/);
    expect(upgrade.status?.state).to.equal("Blocked");
    await fabric.pass(7200);
    await expectUntouched(fabric);
    expect((await fabric.campaign()).status?.phase).to.equal("Blocked");
    await fabric.configure("leaf1", ["delete apply-macro hitless"]);
    fabric.noteFound();
    await fabric.untilPhase("Completed");
    expect(fabric.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
  });

  it("CandidateDirty: somebody's uncommitted change is neither committed nor lost", async () => {
    const fabric = await start({
      prepare: async (at) => {
        await at.loadInto("leaf1", ["set system login message half-written"]);
      },
    });
    const upgrade = await fabric.untilMessage("leaf1", /uncommitted/);
    expect(upgrade.status?.state).to.equal("Blocked");
    await fabric.pass(3600);
    await expectUntouched(fabric);
    const engineer = fabric.client("leaf1");
    await engineer.succeed("<commit-configuration/>");
    fabric.noteFound();
    expect(fabric.configurationOf("leaf1")).to.contain("half-written");
    await fabric.untilPhase("Completed");
    expect(fabric.configurationOf("leaf1")).to.equal(fabric.foundConfigurationOf("leaf1"));
  });

  describe("an engineer in configuration mode", () => {
    let engineer: RawClient;
    const locked = (): Promise<FabricRun> =>
      start({
        prepare: async (at) => {
          engineer = at.client("leaf1");
          await engineer.succeed("<lock-configuration/>");
        },
      });

    it("ConfigurationLocked: is waited for, and nothing was touched meanwhile", async () => {
      const fabric = await locked();
      await fabric.untilMessage("leaf1", /ask the session's owner/);
      await fabric.pass(300);
      expect(fabric.writes).to.equal(0);
      await engineer.succeed("<unlock-configuration/>");
      await fabric.untilPhase("Completed");
      expect(fabric.lost).to.equal(0);
    });

    it("HL-4 ConfigurationLocked: is not waited for without end, for the ledger keeps the others waiting", async () => {
      const fabric = await locked();
      const campaign = await fabric.untilPhase("Failed");
      await expectUntouched(fabric);
      expect(campaign.status?.failed?.[0]).to.include({ device: "leaf1", reason: "ConfigurationLocked" });
    });

    it("is waited for as long as it takes when the upgraded device comes back into service", async () => {
      const fabric = await start({});
      await fabric.untilStep("leaf1", "ControlPlane", "Running");
      engineer = fabric.client("leaf1");
      await engineer.succeed("<lock-configuration/>");
      await fabric.untilState("leaf1", "Hung");
      expect(shown((await fabric.campaign()).status?.conditions, "Ready")).to.contain("leaf1");
      await engineer.succeed("<unlock-configuration/>");
      await fabric.untilPhase("Completed");
      expect(fabric.lost).to.equal(0);
    });
  });

  it("RebootScheduled: somebody's planned reboot is not run into", async () => {
    const fabric = await start({
      prepare: async (at) => {
        await at.client("leaf1").succeed("<request-reboot><in>300</in></request-reboot>");
      },
    });
    const upgrade = await fabric.untilMessage("leaf1", /clear system reboot/);
    expect(upgrade.status?.state).to.equal("Blocked");
    await fabric.pass(600);
    await expectUntouched(fabric);
  });

  it("InstallPending: a package that somebody else staged is not rebooted into", async () => {
    const fabric = await start({
      prepare: async (at) => {
        await at
          .client("leaf1")
          .succeed(
            `<request-package-add><package-name>/var/tmp/${PACKAGE}</package-name></request-package-add>`,
          );
      },
    });
    const upgrade = await fabric.untilMessage("leaf1", /install pending|rollback/);
    expect(upgrade.status?.state).to.equal("Blocked");
    await fabric.pass(3600);
    await expectUntouched(fabric);
    expect(fabric.device("leaf1").counters.reboots).to.equal(0);
  });

  it("FB-2 VirtualChassisUnsupported: a switch that another one has joined since the plan is not touched", async () => {
    // When the plan was made it stood alone.
    const alone: Driver = {
      ...qfx,
      async discover(...asked) {
        const { virtualChassisMembers: _members, ...said } = await qfx.discover(...asked);
        return said;
      },
    };
    const fabric = await start({ stage: chassisFabric({ leaf1Members: 2 }), drivers: [alone, qfxChassis] });
    const campaign = await fabric.untilPhase("Failed");
    await expectUntouched(fabric);
    expect(campaign.status?.plan).to.include({ devices: 1, hitless: true });
    expect(campaign.status?.failed?.[0]).to.include({ device: "leaf1", reason: "VirtualChassisUnsupported" });
    expect((await fabric.upgrade("leaf1"))?.status?.message).to.contain(
      "leaf1 is a Virtual Chassis of 2 members, which reboot together",
    );
  });

  it("HC-3 TR-7 an alarm fails the health check, and nothing is touched", async () => {
    const fabric = await start({
      faults: [
        { device: "leaf1", fault: "alarm", class: "Major", description: "Fan 2 failed", source: "chassis" },
      ],
    });
    const campaign = await fabric.untilPhase("Failed");
    await expectUntouched(fabric);
    const upgrade = await fabric.upgrade("leaf1");
    expect(upgrade?.status?.state).to.equal("HealthCheckFailed");
    expect(upgrade?.status?.message).to.contain("Fan 2 failed");
    expect(campaign.status?.failed?.[0]).to.include({ device: "leaf1", reason: "HealthCheckFailed" });
    expect(upgrade?.status?.health?.find(({ check }) => check === "chassisAlarms")).to.include({
      passed: false,
    });
  });

  it("HC-3 a BGP session that is down fails the health check", async () => {
    const fabric = await start({ faults: [{ device: "leaf1", fault: "bgpDown", peer: "spine1" }] });
    await fabric.untilPhase("Failed");
    await expectUntouched(fabric);
    expect((await fabric.upgrade("leaf1"))?.status?.state).to.equal("HealthCheckFailed");
  });

  it("HC-3 with abortOnFailure false the same alarm is reported, and the upgrade goes on", async () => {
    const fabric = await start({
      campaign: { ...only("leaf1"), healthChecks: { abortOnFailure: false } },
      faults: [
        { device: "leaf1", fault: "alarm", class: "Minor", description: "Rescue missing", source: "system" },
      ],
    });
    await fabric.untilPhase("Completed");
    const preflight = (await fabric.upgrade("leaf1"))?.status?.steps?.find(
      ({ name }) => name === "Preflight",
    );
    expect(preflight?.message).to.contain("Rescue missing");
    expect(fabric.lost).to.equal(0);
  });

  it("BK-1 DiskFull: without room the device waits in service, and goes on once there is some", async () => {
    const fabric = await start({
      campaign: {
        ...only("leaf1"),
        healthChecks: { abortOnFailure: true, checks: [{ name: "storageFreeBytes", enabled: false }] },
      },
    });
    const full = fabric.inject({ device: "leaf1", fault: "diskFull" });
    const upgrade = await fabric.untilMessage("leaf1", /bytes are free/);
    expect(upgrade.status?.state).to.equal("Blocked");
    await fabric.pass(2 * 3600);
    await expectUntouched(fabric);
    full.clear();
    await fabric.untilPhase("Completed");
  });

  it("IM-3 ImageMissingOnDevice: a package of another size is not installed", async () => {
    const fabric = await start({ image: { sizeBytes: 1_000_000 } });
    await fabric.untilMessage("leaf1", /1879048192 bytes, not 1000000/);
    await expectUntouched(fabric);
  });

  it("IM-3 ChecksumMismatch: a package with another checksum ends the run", async () => {
    const fabric = await start({ image: { checksum: { sha256: "cd".repeat(32) } } });
    const campaign = await fabric.untilPhase("Failed");
    await expectUntouched(fabric);
    expect(campaign.status?.failed?.[0]?.reason).to.equal("ChecksumMismatch");
  });
});
