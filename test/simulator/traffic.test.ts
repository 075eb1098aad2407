import { expect } from "chai";

import { descendants, textAt } from "../../src/netconf/xmlNode.ts";
import { textOf } from "./support/rawClient.ts";
import {
  LEAF_ACCESS_DOWN,
  LEAF_ACCESS_UP,
  LEAF_ROUTE_DRAIN,
  LEAF_ROUTE_RESTORE,
  SmallFabric,
  SPINE_DRAIN,
  SPINE_RESTORE,
} from "./support/smallFabric.ts";

describe("simulator: traffic", () => {
  const open: SmallFabric[] = [];
  function start(options: ConstructorParameters<typeof SmallFabric>[0] = {}): SmallFabric {
    const fabric = new SmallFabric(options);
    open.push(fabric);
    return fabric;
  }
  afterEach(async () => {
    for (const fabric of open.splice(0)) await fabric.simulator.close();
  });

  async function reboot(fabric: SmallFabric, device: string): Promise<void> {
    await fabric.ask(device, "<request-reboot/>");
    await fabric.clock.advanceBy(1000);
  }
  async function drainLeaf(fabric: SmallFabric): Promise<void> {
    await fabric.configure("leaf1", LEAF_ROUTE_DRAIN);
    await fabric.clock.advanceBy(10);
    await fabric.configure("leaf1", LEAF_ACCESS_DOWN);
    await fabric.clock.advanceBy(10);
  }

  it("HL-1 a fabric left alone loses nothing, and every server sends to every other", async () => {
    const fabric = start();
    await fabric.clock.advanceBy(3600);
    const report = fabric.simulator.traffic.report();
    expect(report.flows).to.have.length(12);
    expect(report.sent).to.equal(12 * 100 * 3600);
    expect(report.lost).to.equal(0);
    expect(report.endpoints["server1"]).to.deep.equal({ sent: 3 * 100 * 3600, lost: 0 });
  });

  it("HL-1 a reboot without a drain loses packets, and slow LACP loses more of them than fast", async () => {
    const fast = start({ lacp: "fast" });
    const slow = start({ lacp: "slow" });
    await reboot(fast, "leaf1");
    await reboot(slow, "leaf1");
    expect(fast.lost()).to.be.greaterThan(0);
    expect(slow.lost()).to.be.greaterThan(fast.lost());
  });

  it("what is lost is rate times the time in which a believed path does not work, exactly", async () => {
    const fabric = start({ lacp: "slow" });
    await reboot(fabric, "leaf1");
    const timeline = fabric.simulator.traffic.timeline();
    const uplink = timeline.filter((loss) => loss.reason === "LeafNotForwarding");
    expect(uplink.map((loss) => (loss.to - loss.from) / 1000)).to.deep.equal([90]);
    const lost = timeline.reduce((sum, loss) => sum + loss.lostPackets, 0);
    expect(lost).to.be.closeTo(fabric.lost(), 1e-3 * timeline.length);
    for (const loss of timeline) {
      expect(loss.lostPackets).to.be.closeTo((loss.flows * 100 * (loss.to - loss.from)) / 1000, 1e-6);
    }
  });

  it("HL-1 a drained leaf carries nothing, and its reboot and return lose nothing", async () => {
    const fabric = start();
    await drainLeaf(fabric);
    expect(fabric.simulator.truth().devices["leaf1"]?.packetsPerSecond).to.equal(0);
    await reboot(fabric, "leaf1");
    await fabric.configure("leaf1", LEAF_ACCESS_UP);
    await fabric.clock.advanceBy(10);
    await fabric.configure("leaf1", LEAF_ROUTE_RESTORE);
    await fabric.clock.advanceBy(60);
    expect(fabric.simulator.traffic.timeline()).to.deep.equal([]);
    expect(fabric.lost()).to.equal(0);
    expect(fabric.simulator.truth().devices["leaf1"]?.packetsPerSecond).to.be.greaterThan(0);
  });

  it("HL-1 access down before the routes have moved loses what others still send to the leaf", async () => {
    const fabric = start();
    await fabric.configure("leaf1", [...LEAF_ROUTE_DRAIN, ...LEAF_ACCESS_DOWN]);
    await fabric.clock.advanceBy(60);
    expect(fabric.lost()).to.be.greaterThan(0);
    expect(new Set(fabric.simulator.traffic.timeline().map((loss) => loss.reason))).to.deep.equal(
      new Set(["EgressPortDown"]),
    );
  });

  it("HL-1 access up before the control plane is back loses what servers send into the leaf", async () => {
    const fabric = start();
    await drainLeaf(fabric);
    await fabric.ask("leaf1", "<request-reboot/>");
    await fabric.clock.advanceBy(656);
    await fabric.configure("leaf1", [...LEAF_ACCESS_UP, ...LEAF_ROUTE_RESTORE]);
    await fabric.clock.advanceBy(200);
    expect(fabric.lost()).to.be.greaterThan(0);
    expect(new Set(fabric.simulator.traffic.timeline().map((loss) => loss.reason))).to.deep.equal(
      new Set(["NoEvpnRoute"]),
    );
  });

  it("`disable` on an aggregate moves the servers' own frames without loss", async () => {
    const fabric = start();
    await fabric.configure("leaf1", LEAF_ROUTE_DRAIN);
    await fabric.clock.advanceBy(10);
    await fabric.configure("leaf1", ["set interfaces xe-0/0/1 disable"]);
    await fabric.clock.advanceBy(10);
    expect(fabric.lost()).to.equal(0);
    expect(fabric.simulator.truth().servers["server1"]).to.deep.equal({ working: 1, used: 1, cables: 2 });
    const lacp = await fabric.ask(
      "leaf1",
      "<get-lacp-interface-information><interface-name>ae1</interface-name></get-lacp-interface-information>",
    );
    expect(textOf(lacp, "lacp-mux-state")).to.equal("Detached");
  });

  it("both leaves of a pair out at once cut their servers off", async () => {
    const fabric = start();
    await drainLeaf(fabric);
    fabric.simulator.inject({ device: "leaf2", fault: "deviceDead" });
    await fabric.clock.advanceBy(10);
    const reasons = fabric.simulator.traffic.timeline().map((loss) => loss.reason);
    expect(reasons).to.contain("NoUplink");
    expect(fabric.simulator.truth().servers["server1"]).to.deep.equal({ working: 0, used: 0, cables: 2 });
  });

  it("a prepended spine is no leaf's best path any more, loses nothing when it reboots, and comes back", async () => {
    const fabric = start();
    const nextHops = async (): Promise<readonly (string | undefined)[]> => {
      const reply = await fabric.ask(
        "leaf1",
        "<get-route-information><destination>10.255.0.5/32</destination></get-route-information>",
      );
      const active = [...descendants(reply, "rt-entry")].find((entry) => textAt(entry, "active-tag") === "*");
      return active === undefined ? [] : [...descendants(active, "via")].map((via) => via.text);
    };
    expect(await nextHops()).to.deep.equal(["et-0/0/48.0", "et-0/0/49.0"]);
    await fabric.configure("spine1", SPINE_DRAIN);
    await fabric.clock.advanceBy(5);
    expect(await nextHops()).to.deep.equal(["et-0/0/49.0"]);
    expect(fabric.simulator.truth().devices["spine1"]?.packetsPerSecond).to.equal(0);
    await reboot(fabric, "spine1");
    await fabric.configure("spine1", SPINE_RESTORE);
    await fabric.clock.advanceBy(60);
    expect(await nextHops()).to.deep.equal(["et-0/0/48.0", "et-0/0/49.0"]);
    expect(fabric.lost()).to.equal(0);
  });

  it("a spine that just reboots loses what is on its way until BFD misses it", async () => {
    const fabric = start();
    await reboot(fabric, "spine1");
    const first = fabric.simulator.traffic.timeline()[0];
    expect(first?.reason).to.equal("NextHopNotForwarding");
    expect(((first?.to ?? 0) - (first?.from ?? 0)) / 1000).to.be.closeTo(0.9, 1e-9);
  });

  it("without BFD it is the hold time", async () => {
    const fabric = start();
    for (const leaf of ["leaf1", "leaf2", "leaf3", "leaf4"]) {
      await fabric.configure(leaf, ["delete protocols bgp group UNDERLAY bfd-liveness-detection"]);
    }
    await reboot(fabric, "spine1");
    const longest = Math.max(...fabric.simulator.traffic.timeline().map((loss) => loss.to - loss.from));
    expect(longest / 1000).to.be.closeTo(90, 1);
  });

  it("the graceful-shutdown community makes neighbours prefer any other path (RFC 8326)", async () => {
    const fabric = start();
    await fabric.configure("spine1", ["set protocols bgp group UNDERLAY graceful-shutdown sender"]);
    await fabric.clock.advanceBy(5);
    expect(fabric.simulator.truth().devices["spine1"]?.packetsPerSecond).to.equal(0);
    expect(fabric.lost()).to.equal(0);
    await fabric.configure("leaf1", ["set protocols bgp group UNDERLAY graceful-shutdown receiver disable"]);
    await fabric.clock.advanceBy(5);
    expect(fabric.simulator.truth().devices["spine1"]?.packetsPerSecond).to.be.greaterThan(0);
  });

  it("a session closed on purpose loses what is on its way; a soft drain before it does not", async () => {
    const hard = start();
    await hard.configure("spine1", ["deactivate protocols bgp group UNDERLAY"]);
    await hard.clock.advanceBy(30);
    expect(hard.lost()).to.be.greaterThan(0);
    const soft = start();
    await soft.configure("spine1", SPINE_DRAIN);
    await soft.clock.advanceBy(5);
    await soft.configure("spine1", ["deactivate protocols bgp group UNDERLAY"]);
    await soft.clock.advanceBy(30);
    expect(soft.lost()).to.equal(0);
  });

  it("a drain policy that accepts everything is noted as a leak", async () => {
    const fabric = start();
    await fabric.configure("spine1", [
      'set policy-options policy-statement LEAKY then as-path-prepend "65001"',
      "set policy-options policy-statement LEAKY then accept",
      "set protocols bgp group UNDERLAY export LEAKY",
      "insert protocols bgp group UNDERLAY export LEAKY before UNDERLAY-EXPORT",
    ]);
    expect(fabric.simulator.log().map((entry) => entry.kind)).to.contain("ExportLeak");
    await fabric.configure("spine2", SPINE_DRAIN);
    expect(fabric.simulator.log().filter((entry) => entry.kind === "ExportLeak")).to.have.length(1);
  });

  it("counters of a port are those of the flows that pass it, and a drained port is quiet, not silent", async () => {
    const fabric = start();
    await fabric.clock.advanceBy(10);
    const ask = async (name: string): Promise<Record<string, number>> => {
      const reply = await fabric.ask(
        "leaf1",
        `<get-interface-information><statistics/><interface-name>${name}</interface-name></get-interface-information>`,
      );
      const value = (leaf: string): number => Number(textOf(reply, leaf));
      return {
        inputPackets: value("input-packets"),
        inputBits: value("input-bps"),
        outputBits: value("output-bps"),
      };
    };
    const busy = await ask("ae1");
    expect(busy["inputPackets"]).to.equal(((busy["inputBits"] ?? 0) - 240) / (700 * 8) / 0.1);
    await drainLeaf(fabric);
    const quiet = await ask("et-0/0/48");
    expect(quiet["inputBits"]).to.be.within(1, 1000);
    expect(quiet["outputBits"]).to.be.within(1, 1000);
  });

  it("five stages work too: two pods under super spines, and a super spine can be drained", async () => {
    const device = (name: string, role: "Leaf" | "Spine" | "SuperSpine") => ({
      name,
      address: "127.0.0.1",
      model: "qfx5120-32c",
      role,
    });
    const fabric = start({
      fabric: {
        metadata: { name: "pods" },
        spec: {
          devices: [
            ...["super1", "super2"].map((name) => device(name, "SuperSpine")),
            ...["spine1", "spine2", "spine3", "spine4"].map((name) => device(name, "Spine")),
            ...["leaf1", "leaf2", "leaf3", "leaf4"].map((name) => device(name, "Leaf")),
          ],
          links: [
            ...["spine1", "spine2", "spine3", "spine4"].flatMap((spine, index) =>
              ["super1", "super2"].map((top, uplink) => ({
                a: `${top}/et-0/0/${index}`,
                b: `${spine}/et-0/0/${30 + uplink}`,
              })),
            ),
            ...["leaf1", "leaf2", "leaf3", "leaf4"].flatMap((leaf, index) =>
              [0, 1].map((uplink) => ({
                a: `spine${(index < 2 ? 1 : 3) + uplink}/et-0/0/${index}`,
                b: `${leaf}/et-0/0/${48 + uplink}`,
              })),
            ),
          ],
        },
      },
    });
    await fabric.clock.advanceBy(10);
    expect(fabric.lost()).to.equal(0);
    await fabric.configure("super1", SPINE_DRAIN);
    await fabric.clock.advanceBy(10);
    expect(fabric.simulator.truth().devices["super1"]?.packetsPerSecond).to.equal(0);
    expect(fabric.simulator.truth().devices["super2"]?.packetsPerSecond).to.be.greaterThan(0);
    await reboot(fabric, "super1");
    expect(fabric.lost()).to.equal(0);
  });
});
