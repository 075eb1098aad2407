import { expect } from "chai";
import { PlanningError } from "../../src/planner/planningError.ts";
import { buildTopology } from "../../src/planner/topology/topology.ts";
import type { Topology } from "../../src/planner/topology/topology.ts";
import { declarationsOf, discover, esi, fabricOf, quickstart } from "./support.ts";
import type { World, WorldServer } from "./support.ts";

function topologyOf(world: World, spec: Parameters<typeof fabricOf>[1] = {}): Topology {
  return buildTopology(fabricOf(world, spec).spec, discover(world));
}

function endpoint(topology: Topology, name: string): string[] {
  const found = topology.endpoints.find((each) => each.name === name);
  return (found?.attachments ?? []).map(
    ({ device, interface: port, up, provenance }) => `${device}/${port} ${up ? "up" : "down"} ${provenance}`,
  );
}

/** Two spines, three leaves, and the given servers. */
function small(servers: WorldServer[], extra: Partial<World> = {}): World {
  const leaves = ["leaf1", "leaf2", "leaf3"];
  return {
    devices: [
      { name: "spine1", role: "Spine" },
      { name: "spine2", role: "Spine" },
      ...leaves.map((name) => ({ name, role: "Leaf" as const })),
    ],
    cables: leaves.flatMap((leaf, index) => [
      { a: `${leaf}/et-0/0/48`, b: `spine1/et-0/0/${String(index)}` },
      { a: `${leaf}/et-0/0/49`, b: `spine2/et-0/0/${String(index)}` },
    ]),
    servers,
    ...extra,
  };
}

describe("topology", () => {
  it("learns links, servers and EVPN sessions from what the devices say alone", () => {
    const topology = topologyOf(quickstart());
    expect(topology.problems).to.deep.equal([]);
    expect(topology.source).to.equal("devices");
    expect(topology.links).to.have.length(16);
    expect(topology.links.every(({ up, provenance }) => up && provenance === "discovered")).to.equal(true);
    expect(topology.endpoints.map(({ name }) => name)).to.deep.equal([
      "leaf8/xe-0/0/13",
      ...Array.from({ length: 12 }, (_, index) => `server${String(index + 1)}`),
    ]);
    expect(endpoint(topology, "server4")).to.deep.equal([
      "leaf3/ae4 up discovered",
      "leaf4/ae4 up discovered",
    ]);
    expect(topology.evpnSessions.filter(({ device }) => device === "leaf1")).to.deep.equal([
      { device: "leaf1", peer: "spine1" },
      { device: "leaf1", peer: "spine2" },
    ]);
  });

  it("says of what is declared and seen that both agree", () => {
    const world = quickstart();
    const topology = topologyOf(world, declarationsOf(world));
    expect(topology.problems).to.deep.equal([]);
    expect(topology.links.map(({ provenance }) => provenance)).to.not.include("discovered");
    expect(endpoint(topology, "server1")).to.deep.equal(["leaf1/ae1 up both", "leaf2/ae1 up both"]);
  });

  it("takes declarations as they are where no device was asked", () => {
    const world = quickstart();
    const topology = buildTopology(fabricOf(world, declarationsOf(world)).spec, null);
    expect(topology.source).to.equal("declarations");
    expect(topology.endpoints).to.have.length(13);
    expect(endpoint(topology, "server1")).to.deep.equal(["leaf1/ae1 up declared", "leaf2/ae1 up declared"]);
    expect(topology.links.every(({ up, provenance }) => up && provenance === "declared")).to.equal(true);
  });

  it("names an endpoint by LLDP, else as declared, else by ESI or port", () => {
    const world = small([
      { name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] },
      { name: null, esi: esi(2), ports: ["leaf1/ae2", "leaf2/ae2"] },
      { name: null, esi: esi(3), ports: ["leaf1/ae3", "leaf2/ae3"] },
      { name: "backup", ports: ["leaf3/xe-0/0/7"] },
      { name: null, ports: ["leaf3/xe-0/0/8"] },
    ]);
    const segments = [
      { name: "database", esi: esi(1), members: ["leaf1/ae1", "leaf2/ae1"], minAvailable: 1 },
      { name: "storage", esi: esi(2), members: ["leaf1/ae2", "leaf2/ae2"], minAvailable: 1 },
    ];
    const topology = topologyOf(world, { multihoming: { discovery: "Required", segments } });
    expect(topology.endpoints.map(({ name }) => name)).to.deep.equal(
      [esi(3), "backup", "db1", "leaf3/xe-0/0/8", "storage"].toSorted(),
    );
  });

  it("does not let two plain ports back each other up because LLDP shows the same server", () => {
    const topology = topologyOf(
      small([
        { name: "server1", ports: ["leaf1/xe-0/0/1"] },
        { name: "server1", ports: ["leaf2/xe-0/0/1"] },
      ]),
    );
    expect(topology.endpoints.map(({ name, attachments }) => [name, attachments.length])).to.deep.equal([
      ["server1 (leaf1/xe-0/0/1)", 1],
      ["server1 (leaf2/xe-0/0/1)", 1],
    ]);
  });

  it("joins two plain ports that are declared as one server, unless LLDP shows two", () => {
    const segments = [{ name: "server1", members: ["leaf1/xe-0/0/1", "leaf2/xe-0/0/1"], minAvailable: 1 }];
    const multihoming = { discovery: "Required" as const, segments };
    const same = topologyOf(small([{ name: "a", ports: ["leaf1/xe-0/0/1", "leaf2/xe-0/0/1"] }]), {
      multihoming,
    });
    expect(endpoint(same, "a")).to.have.length(2);
    const different = topologyOf(
      small([
        { name: "a", ports: ["leaf1/xe-0/0/1"] },
        { name: "b", ports: ["leaf2/xe-0/0/1"] },
      ]),
      { multihoming },
    );
    expect(endpoint(different, "a")).to.have.length(1);
    expect(different.problems.map(({ device, reason }) => [device, reason])).to.deep.equal([
      ["leaf1", "TopologyContradiction"],
      ["leaf2", "TopologyContradiction"],
    ]);
  });

  it("does not count a declared member that its device does not show", () => {
    const world = small([{ name: "server1", esi: esi(1), ports: ["leaf1/ae1"] }]);
    const segments = [{ name: "server1", esi: esi(1), members: ["leaf1/ae1", "leaf2/ae1"], minAvailable: 1 }];
    const topology = topologyOf(world, { multihoming: { discovery: "Required", segments } });
    expect(endpoint(topology, "server1")).to.deep.equal(["leaf1/ae1 up both"]);
    expect(topology.problems).to.have.length(1);
    expect(topology.problems[0]).to.include({ device: "leaf2", reason: "TopologyContradiction" });
    expect(topology.problems[0]?.message).to.contain("carries no ESI");
  });

  it("lets a declaration tighten what was discovered", () => {
    const members = ["leaf1/ae1", "leaf2/ae1", "leaf3/ae1"];
    const world = small([{ name: "server1", esi: esi(1), ports: members }]);
    const segments = [{ name: "x", esi: esi(1), members, minAvailable: 2 }];
    const topology = topologyOf(world, { multihoming: { discovery: "Required", segments } });
    expect(topology.endpoints[0]).to.include({ name: "server1", minAvailable: 2 });
  });

  it("keeps two devices apart that carry the same ESI and do not see each other in EVPN", () => {
    const world = small([{ name: "server1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] }]);
    const said = discover(world);
    const leaf1 = said["leaf1"];
    if (leaf1 === undefined) throw new Error("no leaf1");
    const blind = leaf1.segments.map((segment) => ({ ...segment, remoteAddresses: [] }));
    const topology = buildTopology(fabricOf(world).spec, { ...said, leaf1: { ...leaf1, segments: blind } });
    expect(topology.endpoints.map(({ name, attachments }) => [name, attachments.length])).to.deep.equal([
      ["server1 (leaf1/ae1)", 1],
      ["server1 (leaf2/ae1)", 1],
    ]);
    expect(topology.problems.map(({ device }) => device)).to.deep.equal(["leaf1", "leaf2"]);
  });

  it("separates servers behind one ESI that LLDP tells apart", () => {
    const world = small([
      { name: "a", esi: esi(1), ports: ["leaf1/ae1"] },
      { name: "b", esi: esi(1), ports: ["leaf2/ae1"] },
    ]);
    const topology = topologyOf(world);
    expect(topology.endpoints.map(({ name }) => name)).to.deep.equal(["a", "b"]);
    expect(topology.problems[0]?.message).to.contain("a on leaf1/ae1; b on leaf2/ae1");
  });

  it("counts a down port and a member that LACP does not use as no attachment", () => {
    const world = small([
      { name: "server1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"], down: ["leaf2/ae1"] },
      { name: "server2", esi: esi(2), ports: ["leaf1/ae2", "leaf2/ae2"] },
    ]);
    const said = discover(world);
    const leaf1 = said["leaf1"];
    if (leaf1 === undefined) throw new Error("no leaf1");
    const interfaces = leaf1.interfaces.map((port) =>
      port.aggregate === "ae2" ? { ...port, lacpForwarding: false } : port,
    );
    const topology = buildTopology(fabricOf(world).spec, { ...said, leaf1: { ...leaf1, interfaces } });
    expect(endpoint(topology, "server1")).to.deep.equal([
      "leaf1/ae1 up discovered",
      "leaf2/ae1 down discovered",
    ]);
    expect(endpoint(topology, "server2")).to.deep.equal([
      "leaf1/ae2 down discovered",
      "leaf2/ae2 up discovered",
    ]);
  });

  it("denies a declared link that LLDP contradicts", () => {
    const world = small([]);
    const links = [{ a: "leaf1/et-0/0/48", b: "spine2/et-0/0/9" }];
    const topology = topologyOf(world, { links });
    const link = topology.links.find(({ provenance }) => provenance === "declared");
    expect(link?.up).to.equal(false);
    expect(topology.problems.map(({ message }) => message)).to.deep.equal([
      "leaf1/et-0/0/48 is declared as a link to spine2/et-0/0/9, but LLDP sees spine1/et-0/0/0 there",
      "spine2/et-0/0/9 is declared as a link to leaf1/et-0/0/48, but the device has no such interface",
    ]);
  });

  it("trusts no link that only one of two read devices sees", () => {
    const world = small([]);
    const said = discover(world);
    const spine1 = said["spine1"];
    if (spine1 === undefined) throw new Error("no spine1");
    const deaf = {
      ...spine1,
      lldpNeighbours: spine1.lldpNeighbours.filter((one) => one.remoteSystem !== "leaf1"),
    };
    const topology = buildTopology(fabricOf(world).spec, { ...said, spine1: deaf });
    expect(topology.links.filter(({ up }) => !up).map(({ a, b }) => [a.device, b.device])).to.deep.equal([
      ["leaf1", "spine1"],
    ]);
    expect(topology.problems[0]?.message).to.contain("does not see leaf1");
  });

  it("knows a device by its host name and through a domain", () => {
    const world = small([]);
    const said = discover(world);
    const renamed = Object.fromEntries(
      Object.entries(said).map(([name, one]) => {
        const lldpNeighbours = one.lldpNeighbours.map((each) => ({
          ...each,
          remoteSystem: each.remoteSystem === "spine1" ? "DC1-SP-01.example.net" : each.remoteSystem,
        }));
        return [name, { ...one, lldpNeighbours, ...(name === "spine1" ? { hostName: "dc1-sp-01" } : {}) }];
      }),
    );
    const topology = buildTopology(fabricOf(world).spec, renamed);
    expect(topology.endpoints).to.deep.equal([]);
    expect(topology.links.filter(({ b }) => b.device === "spine1")).to.have.length(3);
  });

  it("HL-1 calls a device unproven that was not read, and takes it as out of service", () => {
    const world = { ...small([]), dead: ["leaf2"] };
    const topology = topologyOf(world);
    expect(topology.devices.find(({ name }) => name === "leaf2")?.knowledge).to.equal("Unknown");
    expect(topology.problems).to.have.length(1);
    expect(topology.problems[0]).to.include({ device: "leaf2", reason: "TopologyUnproven" });
  });

  it("takes an unread device as declared where discovery is only preferred", () => {
    const world = { ...quickstart(), dead: ["leaf2"] };
    const declared = declarationsOf(quickstart());
    const multihoming = { ...declared.multihoming, discovery: "Preferred" as const };
    const topology = topologyOf(world, { ...declared, multihoming });
    expect(topology.devices.find(({ name }) => name === "leaf2")?.knowledge).to.equal("Declared");
    expect(endpoint(topology, "server1")).to.deep.equal(["leaf1/ae1 up both", "leaf2/ae1 up declared"]);
    expect(topology.problems.map(({ device, reason }) => [device, reason])).to.deep.include([
      "leaf2",
      "Unreachable",
    ]);
  });

  it("reports a leaf in service whose uplinks are all down", () => {
    const world = small([{ name: "server1", ports: ["leaf1/xe-0/0/1"] }]);
    const cables = world.cables.map((cable) => ({ ...cable, up: !cable.a.startsWith("leaf1/") }));
    const topology = topologyOf({ ...world, cables });
    expect(topology.problems.map(({ device, reason }) => [device, reason])).to.deep.equal([
      ["leaf1", "TopologyUnproven"],
    ]);
  });

  it("PL-20 has the groups in the order of their names, whatever the order in which they are declared", () => {
    const redundancyGroups = ["pair10", "pair2"].map((name) => {
      return { name, members: ["leaf1", "leaf2"], minAvailable: 1 };
    });
    const { spec } = fabricOf(quickstart(), { redundancyGroups });
    expect(buildTopology(spec, null).groups.map(({ name }) => name)).to.deep.equal(["pair2", "pair10"]);
  });

  it("resolves a group's percentage upwards", () => {
    const redundancyGroups = [{ name: "leaves", members: ["leaf1", "leaf2", "leaf3"], minAvailable: "50%" }];
    expect(topologyOf(small([]), { redundancyGroups }).groups[0]?.minAvailable).to.equal(2);
  });

  for (const [what, spec] of [
    ["an unknown device in a link", { links: [{ a: "leaf1/et-0/0/48", b: "leaf9/et-0/0/1" }] }],
    [
      "a port in two links",
      {
        links: [
          { a: "leaf1/et-0/0/48", b: "spine1/et-0/0/1" },
          { a: "leaf1/et-0/0/48", b: "spine2/et-0/0/1" },
        ],
      },
    ],
    [
      "an unknown member of a group",
      { redundancyGroups: [{ name: "x", members: ["leaf1", "no"], minAvailable: 1 }] },
    ],
    [
      "a group's minimum that is no number",
      { redundancyGroups: [{ name: "x", members: ["leaf1", "leaf2"], minAvailable: "half" }] },
    ],
    [
      "a group's minimum above its size",
      { redundancyGroups: [{ name: "x", members: ["leaf1", "leaf2"], minAvailable: 3 }] },
    ],
    [
      "two segments with one ESI",
      {
        multihoming: {
          discovery: "Required" as const,
          segments: [
            { name: "x", esi: esi(1), members: ["leaf1/ae1"], minAvailable: 1 },
            { name: "y", esi: esi(1), members: ["leaf2/ae1"], minAvailable: 1 },
          ],
        },
      },
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      const fabric = fabricOf(small([]), JSON.parse(JSON.stringify(spec)));
      expect(() => buildTopology(fabric.spec, null))
        .to.throw(PlanningError)
        .with.property("reason", "FabricInvalid");
    });
  }
});
