/** A simulated chassis cluster, asked as a client asks it: shapes as devices have them, and refusals in their words. */
import { expect } from "chai";
import {
  parseClusterInterfaces,
  parseClusterStatus,
  isHealthyGroup,
} from "../../src/junos/chassisCluster.ts";
import { parseUpgradeProgress } from "../../src/junos/inServiceUpgrade.ts";
import { parseSoftware } from "../../src/junos/software.ts";
import type { XmlNode } from "../../src/netconf/xmlNode.ts";
import { parseSimulation } from "../../src/simulator/descriptionFile.ts";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { manualClock, type ManualClock } from "../../src/simulator/modelClock.ts";
import { errorsOf, RawClient } from "./support/rawClient.ts";
import { START } from "./support/smallFabric.ts";

const PACKAGE = "junos-srxentedge-x86-64-23.4R2-S3.9.tgz";
const UPGRADE = `<request-package-in-service-upgrade><package-name>/var/tmp/${PACKAGE}</package-name><reboot/></request-package-in-service-upgrade>`;

function describeCluster(model: string): string {
  return `
apiVersion: simulation.hitless.dev/v1alpha1
kind: Simulation
metadata: {name: firewalls}
devices:
  - name: fw1
    model: ${model}
    role: Firewall
    packages: [{name: ${PACKAGE}, sizeBytes: 1073741824, sha256: ${"ef".repeat(32)}, release: 23.4R2-S3.9}]
    controlPlanes: [{name: node0}, {name: node1}]
  - {name: leaf1, model: QFX5120-48Y-8C, role: Leaf}
  - {name: spine1, model: QFX5120-32C, role: Spine}
links:
  - {a: spine1/et-0/0/1, b: fw1/reth1}
  - {a: spine1/et-0/0/2, b: leaf1/et-0/0/48}
servers:
  - {name: world, attachments: [fw1/reth0], lacp: none}
  - {name: web, attachments: [leaf1/xe-0/0/1], lacp: none}
`;
}

describe("simulator: chassis clusters", () => {
  let clock: ManualClock;
  let simulator: FabricSimulator;

  function build(model = "SRX1500"): void {
    clock = manualClock(START);
    const description = parseSimulation(describeCluster(model), { file: "simulation.yaml" });
    simulator = createFabricSimulator({ description, clock });
  }

  beforeEach(() => build());
  afterEach(() => simulator.close());

  const client = (node?: string): RawClient => {
    const device = simulator.devices.get("fw1");
    if (device === undefined) throw new Error("no fw1");
    return new RawClient(device.openStream("hitless", node));
  };

  async function ask(operation: string, node?: string): Promise<XmlNode> {
    const asking = client(node);
    const reply = await asking.succeed(operation);
    asking.destroy();
    return reply;
  }

  it("tells its groups as real clusters do, from either node, with the prompt of the one that answered", async () => {
    for (const node of ["node0", "node1"]) {
      const status = parseClusterStatus(await ask("<get-chassis-cluster-status/>", node));
      expect(status.groups.map(({ id }) => id)).to.deep.equal([0, 1]);
      expect(status.groups.every(isHealthyGroup)).to.equal(true);
      expect(status.answeredBy).to.equal(node);
    }
    const links = parseClusterInterfaces(await ask("<get-chassis-cluster-interfaces/>"));
    expect(links).to.include({ controlUp: true, fabricUp: true });
    expect(links.redundantInterfaces.map(({ name, up }) => [name, up])).to.deep.equal([
      ["reth1", true],
      ["reth0", true],
    ]);
    expect(parseUpgradeProgress(await ask("<get-chassis-cluster-issu-information/>"))).to.equal(null);
  });

  it("IS-1 refuses an upgrade that is asked of the secondary node, and one without the word reboot", async () => {
    const text = JSON.stringify(await ask(UPGRADE, "node1"));
    expect(text).to.contain("only be initiated from the primary node of redundancy group 0");
    expect(JSON.stringify(await ask(UPGRADE.replace("<reboot/>", "")))).to.contain(
      "keyword must be specified",
    );
    expect(simulator.devices.get("fw1")?.counters).to.include({ installsStarted: 0, reboots: 0 });
  });

  it("IS-16 refuses an upgrade in service on small models; the in-band one loses everything for a while", async () => {
    await simulator.close();
    build("SRX345");
    expect(JSON.stringify(await ask(UPGRADE))).to.contain("not supported on this platform");
    const asking = client();
    const reply = asking.call(UPGRADE.replace("<reboot/>", "<reboot/><no-sync/>")).catch(() => undefined);
    await clock.advanceBy(3600);
    await reply;
    asking.destroy();
    const truth = simulator.devices.get("fw1")?.truth();
    expect(truth?.controlPlanes.map(({ release }) => release)).to.deep.equal(["23.4R2-S3.9", "23.4R2-S3.9"]);
    expect(simulator.traffic.report().lost).to.be.greaterThan(100 * 2 * 25);
  });

  it("a failover by hand gives priority 255, is held until it is reset, and costs nothing between synchronised nodes", async () => {
    const node = "<redundancy-group>1</redundancy-group><node>1</node>";
    await ask(`<request-chassis-cluster-failover>${node}</request-chassis-cluster-failover>`);
    const moved = parseClusterStatus(await ask("<get-chassis-cluster-status/>")).groups[1];
    expect(
      moved?.nodes.map(({ name, priority, status }) => `${name} ${String(priority)} ${status}`),
    ).to.deep.equal(["node0 200 secondary-hold", "node1 255 primary"]);
    const back = client();
    const refused = await back.call(
      `<request-chassis-cluster-failover>${node.replace("<node>1", "<node>0")}</request-chassis-cluster-failover>`,
    );
    expect(errorsOf(refused)[0]).to.contain("reset it before another one");
    back.destroy();
    await clock.advanceBy(10);
    expect(simulator.traffic.report().lost).to.equal(0);
  });

  it("a node that is lost takes nothing with it that was synchronised, but the time to miss it", async () => {
    simulator.inject({ device: "fw1", controlPlane: "node0", fault: "engineHalted" });
    await clock.advanceBy(60);
    const { lost } = simulator.traffic.report();
    expect(lost).to.equal(2 * 3 * 100);
    expect(simulator.traffic.timeline().map(({ reason }) => reason)).to.deep.equal(["ClusterFailover"]);
    const asking = client();
    const reply = await asking.call("<get-software-information/>");
    asking.destroy();
    const { engines, unreachable } = parseSoftware(reply);
    expect(engines.map(({ engineName }) => engineName)).to.deep.equal(["node1"]);
    expect(unreachable.map(({ engineName }) => engineName)).to.deep.equal(["node0"]);
  });

  it("an upgrade can be given up until the other node reboots, and not afterwards", async () => {
    const asking = client();
    void asking.call(UPGRADE).catch(() => undefined);
    await clock.advanceBy(60);
    const abort =
      "<request-chassis-cluster-in-service-upgrade><abort/></request-chassis-cluster-in-service-upgrade>";
    expect(JSON.stringify(await ask(abort))).to.contain("ISSU aborted");
    expect(JSON.stringify(await ask(abort))).to.contain("No ISSU is in progress");
    const again = client();
    void again.call(UPGRADE).catch(() => undefined);
    await clock.advanceBy(1200);
    expect(JSON.stringify(await ask(abort))).to.contain("cannot be aborted");
    asking.destroy();
    again.destroy();
  });
});
