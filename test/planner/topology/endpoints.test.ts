import { expect } from "chai";
import type { Fabric } from "../../../src/api/fabric.gen.ts";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import type { Topology } from "../../../src/planner/topology/topology.ts";
import { changed, discover, esi, fabricOf } from "../support.ts";
import type { Said, World, WorldServer } from "../support.ts";

function leaves(servers: WorldServer[]): World {
  const names = ["leaf1", "leaf2", "leaf3"];
  return {
    devices: [{ name: "spine1", role: "Spine" }, ...names.map((name) => ({ name, role: "Leaf" as const }))],
    cables: names.map((leaf, index) => ({ a: `${leaf}/et-0/0/48`, b: `spine1/et-0/0/${String(index)}` })),
    servers,
  };
}

function topologyOf(world: World, said: Said, spec: Partial<Fabric["spec"]> = {}): Topology {
  return buildTopology(fabricOf(world, spec).spec, said);
}

function textsOf({ endpoints }: Topology): string[] {
  return endpoints.map(({ name, attachments }) => {
    const ports = attachments.map((port) => `${port.device}/${port.interface}${port.up ? "" : " down"}`);
    return `${name}: ${ports.join(", ")}`;
  });
}

function segments(...list: NonNullable<Fabric["spec"]["multihoming"]["segments"]>): Partial<Fabric["spec"]> {
  return { multihoming: { discovery: "Required", segments: list } };
}

describe("endpoints", () => {
  it("are none on ports that are declared as links, even while those see nobody; others on the device are", () => {
    const world = leaves([{ name: null, ports: ["leaf1/xe-0/0/7"] }]);
    const said = changed(discover(world), "leaf1", (one) => ({
      lldpNeighbours: [],
      interfaces: one.interfaces.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    }));
    const links = [{ a: "leaf1/et-0/0/48", b: "spine1/et-0/0/0" }];
    expect(textsOf(topologyOf(world, said, { links }))).to.deep.equal(["leaf1/xe-0/0/7: leaf1/xe-0/0/7"]);
    expect(textsOf(topologyOf(world, said))).to.include("leaf1/et-0/0/48: leaf1/et-0/0/48");
    // A server that LLDP shows there is one, whatever is declared.
    const seen = changed(said, "leaf1", () => ({
      lldpNeighbours: [{ localInterface: "et-0/0/48", remoteSystem: "db1", remoteInterface: "eth0" }],
    }));
    expect(textsOf(topologyOf(world, seen, { links }))).to.include("db1: leaf1/et-0/0/48");
  });

  it("are none behind management, loopback and IRB, nor on ports that are down", () => {
    const world = leaves([{ name: "db1", ports: ["leaf1/xe-0/0/7"], down: ["leaf1/xe-0/0/7"] }]);
    const said = changed(discover(world), "leaf1", (one) => ({
      interfaces: [
        ...one.interfaces,
        ...["lo0", "irb", "fxp0", "vtep"].map((name) => ({ name, adminUp: true, operUp: true })),
        { name: "xe-0/0/8", adminUp: false, operUp: true },
      ],
    }));
    expect(textsOf(topologyOf(world, said))).to.deep.equal([]);
  });

  it("on an aggregate without a segment are one, on the aggregate and not on its members", () => {
    const world = leaves([{ name: "db1", ports: ["leaf1/ae1"] }]);
    expect(textsOf(topologyOf(world, discover(world)))).to.deep.equal(["db1: leaf1/ae1"]);
    // A member of an aggregate that the device does not list speaks for itself.
    const said = changed(discover(world), "leaf1", (one) => ({
      interfaces: one.interfaces.filter(({ name }) => name !== "ae1"),
    }));
    expect(textsOf(topologyOf(world, said))).to.deep.equal(["db1: leaf1/xe-0/0/1"]);
    // One whose members are all out is down, whatever it says of itself.
    const dark = changed(discover(world), "leaf1", (one) => ({
      interfaces: one.interfaces.map((port) =>
        port.aggregate === "ae1" ? { ...port, operUp: false } : port,
      ),
    }));
    expect(textsOf(topologyOf(world, dark))).to.deep.equal([]);
  });

  it("are none where two devices of the fabric go by the name that LLDP shows", () => {
    const world = leaves([{ name: "twin", ports: ["leaf3/xe-0/0/7"] }]);
    const twins = changed(
      changed(discover(world), "leaf1", () => ({ hostName: "twin" })),
      "leaf2",
      () => ({ hostName: "Twin" }),
    );
    const topology = topologyOf(world, twins);
    expect(textsOf(topology)).to.deep.equal([]);
    expect(topology.problems.map(({ device, message }) => `${device}: ${message}`)).to.include.members([
      "leaf1: leaf1 and leaf2 have the same host name twin",
      "leaf2: leaf1 and leaf2 have the same host name twin",
    ]);
  });

  it("are what their names say: a system leaf31 is not leaf3, and may carry a domain", () => {
    const world = leaves([
      { name: "leaf31", ports: ["leaf1/xe-0/0/7"] },
      { name: "db1.example.net", ports: ["leaf1/xe-0/0/8"] },
    ]);
    expect(textsOf(topologyOf(world, discover(world)))).to.deep.equal([
      "db1.example.net: leaf1/xe-0/0/8",
      "leaf31: leaf1/xe-0/0/7",
    ]);
  });

  it("are not confused by devices that say no host name", () => {
    const world = leaves([]);
    const silent = changed(
      changed(discover(world), "leaf1", () => ({ hostName: "" })),
      "leaf2",
      () => ({ hostName: "" }),
    );
    expect(topologyOf(world, silent).problems).to.deep.equal([]);
  });

  it("are not concluded from a name that two devices share with a third", () => {
    const world = leaves([]);
    const said = changed(
      changed(discover(world), "leaf1", () => ({ hostName: "leaf3" })),
      "leaf2",
      () => ({ hostName: "leaf3" }),
    );
    expect(
      topologyOf(world, said).problems.map(({ device, message }) => `${device}: ${message}`),
    ).to.include.members(["leaf1: leaf1 and leaf2 and leaf3 have the same host name leaf3"]);
    const { leaf3: _leaf3, ...rest } = said;
    const { problems } = topologyOf(world, rest);
    expect(
      problems.map(({ message }) => message).filter((text) => text.includes("calls itself")),
    ).to.deep.equal([]);
  });

  it("do not hide behind a device that calls itself like another one", () => {
    const world = leaves([]);
    const said = changed(discover(world), "leaf1", () => ({ hostName: "leaf2" }));
    const topology = topologyOf(world, said);
    expect(topology.problems.map(({ message }) => message)).to.include(
      "leaf1 and leaf2 have the same host name leaf2",
    );
    const other = changed(said, "leaf2", () => ({ hostName: "leaf2-new" }));
    const { problems, links } = topologyOf(world, other);
    expect(problems.map(({ device, message }) => `${device}: ${message}`)).to.include(
      "leaf1: leaf1 calls itself leaf2, which is the name of another device of the fabric",
    );
    // What the spine sees as leaf2 may be either: no link is concluded from it.
    expect(links.map(({ a, b, up }) => `${a.device} ${b.device} ${String(up)}`)).to.deep.equal([
      "leaf1 spine1 true",
      "leaf2 spine1 false",
      "leaf3 spine1 true",
    ]);
  });

  it("behind one ESI are on data ports only, whatever else carries it, and the ESI of zeros is none", () => {
    const world = leaves([{ name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] }]);
    const zeros = "00:00:00:00:00:00:00:00:00:00";
    const said = changed(discover(world), "leaf1", (one) => ({
      segments: [
        { esi: "05:00:00:FD:E8:00:00:27:74:00", interface: "irb.100", forwarding: true, remoteAddresses: [] },
        { esi: zeros, interface: "xe-0/0/9", forwarding: true, remoteAddresses: [] },
        ...one.segments.map((segment) => ({
          ...segment,
          interface: "ae1.0",
          esi: segment.esi.toUpperCase(),
        })),
      ],
    }));
    const plain = changed(said, "leaf1", (one) => ({
      interfaces: [...one.interfaces, { name: "xe-0/0/9", adminUp: true, operUp: true }],
    }));
    // Without a segment it is a port like any other.
    expect(textsOf(topologyOf(world, plain))).to.include("leaf1/xe-0/0/9: leaf1/xe-0/0/9");
    const topology = topologyOf(world, said);
    expect(textsOf(topology)).to.deep.equal(["db1: leaf1/ae1, leaf2/ae1"]);
    expect(topology.endpoints[0]?.esi).to.equal(esi(1));
  });

  it("of a segment with several units are one attachment per port; the last unit counts", () => {
    const world = leaves([{ name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] }]);
    const units = (forwarding: readonly boolean[]): Said =>
      changed(discover(world), "leaf1", (one) => ({
        segments: one.segments.flatMap((segment) =>
          forwarding.map((each, unit) => ({
            ...segment,
            interface: `ae1.${String(unit)}`,
            forwarding: each,
          })),
        ),
      }));
    expect(textsOf(topologyOf(world, units([true, false])))).to.deep.equal([
      "db1: leaf1/ae1 down, leaf2/ae1",
    ]);
    expect(textsOf(topologyOf(world, units([false, true])))).to.deep.equal(["db1: leaf1/ae1, leaf2/ae1"]);
    const onLast = changed(discover(world), "leaf2", (one) => ({
      segments: one.segments.flatMap((segment) =>
        [0, 1].map((unit) => ({ ...segment, interface: `ae1.${String(unit)}` })),
      ),
    }));
    expect(textsOf(topologyOf(world, onLast))).to.deep.equal(["db1: leaf1/ae1, leaf2/ae1"]);
  });

  it("of a declared segment whose ports carry two ESIs are two, and somebody is told", () => {
    const world = leaves([
      { name: "db1", esi: esi(1), ports: ["leaf1/ae1"] },
      { name: "db2", esi: esi(2), ports: ["leaf2/ae1"] },
    ]);
    const topology = topologyOf(
      world,
      discover(world),
      segments({ name: "db", members: ["leaf1/ae1", "leaf2/ae1"], minAvailable: 1 }),
    );
    expect(textsOf(topology)).to.deep.equal(["db1: leaf1/ae1", "db2: leaf2/ae1"]);
    expect(topology.problems.map(({ device, message }) => `${device}: ${message}`)).to.include(
      `leaf1: the members of segment db carry different ESIs: ${esi(1)}, ${esi(2)}`,
    );
  });

  it("of a declared segment without an ESI are those of the one ESI that its ports carry", () => {
    const world = leaves([{ name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] }]);
    const topology = topologyOf(
      world,
      discover(world),
      segments({ name: "db", members: ["leaf1/ae1", "leaf2/ae1"], minAvailable: 2 }),
    );
    expect(textsOf(topology)).to.deep.equal(["db1: leaf1/ae1, leaf2/ae1"]);
    expect(topology.endpoints[0]?.minAvailable).to.equal(2);
    expect(topology.problems).to.deep.equal([]);
  });

  it("of declared ports that the device does not have, or that are down, keep nothing", () => {
    const world = leaves([
      { name: "db1", ports: ["leaf1/xe-0/0/1", "leaf2/xe-0/0/1"], down: ["leaf2/xe-0/0/1"] },
    ]);
    const members = ["leaf1/xe-0/0/1", "leaf2/xe-0/0/1", "leaf3/xe-0/0/1"];
    const topology = topologyOf(world, discover(world), segments({ name: "db", members, minAvailable: 1 }));
    expect(textsOf(topology)).to.deep.equal([
      "db1: leaf1/xe-0/0/1, leaf2/xe-0/0/1 down, leaf3/xe-0/0/1 down",
    ]);
    expect(topology.problems.map(({ device, message }) => `${device}: ${message}`)).to.deep.equal([
      "leaf3: leaf3/xe-0/0/1 is declared as a member of segment db, but the device has no such interface",
    ]);
  });

  it("that see each other in EVPN by any of their addresses are one; those that are down split nobody", () => {
    const world = leaves([{ name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1", "leaf3/ae1"] }]);
    const said = discover(world);
    const second = changed(said, "leaf1", (one) => ({
      routerAddresses: ["192.0.2.1", ...one.routerAddresses],
    }));
    expect(textsOf(topologyOf(world, second))).to.deep.equal(["db1: leaf1/ae1, leaf2/ae1, leaf3/ae1"]);
    const dark = changed(said, "leaf3", (one) => ({
      segments: one.segments.map((segment) => ({ ...segment, forwarding: false, remoteAddresses: [] })),
    }));
    expect(textsOf(topologyOf(world, dark))).to.deep.equal(["db1: leaf1/ae1, leaf2/ae1, leaf3/ae1 down"]);
    // leaf1 does not see leaf3, which sees it: the two do not back each other up, but leaf2 does both.
    const blind = changed(said, "leaf1", (one) => ({
      segments: one.segments.map((segment) => ({ ...segment, remoteAddresses: ["10.0.0.3"] })),
    }));
    expect(textsOf(topologyOf(world, blind))).to.deep.equal(["db1: leaf1/ae1, leaf2/ae1, leaf3/ae1"]);
    const lone = changed(said, "leaf1", (one) => ({
      segments: one.segments.map((segment) => ({ ...segment, remoteAddresses: [] })),
    }));
    const split = topologyOf(world, lone);
    expect(textsOf(split)).to.deep.equal([
      "db1 (leaf1/ae1): leaf1/ae1",
      "db1 (leaf2/ae1): leaf2/ae1, leaf3/ae1",
    ]);
    const last = changed(said, "leaf3", (one) => ({
      segments: one.segments.map((segment) => ({ ...segment, remoteAddresses: [] })),
    }));
    expect(textsOf(topologyOf(world, last))).to.deep.equal([
      "db1 (leaf1/ae1): leaf1/ae1, leaf2/ae1",
      "db1 (leaf3/ae1): leaf3/ae1",
    ]);
    // What does not forward anyway is listed with the first.
    const both = changed(lone, "leaf3", (one) => ({
      segments: one.segments.map((segment) => ({ ...segment, forwarding: false })),
    }));
    expect(textsOf(topologyOf(world, both))).to.deep.equal([
      "db1 (leaf1/ae1): leaf1/ae1, leaf3/ae1 down",
      "db1 (leaf2/ae1): leaf2/ae1",
    ]);
    expect(split.problems.map(({ device }) => device)).to.deep.equal(["leaf1", "leaf2", "leaf3"]);
    expect(split.problems[0]?.message).to.equal(
      `ESI ${esi(1)} is on several devices which do not see each other in EVPN: leaf1/ae1; leaf2/ae1, leaf3/ae1`,
    );
  });

  it("go by the system that one of two leaves sees", () => {
    const world = leaves([{ name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] }]);
    const blind = (device: string): Said =>
      changed(discover(world), device, (one) => ({
        lldpNeighbours: one.lldpNeighbours.filter(({ remoteSystem }) => remoteSystem !== "db1"),
      }));
    expect(textsOf(topologyOf(world, blind("leaf1")))).to.deep.equal(["db1: leaf1/ae1, leaf2/ae1"]);
    expect(textsOf(topologyOf(world, blind("leaf2")))).to.deep.equal(["db1: leaf1/ae1, leaf2/ae1"]);
  });

  it("are two where one leaf sees another system besides the one that both see", () => {
    const world = leaves([{ name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] }]);
    const said = changed(discover(world), "leaf2", (one) => ({
      lldpNeighbours: [
        ...one.lldpNeighbours,
        { localInterface: "xe-0/0/1", remoteSystem: "db2", remoteInterface: "eth0" },
      ],
    }));
    const { endpoints, problems } = topologyOf(world, said);
    expect(endpoints.map(({ attachments }) => attachments.length)).to.deep.equal([1, 1]);
    expect(problems.map(({ device }) => device)).to.deep.equal(["leaf1", "leaf2"]);
  });

  it("are none where no device carries the declared ESI", () => {
    const world = leaves([]);
    const topology = topologyOf(
      world,
      discover(world),
      segments({ name: "db", esi: esi(9), members: ["leaf1/ae1", "leaf2/ae1"], minAvailable: 1 }),
    );
    expect(textsOf(topology)).to.deep.equal([]);
    expect(topology.problems.map(({ device }) => device)).to.deep.equal(["leaf1", "leaf2"]);
  });

  it("on an aggregate stay as long as one of its ports carries", () => {
    const world = leaves([{ name: "db1", ports: ["leaf1/ae1"] }]);
    const second = (operUp: boolean): Said =>
      changed(discover(world), "leaf1", (one) => ({
        interfaces: [
          ...one.interfaces,
          { name: "xe-0/0/2", adminUp: true, operUp, aggregate: "ae1", lacpForwarding: operUp },
        ],
      }));
    expect(textsOf(topologyOf(world, second(true)))).to.deep.equal(["db1: leaf1/ae1"]);
    expect(textsOf(topologyOf(world, second(false)))).to.deep.equal(["db1: leaf1/ae1"]);
  });

  it("on an aggregate are those that LLDP shows on the aggregate itself, too", () => {
    const world = leaves([{ name: null, ports: ["leaf1/ae1"] }]);
    const said = changed(discover(world), "leaf1", (one) => ({
      lldpNeighbours: [
        ...one.lldpNeighbours,
        { localInterface: "ae1", remoteSystem: "db1", remoteInterface: "eth0" },
      ],
    }));
    expect(textsOf(topologyOf(world, said))).to.deep.equal(["db1: leaf1/ae1"]);
  });

  it("of two declarations of one segment follow the first", () => {
    const ports = ["leaf1/ae1", "leaf2/ae1", "leaf3/ae1"];
    const world = leaves([{ name: null, esi: esi(1), ports }]);
    const byEsi = { name: "db1", esi: esi(1), members: ports.slice(0, 2), minAvailable: 2 };
    const byPort = { name: "db2", members: ports.slice(2), minAvailable: 1 };
    const found = (...declared: NonNullable<Fabric["spec"]["multihoming"]["segments"]>): unknown[] =>
      topologyOf(world, discover(world), segments(...declared)).endpoints.map(({ name, minAvailable }) => [
        name,
        minAvailable,
      ]);
    expect(found(byEsi, byPort)).to.deep.equal([["db1", 2]]);
    expect(found(byPort, byEsi)).to.deep.equal([["db2", 1]]);
  });

  it("have names of their own, even where a server calls itself like a port", () => {
    const world = leaves([
      { name: "leaf2/xe-0/0/7", ports: ["leaf1/xe-0/0/3"] },
      { name: null, ports: ["leaf2/xe-0/0/7"] },
    ]);
    expect(textsOf(topologyOf(world, discover(world)))).to.deep.equal([
      "leaf2/xe-0/0/7: leaf2/xe-0/0/7",
      "leaf2/xe-0/0/7 (leaf1/xe-0/0/3): leaf1/xe-0/0/3",
    ]);
  });

  it("keep a name that nobody else has, beside two of one name", () => {
    const world = leaves([
      { name: "db1", ports: ["leaf1/xe-0/0/1"] },
      { name: "db1", ports: ["leaf2/xe-0/0/1"] },
      { name: "db2", ports: ["leaf3/xe-0/0/1"] },
    ]);
    expect(textsOf(topologyOf(world, discover(world)))).to.deep.equal([
      "db1 (leaf1/xe-0/0/1): leaf1/xe-0/0/1",
      "db1 (leaf2/xe-0/0/1): leaf2/xe-0/0/1",
      "db2: leaf3/xe-0/0/1",
    ]);
  });

  it("of a segment whose first device is down are split as those that are up see each other", () => {
    const ports = ["leaf1/ae1", "leaf2/ae1", "leaf3/ae1"];
    const world = leaves([{ name: "db1", esi: esi(1), ports, down: ["leaf1/ae1"] }]);
    const said = changed(discover(world), "leaf2", (one) => ({
      segments: one.segments.map((segment) => ({ ...segment, remoteAddresses: [] })),
    }));
    expect(textsOf(topologyOf(world, said))).to.deep.equal([
      "db1 (leaf1/ae1): leaf1/ae1 down, leaf2/ae1",
      "db1 (leaf3/ae1): leaf3/ae1",
    ]);
  });

  it("of declared segments are those that were found and those of devices that were not read", () => {
    const world = leaves([{ name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] }]);
    const declared = [1, 2].map((number) => ({
      name: `segment${String(number)}`,
      esi: esi(number),
      members: number === 1 ? ["leaf1/ae1", "leaf2/ae1"] : ["leaf3/ae2"],
      minAvailable: 1,
    }));
    const { spec } = fabricOf(world, { multihoming: { discovery: "Preferred", segments: declared } });
    expect(textsOf(buildTopology(spec, discover({ ...world, dead: ["leaf3"] })))).to.deep.equal([
      "db1: leaf1/ae1, leaf2/ae1",
      "segment2: leaf3/ae2",
    ]);
  });

  it("on an aggregate are those of all its ports", () => {
    const world = leaves([]);
    const said = changed(discover(world), "leaf1", (one) => ({
      interfaces: [
        ...one.interfaces,
        { name: "ae1", adminUp: true, operUp: true },
        ...[1, 2].map((port) => ({
          name: `xe-0/0/${String(port)}`,
          adminUp: true,
          operUp: true,
          aggregate: "ae1",
        })),
      ],
      lldpNeighbours: [
        ...one.lldpNeighbours,
        { localInterface: "xe-0/0/1", remoteSystem: "db1", remoteInterface: "eth0" },
        { localInterface: "xe-0/0/2", remoteSystem: "leaf2", remoteInterface: "xe-0/0/2" },
      ],
    }));
    // One of them leads to a device of the fabric: the aggregate is a link, however odd.
    expect(textsOf(topologyOf(world, said))).to.deep.equal([]);
  });

  it("and devices of which nothing is declared but their names give no problem where nothing was read", () => {
    expect(buildTopology(fabricOf(leaves([])).spec, null).problems).to.deep.equal([]);
    // One link is enough to say that the declarations are about links.
    const links = [{ a: "leaf1/et-0/0/48", b: "spine1/et-0/0/0" }];
    expect(
      buildTopology(fabricOf(leaves([]), { links }).spec, null).problems.map(({ device }) => device),
    ).to.deep.equal(["leaf2", "leaf3"]);
  });

  it("are attached in the order of devices and ports", () => {
    const world = leaves([{ name: "db1", esi: esi(1), ports: ["leaf2/ae10", "leaf2/ae9", "leaf1/ae11"] }]);
    expect(textsOf(topologyOf(world, discover(world)))).to.deep.equal([
      "db1: leaf1/ae11, leaf2/ae9, leaf2/ae10",
    ]);
  });
});

describe("devices", () => {
  it("B3-8 a declared cluster of two nodes stays in service while it is upgraded; two routing engines do not", () => {
    const world = leaves([]);
    const planes = (names: readonly ("node0" | "node1" | "re0" | "re1")[]): Partial<Fabric["spec"]> => ({
      devices: fabricOf(world).spec.devices.map((device) =>
        device.name === "leaf1"
          ? { ...device, controlPlanes: names.map((name) => ({ name, address: `${name}.example.net` })) }
          : device,
      ),
    });
    const stays = (spec: Partial<Fabric["spec"]>, said: Said | null): boolean | undefined =>
      buildTopology(fabricOf(world, spec).spec, said).devices.find(({ name }) => name === "leaf1")
        ?.staysInService;
    expect(stays(planes(["node0", "node1"]), null)).to.equal(true);
    expect(stays(planes(["node0"]), null)).to.equal(undefined);
    expect(stays(planes(["re0", "re1"]), null)).to.equal(undefined);
    // What the device says counts for more.
    expect(stays(planes(["node0", "node1"]), discover(world))).to.equal(undefined);
    const said = changed(discover(world), "leaf1", () => ({ staysInService: true }));
    expect(stays({}, said)).to.equal(true);
  });

  it("that are not what is declared are named, with what they say", () => {
    const world = leaves([]);
    const said = changed(discover(world), "leaf1", () => ({ model: "mx204" }));
    expect(topologyOf(world, said).problems).to.deep.equal([
      {
        device: "leaf1",
        reason: "TopologyContradiction",
        message: "declared as qfx5120-48y, but the device says mx204",
      },
    ]);
  });

  it("share an address (an anycast loopback) and are not found by it; each is by its own", () => {
    const world: World = { ...leaves([]), sessions: [["leaf1", "spine1"]] };
    const said = changed(
      changed(discover(world), "leaf2", (one) => ({ routerAddresses: ["10.0.0.1", ...one.routerAddresses] })),
      "leaf3",
      (one) => ({ routerAddresses: [...one.routerAddresses, ...one.routerAddresses] }),
    );
    const topology = topologyOf(world, said);
    expect(topology.evpnSessions).to.deep.equal([
      { device: "leaf1", peer: null },
      { device: "spine1", peer: "leaf1" },
    ]);
  });

  it("say their established EVPN sessions in the order of names, without others", () => {
    const world: World = {
      ...leaves([]),
      sessions: [
        ["spine1", "leaf3"],
        ["spine1", "leaf1"],
        ["spine1", "192.0.2.9"],
      ],
    };
    const said = changed(discover(world), "leaf1", (one) => ({
      bgpPeers: [
        ...one.bgpPeers,
        { address: "10.0.0.3", autonomousSystem: 65000, established: true, evpn: false },
      ],
    }));
    const down = changed(said, "leaf3", (one) => ({
      bgpPeers: one.bgpPeers.map((peer) => ({ ...peer, established: false })),
    }));
    expect(topologyOf(world, down).evpnSessions).to.deep.equal([
      { device: "leaf1", peer: "spine1" },
      { device: "spine1", peer: null },
      { device: "spine1", peer: "leaf1" },
      { device: "spine1", peer: "leaf3" },
    ]);
  });
});
