/** What keeps a cluster from being upgraded: each told by its reason, before anything has changed. */
import { expect } from "chai";
import type { Fault } from "../../../src/simulator/fault.ts";
import { shown, type FabricRun } from "../../support/fabricRun.ts";
import { FIREWALL, firewallStage } from "../../support/firewallFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";

/** No node was installed or rebooted, no group moved, nothing is in the ledger. */
async function expectUntouched(fabric: FabricRun): Promise<void> {
  expect(fabric.writes, "requests that change something").to.equal(0);
  expect(fabric.device(FIREWALL).counters).to.include({ reboots: 0, installsStarted: 0, switchovers: 0 });
  expect((await fabric.fabric()).status?.outOfService ?? []).to.deep.equal([]);
}

/** The plan is made, and nothing begins. */
async function heldBack(fabric: FabricRun): Promise<void> {
  await fabric.hold("UpgradeCampaign", "not yet");
}

const STRATEGY = { maxBatchSize: 4, canary: { devicesPerTier: 0 }, soak: "0s" };

describe("drivers: what keeps an SRX cluster from being upgraded", function () {
  this.timeout(120_000);

  const start = startsFabricRuns({ stage: firewallStage() });

  const WAITED_FOR: readonly (readonly [title: string, fault: Fault, says: RegExp])[] = [
    [
      "ClusterUnhealthy: a node that is not fit",
      { device: FIREWALL, controlPlane: "node1", fault: "priorityZero" },
      /node1 has priority 0/,
    ],
    [
      "ClusterUnhealthy: a monitored interface that is down",
      { device: FIREWALL, controlPlane: "node1", fault: "interfaceMonitorFails" },
      /node1 has monitor failures IF/,
    ],
    [
      "ClusterUnhealthy: a control link that is down",
      { device: FIREWALL, fault: "controlLinkDown" },
      /monitor failures CS|control link is down/,
    ],
    [
      "IS-5 DiskFull: no room in /var of the other node",
      { device: FIREWALL, controlPlane: "node1", fault: "diskFull" },
      /node1 has 0 bytes free/,
    ],
  ];
  for (const [title, fault, says] of WAITED_FOR) {
    it(`${title} is waited for, and once it is mended the upgrade goes on by itself`, async () => {
      const healthChecks = {
        abortOnFailure: true,
        checks: [{ name: "storageFreeBytes", enabled: false }],
      };
      // The plan is made while all is well: what is found right before the upgrade counts.
      const fabric = await start({ campaign: { healthChecks }, prepare: heldBack });
      await fabric.untilPhase("Held");
      const broken = fabric.inject(fault);
      await fabric.hold("UpgradeCampaign", undefined);
      const upgrade = await fabric.untilMessage(FIREWALL, says);
      expect(upgrade.status?.state).to.equal("Blocked");
      await fabric.pass(3600);
      await expectUntouched(fabric);
      broken.clear();
      await fabric.untilPhase("Completed");
      expect(fabric.device(FIREWALL).counters).to.include({ reboots: 2 });
      expect(fabric.simulator.traffic.report().lost).to.equal(0);
    });
  }

  it("HL-5 a cluster with a node away would not stay in service, and the plan says who is cut off", async () => {
    const fabric = await start({
      faults: [{ device: FIREWALL, controlPlane: "node1", fault: "engineAbsent" }],
    });
    const campaign = await fabric.untilPhase("Blocked");
    expect(shown(campaign.status?.conditions, "Ready")).to.match(/world/);
    await expectUntouched(fabric);
  });

  it("IS-4 ConfigurationInvalid: a configuration that the new release does not take ends the run before any reboot", async () => {
    const fabric = await start({ faults: [{ device: FIREWALL, fault: "validationFails" }] });
    const campaign = await fabric.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ device: FIREWALL, reason: "ConfigurationInvalid" });
    await expectUntouched(fabric);
  });

  it("IS-16 DowngradeRefused: an older release is not planned", async () => {
    const fabric = await start({ stage: firewallStage({ release: "24.2R1", target: "23.4R2-S3.9" }) });
    const campaign = await fabric.untilPhase("Blocked");
    expect(shown(campaign.status?.conditions, "Ready")).to.contain("DowngradeRefused");
    await expectUntouched(fabric);
  });

  for (const model of ["SRX345", "vSRX"]) {
    it(`IS-16 InServiceUpgradeUnsupported: ${model} is refused by name`, async () => {
      const fabric = await start({ stage: firewallStage({ model }) });
      const campaign = await fabric.untilPhase("Blocked");
      expect(shown(campaign.status?.conditions, "Ready")).to.contain("sessions are lost");
      await expectUntouched(fabric);
    });
  }

  it("IS-16 an SRX345 whose outage is accepted by name is upgraded in band: not hitless, and that is measured", async () => {
    const fabric = await start({
      stage: firewallStage({ model: "SRX345" }),
      campaign: {
        strategy: { ...STRATEGY, acceptNonHitless: [{ device: FIREWALL, reason: "at night" }] },
      },
    });
    const campaign = await fabric.untilPhase("Completed");
    expect(campaign.status?.plan?.hitless).to.equal(false);
    expect(fabric.device(FIREWALL).counters).to.include({ reboots: 2, installsStarted: 2 });
    expect(fabric.simulator.traffic.report().lost).to.be.greaterThan(100 * 2 * 25);
  });

  describe("IS-6 IS-7 warnings", () => {
    it("an unsupported card blocks the plan until it is accepted by name, and then is no obstacle", async () => {
      const stage = firewallStage({ model: "SRX5800", pics: '["SPU Flow", "4x OC12 SONET"]' });
      const fabric = await start({ stage });
      const campaign = await fabric.untilPhase("Blocked");
      expect(shown(campaign.status?.conditions, "Ready")).to.contain("4x OC12 SONET");
      await expectUntouched(fabric);
      await fabric.change((spec) => {
        spec.strategy.acceptWarnings = [
          { device: FIREWALL, warning: "UnsupportedPic", reason: "nothing is plugged in there" },
        ];
      });
      await fabric.untilPhase("Completed");
    });

    it("configuration that appears after the plan stops the device, and is told by name", async () => {
      const fabric = await start({ prepare: heldBack });
      await fabric.untilPhase("Held");
      await fabric.configure(FIREWALL, ["set protocols pim interface all"]);
      fabric.noteFound();
      await fabric.hold("UpgradeCampaign", undefined);
      const upgrade = await fabric.untilMessage(FIREWALL, /multicast routing/);
      expect(upgrade.status?.state).to.equal("Blocked");
      await expectUntouched(fabric);
    });

    it("an accepted protocol warning makes the plan no longer hitless, and lets it run", async () => {
      const fabric = await start({
        campaign: {
          strategy: {
            ...STRATEGY,
            acceptWarnings: [{ device: FIREWALL, warning: "UnsupportedProtocol", reason: "a lab" }],
          },
        },
        prepare: (at) => at.configure(FIREWALL, ["set protocols pim interface all"]),
      });
      const campaign = await fabric.untilPhase("Completed");
      expect(campaign.status?.plan?.hitless).to.equal(false);
    });
  });

  it("CandidateDirty: somebody's uncommitted change is neither committed nor lost", async () => {
    const fabric = await start({
      prepare: async (at) => {
        await at.loadInto(FIREWALL, ["set system login message half-written"]);
      },
    });
    const upgrade = await fabric.untilMessage(FIREWALL, /uncommitted/);
    expect(upgrade.status?.state).to.equal("Blocked");
    await fabric.pass(600);
    await expectUntouched(fabric);
  });

  describe("health checks that a cluster fails", () => {
    const ALARM = {
      device: FIREWALL,
      fault: "alarm",
      class: "Minor",
      description: "Fan tray",
      source: "chassis",
    } as const;

    it("HC-3 stop it by default", async () => {
      const fabric = await start({ faults: [ALARM] });
      const { status } = await fabric.untilPhase("Failed");
      expect(shown(status?.conditions, "Ready")).to.contain(FIREWALL);
      await expectUntouched(fabric);
    });

    it("HC-7 Exclude leaves it as it is, says so, and the campaign is done", async () => {
      const fabric = await start({
        campaign: { healthChecks: { abortOnFailure: true, onUnhealthy: "Exclude" } },
        faults: [ALARM],
      });
      const { status } = await fabric.untilPhase("Completed");
      expect(shown(status?.conditions, "Ready")).to.contain(`left out as unhealthy: ${FIREWALL}`);
      expect((await fabric.upgrade(FIREWALL))?.status?.state).to.equal("Skipped");
      await expectUntouched(fabric);
    });

    it("HC-1 HC-4 a limit of its own, or a check that is off, lets it pass", async () => {
      for (const check of [
        // Each node has its own.
        { name: "chassisAlarms", max: 2, enabled: true },
        { name: "chassisAlarms", enabled: false },
      ]) {
        const healthChecks = {
          abortOnFailure: true,
          overrides: [{ selector: { roles: ["Firewall" as const] }, checks: [check] }],
        };
        const fabric = await start({ campaign: { healthChecks, strategy: STRATEGY }, faults: [ALARM] });
        await fabric.untilPhase("Completed");
        expect(fabric.device(FIREWALL).counters).to.include({ reboots: 2 });
        const rows = (await fabric.upgrade(FIREWALL))?.status?.health ?? [];
        const row = rows.find(({ check: name, phase }) => name === "chassisAlarms" && phase === "Before");
        expect(row?.passed).to.equal(check.enabled ? true : undefined);
      }
    });
  });
});
