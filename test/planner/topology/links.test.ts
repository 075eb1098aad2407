import { expect } from "chai";
import type { DeviceDiscovery } from "../../../src/api/discovery.ts";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import type { Topology } from "../../../src/planner/topology/topology.ts";
import { changed, discover, fabricOf } from "../support.ts";
import type { Said, World } from "../support.ts";

type Interface = DeviceDiscovery["interfaces"][number];
type LldpNeighbour = DeviceDiscovery["lldpNeighbours"][number];

/** One leaf and one spine with two cables; on the leaf they are the members of ae10, on the spine of ae1. */
const world: World = {
  devices: [
    { name: "spine1", role: "Spine" },
    { name: "leaf1", role: "Leaf" },
  ],
  cables: [
    { a: "leaf1/et-0/0/48", b: "spine1/et-0/0/1" },
    { a: "leaf1/et-0/0/49", b: "spine1/et-0/0/10" },
  ],
  servers: [],
};

/** The cables as members of an aggregate at both ends. */
function bundled(state: Partial<Interface> = {}): Said {
  const withBundle = (name: string, own: Partial<Interface>) => (one: DeviceDiscovery) => ({
    interfaces: [
      { name, adminUp: true, operUp: true, ...own },
      ...one.interfaces.map((port) => (port.name.startsWith("et-") ? { ...port, aggregate: name } : port)),
    ],
  });
  return changed(
    changed(discover(world), "leaf1", withBundle("ae10", state)),
    "spine1",
    withBundle("ae1", {}),
  );
}

function topologyOf(said: Said, links: { a: string; b: string }[] = []): Topology {
  return buildTopology(fabricOf(world, { links }).spec, said);
}

function textsOf({ links }: Topology): string[] {
  return links.map(({ a, b, up, provenance }) => {
    const ends = `${a.device}/${a.interface} ${b.device}/${b.interface}`;
    return `${ends} ${up ? "up" : "down"} ${provenance}`;
  });
}

const up = ["leaf1/et-0/0/48 spine1/et-0/0/1 up", "leaf1/et-0/0/49 spine1/et-0/0/10 up"];

describe("links", () => {
  it("between the same two devices stand in the order of their ports", () => {
    expect(textsOf(topologyOf(discover(world)))).to.deep.equal(up.map((text) => `${text} discovered`));
    const reversed = { ...world, cables: world.cables.toReversed() };
    expect(textsOf(buildTopology(fabricOf(world).spec, discover(reversed)))).to.deep.equal(
      up.map((text) => `${text} discovered`),
    );
    // Where the one end is the same (LLDP through a switch in between), the other end decides.
    const twice = changed(discover(world), "leaf1", (one) => ({
      lldpNeighbours: one.lldpNeighbours
        .map((each) => ({ ...each, localInterface: "et-0/0/48" }))
        .toReversed(),
    }));
    const inOrder = changed(discover(world), "leaf1", (one) => ({
      lldpNeighbours: one.lldpNeighbours.map((each) => ({ ...each, localInterface: "et-0/0/48" })),
    }));
    for (const said of [twice, inOrder]) {
      expect(textsOf(topologyOf(said)).slice(0, 2)).to.deep.equal([
        "leaf1/et-0/0/48 spine1/et-0/0/1 up discovered",
        "leaf1/et-0/0/48 spine1/et-0/0/10 up discovered",
      ]);
    }
  });

  it("of an aggregate are those of its members; its declaration is confirmed by them", () => {
    const topology = topologyOf(bundled(), [{ a: "leaf1/ae10", b: "spine1/ae1" }]);
    expect(textsOf(topology)).to.deep.equal(up.map((text) => `${text} both`));
    expect(topology.problems).to.deep.equal([]);
    expect(topology.endpoints).to.deep.equal([]);
  });

  for (const state of [{ operUp: false }, { adminUp: false }, { adminUp: false, operUp: false }]) {
    it(`of an aggregate that is ${JSON.stringify(state)} carry nothing, though its members are up`, () => {
      expect(textsOf(topologyOf(bundled(state))).map((text) => text.split(" ")[2])).to.deep.equal([
        "down",
        "down",
      ]);
    });
  }

  it("of an aggregate that the device does not list are judged by their ports", () => {
    const said = changed(bundled(), "leaf1", (one) => ({
      interfaces: one.interfaces.filter(({ name }) => name !== "ae10"),
    }));
    expect(textsOf(topologyOf(said))).to.deep.equal(up.map((text) => `${text} discovered`));
  });

  const describedAs = (remoteInterface: string) => (one: DeviceDiscovery) => ({
    lldpNeighbours: one.lldpNeighbours.map((each): LldpNeighbour => ({ ...each, remoteInterface })),
  });

  it("are confirmed where LLDP names the far port by a description that no port has", () => {
    const declared = [{ a: "leaf1/et-0/0/48", b: "spine1/et-0/0/1" }];
    const said = changed(discover(world), "leaf1", describedAs("to the left"));
    const topology = topologyOf(said, declared);
    expect(textsOf(topology)).to.include("leaf1/et-0/0/48 spine1/to the left up both");
    expect(topology.problems).to.deep.equal([]);
  });

  it("are not confirmed where LLDP names another port of the far device", () => {
    const declared = [{ a: "leaf1/et-0/0/48", b: "spine1/et-0/0/10" }];
    const topology = topologyOf(discover(world), declared);
    expect(textsOf(topology)).to.include("leaf1/et-0/0/48 spine1/et-0/0/10 down declared");
    expect(topology.problems.map(({ message }) => message)).to.deep.equal([
      "leaf1/et-0/0/48 is declared as a link to spine1/et-0/0/10, but LLDP sees spine1/et-0/0/1 there",
      "spine1/et-0/0/10 is declared as a link to leaf1/et-0/0/48, but LLDP sees leaf1/et-0/0/49 there",
    ]);
  });

  it("are confirmed by any of several neighbours that a port sees", () => {
    const said = changed(discover(world), "leaf1", (one) => ({
      lldpNeighbours: [
        { localInterface: "et-0/0/48", remoteSystem: "spine1", remoteInterface: "et-0/0/10" },
        { localInterface: "et-0/0/48", remoteSystem: "phone", remoteInterface: "eth0" },
        ...one.lldpNeighbours,
      ],
    }));
    const topology = topologyOf(said, [{ a: "leaf1/et-0/0/48", b: "spine1/et-0/0/1" }]);
    expect(textsOf(topology)).to.include("leaf1/et-0/0/48 spine1/et-0/0/1 up both");
    expect(topology.problems).to.deep.equal([]);
  });

  it("are confirmed by one end that was read, whoever else its port sees", () => {
    const said = changed(discover(world), "leaf1", () => ({
      lldpNeighbours: [
        { localInterface: "et-0/0/48", remoteSystem: "phone", remoteInterface: "eth0" },
        { localInterface: "et-0/0/48", remoteSystem: "spine1", remoteInterface: "et-0/0/10" },
        { localInterface: "et-0/0/48", remoteSystem: "spine1", remoteInterface: "et-0/0/1" },
      ],
    }));
    const { leaf1 } = said;
    if (leaf1 === undefined) throw new Error("no leaf1");
    const links = [{ a: "leaf1/et-0/0/48", b: "spine1/et-0/0/1" }];
    const { spec } = fabricOf(world, { links, multihoming: { discovery: "Preferred" } });
    expect(textsOf(buildTopology(spec, { leaf1 }))).to.deep.equal([
      "leaf1/et-0/0/48 spine1/et-0/0/1 up both",
      "leaf1/et-0/0/48 spine1/et-0/0/10 up discovered",
    ]);
  });

  it("of which each end sees another one are both there", () => {
    const crossed = changed(discover(world), "leaf1", () => ({
      lldpNeighbours: [
        { localInterface: "et-0/0/48", remoteSystem: "spine1", remoteInterface: "et-0/0/10" },
        { localInterface: "et-0/0/49", remoteSystem: "spine1", remoteInterface: "et-0/0/1" },
      ],
    }));
    expect(textsOf(topologyOf(crossed))).to.deep.equal([
      "leaf1/et-0/0/48 spine1/et-0/0/1 up discovered",
      "leaf1/et-0/0/48 spine1/et-0/0/10 up discovered",
      "leaf1/et-0/0/49 spine1/et-0/0/1 up discovered",
      "leaf1/et-0/0/49 spine1/et-0/0/10 up discovered",
    ]);
  });

  it("that one end alone sees are told once, though its neighbour sees somebody on a port of that name", () => {
    const devices: World["devices"] = [...world.devices, { name: "spine2", role: "Spine" }];
    const towards = (remoteSystem: string): LldpNeighbour => {
      return { localInterface: "et-0/0/48", remoteSystem, remoteInterface: "et-0/0/1" };
    };
    // leaf1 sees spine2 there now; spine1 still sees leaf1, as two entries of its table say.
    const [seen] = discover(world)["spine1"]?.lldpNeighbours ?? [];
    if (seen === undefined) throw new Error("spine1 sees nobody");
    const moved = changed(discover({ ...world, devices }), "leaf1", () => ({
      lldpNeighbours: [towards("spine2")],
    }));
    const said = changed(moved, "spine1", () => ({ lldpNeighbours: [seen, seen] }));
    const back = changed(said, "spine2", () => ({
      lldpNeighbours: [{ localInterface: "et-0/0/1", remoteSystem: "leaf1", remoteInterface: "et-0/0/48" }],
    }));
    const topology = buildTopology(fabricOf({ ...world, devices }).spec, back);
    expect(textsOf(topology)).to.deep.equal([
      "leaf1/et-0/0/48 spine1/et-0/0/1 down discovered",
      "leaf1/et-0/0/48 spine2/et-0/0/1 up discovered",
    ]);
    expect(topology.problems.map(({ message }) => message)).to.deep.equal([
      "spine1 sees leaf1 on et-0/0/1, but leaf1 does not see spine1",
    ]);
  });

  it("are taken as declared where neither end was read, and denied where one end sees nobody", () => {
    const declared = [{ a: "leaf1/et-0/0/48", b: "spine1/et-0/0/1" }];
    const multihoming = { discovery: "Preferred" as const };
    const spec = fabricOf(world, { links: declared, multihoming }).spec;
    expect(textsOf(buildTopology(spec, {}))).to.deep.equal(["leaf1/et-0/0/48 spine1/et-0/0/1 up declared"]);
    const { leaf1 } = changed(discover(world), "leaf1", () => ({ lldpNeighbours: [] }));
    if (leaf1 === undefined) throw new Error("no leaf1");
    const { spine1 } = changed(discover(world), "spine1", () => ({ lldpNeighbours: [] }));
    if (spine1 === undefined) throw new Error("no spine1");
    expect(textsOf(buildTopology(spec, { spine1 }))).to.deep.equal([
      "leaf1/et-0/0/48 spine1/et-0/0/1 down declared",
    ]);
    const denied = buildTopology(spec, { leaf1 });
    expect(textsOf(denied)).to.deep.equal(["leaf1/et-0/0/48 spine1/et-0/0/1 down declared"]);
    expect(denied.problems.filter(({ reason }) => reason === "TopologyContradiction")).to.deep.equal([
      {
        device: "leaf1",
        reason: "TopologyContradiction",
        message: "leaf1/et-0/0/48 is declared as a link to spine1/et-0/0/1, but LLDP sees nobody there",
      },
    ]);
  });

  it("that are down are no contradiction: nobody can be seen there", () => {
    const dark = { ...world, cables: world.cables.map((cable, place) => ({ ...cable, up: place !== 0 })) };
    const spec = fabricOf(world, { links: [{ a: "spine1/et-0/0/1", b: "leaf1/et-0/0/48" }] }).spec;
    const topology = buildTopology(spec, discover(dark));
    expect(textsOf(topology)).to.deep.equal([
      "leaf1/et-0/0/48 spine1/et-0/0/1 down declared",
      "leaf1/et-0/0/49 spine1/et-0/0/10 up discovered",
    ]);
    expect(topology.problems).to.deep.equal([]);
  });

  it("HL-1 that are declared and all down leave a leaf unproven", () => {
    const dark = { ...world, cables: world.cables.map((cable) => ({ ...cable, up: false })) };
    const { problems } = buildTopology(
      fabricOf(world, { links: world.cables.map(({ a, b }) => ({ a, b })) }).spec,
      discover(dark),
    );
    expect(problems).to.deep.equal([
      {
        device: "leaf1",
        reason: "TopologyUnproven",
        message: "no working link of leaf1 to another device is known",
      },
    ]);
  });

  it("to an unread device that only its neighbour sees count", () => {
    const multihoming = { discovery: "Preferred" as const };
    const { leaf1 } = discover(world);
    if (leaf1 === undefined) throw new Error("no leaf1");
    const topology = buildTopology(fabricOf(world, { multihoming }).spec, { leaf1 });
    expect(textsOf(topology)).to.deep.equal(up.map((text) => `${text} discovered`));
  });

  it("of a port that sees several devices are one to each, whoever saw it first", () => {
    const devices: World["devices"] = [...world.devices, { name: "spine2", role: "Spine" }];
    const multihoming = { discovery: "Preferred" as const };
    const said = changed(discover({ ...world, devices, dead: ["spine2"] }), "leaf1", (one) => ({
      lldpNeighbours: [
        { localInterface: "et-0/0/48", remoteSystem: "phone", remoteInterface: "eth0" },
        ...one.lldpNeighbours.slice(0, 1),
        ...one.lldpNeighbours.slice(0, 1),
        { localInterface: "et-0/0/48", remoteSystem: "spine2", remoteInterface: "et-0/0/1" },
      ],
    }));
    const topology = buildTopology(fabricOf({ ...world, devices }, { multihoming }).spec, said);
    expect(textsOf(topology)).to.deep.equal([
      "leaf1/et-0/0/48 spine1/et-0/0/1 up discovered",
      "leaf1/et-0/0/49 spine1/et-0/0/10 up discovered",
      "leaf1/et-0/0/48 spine2/et-0/0/1 up discovered",
    ]);
  });

  it("to an unread device are confirmed by the port that LLDP names, and by no other", () => {
    const multihoming = { discovery: "Preferred" as const };
    const { leaf1 } = discover(world);
    if (leaf1 === undefined) throw new Error("no leaf1");
    const declaredTo = (port: string): string[] => {
      const links = [{ a: "leaf1/et-0/0/48", b: `spine1/${port}` }];
      return textsOf(buildTopology(fabricOf(world, { links, multihoming }).spec, { leaf1 }));
    };
    expect(declaredTo("et-0/0/1")).to.deep.equal([
      "leaf1/et-0/0/48 spine1/et-0/0/1 up both",
      "leaf1/et-0/0/49 spine1/et-0/0/10 up discovered",
    ]);
    expect(declaredTo("et-0/0/7")).to.include("leaf1/et-0/0/48 spine1/et-0/0/7 down declared");
  });

  it("that a device sees to itself are none", () => {
    const loop: World = {
      ...world,
      cables: [...world.cables, { a: "leaf1/et-0/0/50", b: "leaf1/et-0/0/51" }],
    };
    expect(textsOf(buildTopology(fabricOf(world).spec, discover(loop)))).to.have.length(2);
  });
});
