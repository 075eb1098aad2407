/** The upgrade of a cluster from end to end, as it goes when nothing is wrong. */
import { expect } from "chai";
import type { FabricRun } from "../../support/fabricRun.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";
import { FIREWALL, FIREWALL_RELEASE, FIREWALL_TARGET, firewallStage } from "../../support/firewallFabric.ts";

/** Group 1 is where group 0 is not, and would go back there by itself. */
const SPLIT = groups([
  "{id: 0, priorities: {node0: 200, node1: 100}}",
  "{id: 1, priorities: {node0: 100, node1: 200}, preempt: true, primary: node1}",
  "{id: 2, priorities: {node0: 150, node1: 120}}",
]);

/** Both groups on the node with the lower priority, as somebody left them. */
const ON_NODE1 = groups([
  "{id: 0, priorities: {node0: 200, node1: 100}, primary: node1}",
  "{id: 1, priorities: {node0: 200, node1: 100}, primary: node1}",
]);

function groups(lines: readonly string[]): string {
  return `{groups: [${lines.join(", ")}]}`;
}

/** Each group with its primary, and who holds a failover bit, as the device tells it. */
async function groupsOf(fabric: FabricRun): Promise<readonly string[]> {
  const client = fabric.client(FIREWALL);
  const reply = await client.succeed("<get-chassis-cluster-status/>");
  client.destroy();
  const status = reply.children.find(({ name }) => name === "chassis-cluster-status");
  return (status?.children ?? [])
    .filter(({ name }) => name === "redundancy-group")
    .map((group) => {
      const rows = group.children.find(({ name }) => name === "device-stats")?.children ?? [];
      return rows.map(({ text }) => text).join(" ");
    });
}

function happened(fabric: FabricRun, kind: string): readonly string[] {
  return fabric.simulator
    .log()
    .filter((entry) => entry.device === FIREWALL && entry.kind === kind)
    .map(({ message }) => message);
}

async function messageOf(fabric: FabricRun, step: string): Promise<string> {
  const upgrade = await fabric.upgrade(FIREWALL);
  return upgrade?.status?.steps?.find(({ name }) => name === step)?.message ?? "";
}

describe("drivers: the in-service upgrade of an SRX cluster", function () {
  this.timeout(120_000);

  const start = startsFabricRuns({ stage: firewallStage() });

  it("IS-2 IS-3 groups are brought together on the node that runs the cluster, and are as found in the end", async () => {
    const fabric = await start({ stage: firewallStage({ cluster: SPLIT }) });
    const before = await groupsOf(fabric);
    await fabric.untilPhase("Completed");
    const log = fabric.simulator.log().filter(({ device }) => device === FIREWALL);
    const moved = log.findIndex(
      ({ kind, message }) => kind === "GroupMoved" && message === "group 1 to node0",
    );
    const begun = log.findIndex(({ kind }) => kind === "UpgradeStarted");
    expect(moved).to.be.greaterThan(-1).and.lessThan(begun);
    expect(await messageOf(fabric, "ConsolidateGroups")).to.equal("node0 is primary for all groups");

    // Primaries, priorities, preemption and failover bits.
    expect(await groupsOf(fabric)).to.deep.equal(before);
    expect(await messageOf(fabric, "RestoreGroups")).to.contain("as they were found");

    // HL-7 the secondary is upgraded first.
    expect(happened(fabric, "ManagementUp")).to.deep.equal([
      `node1: runs ${FIREWALL_TARGET}`,
      `node0: runs ${FIREWALL_TARGET}`,
    ]);
    expect(fabric.lost).to.equal(0);
  });

  it("IS-3 IS-8 IS-9 IS-10 IS-11 IS-12 IS-13 IS-14 IS-15 each part of the upgrade is seen and told in its order", async () => {
    const fabric = await start();
    const before = await groupsOf(fabric);
    await fabric.untilPhase("Completed");
    expect(happened(fabric, "UpgradePhase")).to.deep.equal([
      "Validating",
      "Copying",
      "KernelSync",
      "InstallingSecondary",
      "SecondaryRebooting",
      "Synchronising",
      "LineCards",
      "InstallingPrimary",
      "PrimaryRebooting",
      "Resynchronising",
    ]);
    const upgrade = await fabric.upgrade(FIREWALL);
    const told = Object.fromEntries(
      (upgrade?.status?.steps ?? []).map(({ name, message }) => [name, message ?? ""]),
    );
    expect(told["InServiceUpgrade"]).to.contain("node1 is going through its reboot");
    expect(told["SecondaryUpgrade"]).to.equal(`node1 runs ${FIREWALL_TARGET} and is synchronised`);
    expect(told["LineCardsReady"]).to.match(/line cards of node1 are ready|node1 has taken over/);
    expect(told["NodeSwitchover"]).to.equal("node1 is primary for all groups");
    expect(told["PrimaryUpgrade"]).to.equal(`both nodes run ${FIREWALL_TARGET} and are synchronised`);
    expect(await groupsOf(fabric)).to.deep.equal(before);
    expect(upgrade?.status?.found?.version).to.equal(FIREWALL_RELEASE);
    expect(upgrade?.status?.found?.controlPlanes?.map(({ name, role }) => `${name} ${role}`)).to.deep.equal([
      "node0 Master",
      "node1 Backup",
    ]);
  });

  it("IS-15 IS-17 both nodes run the target, each was rebooted once, and nobody lost a packet", async () => {
    const fabric = await start();
    await fabric.untilPhase("Completed");
    const { controlPlanes } = fabric.device(FIREWALL).truth();
    expect(
      controlPlanes.map(({ name, release, counters }) => `${name} ${release} ${counters.reboots}`),
    ).to.deep.equal([`node0 ${FIREWALL_TARGET} 1`, `node1 ${FIREWALL_TARGET} 1`]);
    expect(fabric.device(FIREWALL).counters).to.include({ reboots: 2, installsStarted: 2 });
    expect(fabric.simulator.traffic.report().lost).to.equal(0);
    expect(fabric.configurationOf(FIREWALL)).to.equal(fabric.foundConfigurationOf(FIREWALL));
    expect((await fabric.fabric()).status?.outOfService ?? []).to.deep.equal([]);
  });

  it("IS-17 what moving groups costs is counted, flow by flow", async () => {
    const fabric = await start({
      stage: firewallStage({ cluster: SPLIT }),
      timings: { clusterFailoverSeconds: 0.5 },
    });
    await fabric.untilPhase("Completed");
    const { flows, lost } = fabric.simulator.traffic.report();
    expect(flows.every((flow) => flow.lost > 0)).to.equal(true);
    // Four moves of groups that forward: together, to the other node, and back; each of half a second and two flows.
    expect(lost)
      .to.be.greaterThan(0)
      .and.at.most(100 * 2 * 0.5 * 8);
  });

  it("IS-1 the upgrade begins on the node that runs the cluster, whichever it is, and ends with it", async () => {
    const fabric = await start({ stage: firewallStage({ cluster: ON_NODE1 }) });
    const before = await groupsOf(fabric);
    await fabric.untilPhase("Completed");
    expect(happened(fabric, "ManagementUp")).to.deep.equal([
      `node0: runs ${FIREWALL_TARGET}`,
      `node1: runs ${FIREWALL_TARGET}`,
    ]);
    const requests = fabric
      .device(FIREWALL)
      .rpcLog.filter(({ rpc }) => rpc === "request-package-in-service-upgrade");
    expect(requests.map(({ controlPlane }) => controlPlane)).to.deep.equal(["node1"]);
    expect(await groupsOf(fabric)).to.deep.equal(before);
  });

  it("RE-8 EX-9 a controller that starts anew in the middle finds how far the nodes are, and asks for nothing twice", async () => {
    const fabric = await start();
    await fabric.untilStep(FIREWALL, "SecondaryUpgrade", "Running");
    await fabric.restartController();
    await fabric.untilPhase("Completed");
    const requests = fabric
      .device(FIREWALL)
      .rpcLog.filter(({ rpc }) => rpc === "request-package-in-service-upgrade");
    expect(requests).to.have.length(1);
    expect(fabric.device(FIREWALL).counters).to.include({ reboots: 2, installsStarted: 2 });
    expect(fabric.simulator.traffic.report().lost).to.equal(0);
  });
});
