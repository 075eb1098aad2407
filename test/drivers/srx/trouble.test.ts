/** Upgrades of clusters that do not go well: what is taken back, what is finished, and what is told. */
import { expect } from "chai";
import type { UpgradePhase } from "../../../src/simulator/cluster/clusterState.ts";
import type { FabricRun } from "../../support/fabricRun.ts";
import { FIREWALL, FIREWALL_RELEASE, FIREWALL_TARGET, firewallStage } from "../../support/firewallFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";

const SPLIT =
  "{groups: [{id: 0, priorities: {node0: 200, node1: 100}}, {id: 1, priorities: {node0: 100, node1: 200}, primary: node1}]}";

function releasesOf(fabric: FabricRun): readonly string[] {
  return fabric
    .device(FIREWALL)
    .truth()
    .controlPlanes.map(({ release }) => release);
}

function rebootsOf(fabric: FabricRun): readonly number[] {
  return fabric
    .device(FIREWALL)
    .truth()
    .controlPlanes.map(({ counters }) => counters.reboots);
}

/** Who is primary for which group, and whether a failover by hand holds one. */
async function groupsOf(fabric: FabricRun): Promise<readonly string[]> {
  const client = fabric.client(FIREWALL);
  const reply = await client.succeed("<get-chassis-cluster-status/>");
  client.destroy();
  const status = reply.children.find(({ name }) => name === "chassis-cluster-status");
  return (status?.children ?? [])
    .filter(({ name }) => name === "redundancy-group")
    .map((group) =>
      (group.children.find(({ name }) => name === "device-stats")?.children ?? [])
        .map(({ text }) => text)
        .join(" "),
    );
}

describe("drivers: upgrades of an SRX cluster that do not go well", function () {
  this.timeout(120_000);

  const start = startsFabricRuns({ stage: firewallStage({ cluster: SPLIT }) });
  const inPhase = (fabric: FabricRun, phase: UpgradePhase): Promise<boolean> =>
    fabric.until(`phase ${phase}`, async () =>
      fabric.simulator.log().some(({ kind, message }) => kind === "UpgradePhase" && message === phase)
        ? true
        : undefined,
    );

  /** Nothing was rebooted, the groups are where they were, and the cluster is in service. */
  async function expectTakenBack(fabric: FabricRun, before: readonly string[]): Promise<void> {
    expect(rebootsOf(fabric)).to.deep.equal([0, 0]);
    expect(releasesOf(fabric)).to.deep.equal([FIREWALL_RELEASE, FIREWALL_RELEASE]);
    expect(await groupsOf(fabric)).to.deep.equal(before);
    expect((await fabric.fabric()).status?.outOfService ?? []).to.deep.equal([]);
    expect(fabric.simulator.traffic.report().lost).to.equal(0);
  }

  it("a cluster that is not ready refuses: the groups go back, and the run ends with the device's words", async () => {
    const fabric = await start({ faults: [{ device: FIREWALL, fault: "upgradeNotReady" }] });
    const before = await groupsOf(fabric);
    const campaign = await fabric.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ reason: "InServiceUpgradeFailed" });
    expect((await fabric.upgrade(FIREWALL))?.status?.message).to.contain("not ready for ISSU");
    await expectTakenBack(fabric, before);
  });

  for (const phase of ["Validating", "Copying", "KernelSync", "InstallingSecondary"] as const) {
    it(`given up by the device while ${phase}: everything is as before`, async () => {
      const fabric = await start({ faults: [{ device: FIREWALL, fault: "upgradeAborts", phase }] });
      const before = await groupsOf(fabric);
      const campaign = await fabric.untilPhase("Failed");
      expect(campaign.status?.failed?.[0]).to.include({ reason: "InServiceUpgradeFailed" });
      await expectTakenBack(fabric, before);
    });
  }

  it("IS-8 a synchronisation of kernels that never ends is given up after its time, cleanly", async () => {
    const fabric = await start({
      faults: [{ device: FIREWALL, fault: "upgradeStalls", phase: "KernelSync" }],
    });
    const before = await groupsOf(fabric);
    await fabric.untilPhase("Failed");
    expect(fabric.simulator.log().some(({ message }) => message === "ISSU aborted by user")).to.equal(true);
    await expectTakenBack(fabric, before);
  });

  it("EX-10 N5 a request that waits in the device when the run lands upgrades nothing later: it goes with its session, or is aborted", async () => {
    const rpc = "request-package-in-service-upgrade";
    const fabric = await start({
      faults: [{ device: FIREWALL, fault: "slowReply", rpc, seconds: 6900 }],
    });
    const before = await groupsOf(fabric);
    await fabric.untilStep(FIREWALL, "InServiceUpgrade", "Running");
    const campaign = await fabric.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ reason: "ReplyTimeout" });
    await fabric.pass(7200);
    const phases = fabric.simulator.log().filter(({ kind }) => kind === "UpgradePhase");
    expect(phases.map(({ message }) => message)).not.to.contain("SecondaryRebooting");
    await expectTakenBack(fabric, before);
  });

  it("EX-10 N5 ReplyTimeout: a request without a reply or a sign of an upgrade is told as that, sent once, and given up", async () => {
    const rpc = "request-package-in-service-upgrade";
    const fabric = await start({
      faults: [{ device: FIREWALL, fault: "silent", rpc, when: { onRpc: rpc }, forSeconds: 60 }],
    });
    const before = await groupsOf(fabric);
    const asked = await fabric.untilStep(FIREWALL, "InServiceUpgrade", "Running");
    expect(asked.status?.message).not.to.contain("prepared");
    const campaign = await fabric.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ reason: "ReplyTimeout" });
    expect((await fabric.upgrade(FIREWALL))?.status?.message).to.match(
      /no reply, no sign of an upgrade is seen, and node1 has not rebooted/,
    );
    expect(fabric.device(FIREWALL).rpcLog.filter((entry) => entry.rpc === rpc)).to.have.length(1);
    await expectTakenBack(fabric, before);
  });

  it("EX-8 a hold before a node reboots gives the upgrade up; when it ends, all begins anew", async () => {
    const fabric = await start();
    const before = await groupsOf(fabric);
    await inPhase(fabric, "Copying");
    await fabric.hold("UpgradeCampaign", "wait");
    await fabric.untilState(FIREWALL, "Held");
    await expectTakenBack(fabric, before);
    await fabric.hold("UpgradeCampaign", undefined);
    await fabric.untilPhase("Completed");
    expect(rebootsOf(fabric)).to.deep.equal([1, 1]);
    expect(await groupsOf(fabric)).to.deep.equal(before);
  });

  it("EX-8 a hold after a node has rebooted waits until both run the target", async () => {
    const fabric = await start();
    await fabric.untilStep(FIREWALL, "SecondaryUpgrade", "Running");
    await fabric.hold("UpgradeCampaign", "wait");
    await fabric.untilState(FIREWALL, "HitlessImageUpgradeSuccessful");
    expect(releasesOf(fabric)).to.deep.equal([FIREWALL_TARGET, FIREWALL_TARGET]);
  });

  it("IS-15 VersionUnexpected: a node that boots the old release is no success; it stays told, and nothing is sent again", async () => {
    const fabric = await start({
      faults: [{ device: FIREWALL, controlPlane: "node1", fault: "bootsOldRelease" }],
    });
    const campaign = await fabric.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ reason: "VersionUnexpected" });
    expect((await fabric.upgrade(FIREWALL))?.status?.message).to.contain("node1 booted with");
    expect((await fabric.fabric()).status?.outOfService?.map(({ device }) => device)).to.deep.equal([
      FIREWALL,
    ]);
    await fabric.pass(3600);
    expect(rebootsOf(fabric)).to.deep.equal([0, 1]);
    expect(fabric.simulator.traffic.report().lost).to.equal(0);
  });

  it("IS-11 line cards that never get ready keep the cluster on one node, hung and told, without a switchover", async () => {
    const fabric = await start({
      faults: [{ device: FIREWALL, fault: "upgradeStalls", phase: "LineCards" }],
    });
    const upgrade = await fabric.untilState(FIREWALL, "Hung");
    expect(upgrade.status?.message).to.match(/LineCardsReady|NodeSwitchover/);
    expect(fabric.device(FIREWALL).truth().master).to.equal("node0");
    expect(fabric.simulator.traffic.report().lost).to.equal(0);
  });

  it("IS-11 IS-13 an upgrade that the device gives up with one node done ends told, on two releases, still forwarding", async () => {
    const fabric = await start({
      faults: [{ device: FIREWALL, fault: "upgradeAborts", phase: "LineCards" }],
    });
    const campaign = await fabric.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ reason: "InServiceUpgradeFailed" });
    expect(releasesOf(fabric)).to.deep.equal([FIREWALL_RELEASE, FIREWALL_TARGET]);
    expect((await fabric.fabric()).status?.outOfService?.map(({ device }) => device)).to.deep.equal([
      FIREWALL,
    ]);
    expect(fabric.simulator.traffic.report().lost).to.equal(0);
  });

  it("IS-15 an upgrade that stops after the switchover, when nobody hears the device's words, is Hung with one node done", async () => {
    const fabric = await start({
      faults: [{ device: FIREWALL, fault: "upgradeAborts", phase: "InstallingPrimary" }],
    });
    const upgrade = await fabric.untilState(FIREWALL, "Hung");
    expect(upgrade.status?.message).to.contain(`node0 runs ${FIREWALL_RELEASE}`);
    expect(rebootsOf(fabric)).to.deep.equal([0, 1]);
    expect((await fabric.fabric()).status?.outOfService?.map(({ device }) => device)).to.deep.equal([
      FIREWALL,
    ]);
    expect(fabric.simulator.traffic.report().lost).to.equal(0);
  });

  it("IS-15 a node that is lost right before the switchover ends the upgrade told", async () => {
    const fabric = await start();
    await inPhase(fabric, "LineCards");
    fabric.inject({ device: FIREWALL, controlPlane: "node1", fault: "engineHalted", forSeconds: 1800 });
    const campaign = await fabric.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ reason: "InServiceUpgradeFailed" });
    expect((await fabric.upgrade(FIREWALL))?.status?.message).to.contain("a node is lost");
  });

  it("a node that boots for longer than it may is Hung, and the upgrade ends when it is back", async () => {
    const fabric = await start({
      faults: [{ device: FIREWALL, controlPlane: "node1", fault: "bootsSlowly", seconds: 7200 }],
    });
    await fabric.untilState(FIREWALL, "Hung");
    await fabric.untilPhase("Completed");
    expect(rebootsOf(fabric)).to.deep.equal([1, 1]);
  });

  it("a session that dies with the request takes nothing with it", async () => {
    const fabric = await start({
      faults: [
        {
          device: FIREWALL,
          fault: "dropSession",
          rpc: "request-package-in-service-upgrade",
          executed: false,
        },
      ],
    });
    await fabric.untilPhase("Completed");
    expect(rebootsOf(fabric)).to.deep.equal([1, 1]);
    expect(fabric.simulator.traffic.report().lost).to.equal(0);
  });

  it("a node that is lost while groups are brought together is told; once it is back, the groups are, too", async () => {
    const fabric = await start();
    const before = await groupsOf(fabric);
    await fabric.untilStep(FIREWALL, "ConsolidateGroups", "Running");
    const broken = fabric.inject({ device: FIREWALL, controlPlane: "node1", fault: "engineHalted" });
    const upgrade = await fabric.untilState(FIREWALL, "Hung");
    expect(upgrade.status?.message).to.contain("RestoreGroups: node1 does not answer");
    broken.clear();
    await fabric.untilPhase("Failed");
    expect(rebootsOf(fabric)).to.deep.equal([0, 0]);
    expect((await groupsOf(fabric)).length).to.equal(before.length);
    expect((await fabric.fabric()).status?.outOfService ?? []).to.deep.equal([]);
  });

  describe("over SSH", () => {
    it("the cluster's address moves to the other node with its own host key, and back", async () => {
      const fabric = await start({ transport: "ssh" });
      await fabric.untilPhase("Completed");
      expect(rebootsOf(fabric)).to.deep.equal([1, 1]);
      expect(fabric.simulator.traffic.report().lost).to.equal(0);
    });

    it("RE-6 HostKeyChanged: a node that comes back with a key that nobody knows is not believed, and told", async () => {
      const fabric = await start({
        transport: "ssh",
        faults: [{ device: FIREWALL, controlPlane: "node1", fault: "hostKeyChangesOnReboot" }],
      });
      const upgrade = await fabric.untilState(FIREWALL, "Unknown");
      expect(upgrade.status?.message).to.contain("presents a");
      expect(rebootsOf(fabric)[1]).to.equal(1);
    });
  });
});
