/** Who loses whom, by example: the proof names the pairs, and the planner's own rules find the same. */
import { expect } from "chai";
import type { Tier } from "../../../src/api/plan.ts";
import { fabricGraph, nameOf } from "../../../src/planner/redundancy/fabricGraph.ts";
import { namedRules } from "../../../src/planner/redundancy/namedRules.ts";
import { rulesByTier } from "../../../src/planner/redundancy/tierRules.ts";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import type { Topology } from "../../../src/planner/topology/topology.ts";
import { verifyRemoval } from "../../../src/planner/verify/verify.ts";
import { declarationsOf, discover, esi, fabricOf } from "../support.ts";
import type { World, WorldServer } from "../support.ts";

/** Devices by tier; for each the devices that it has a cable to. */
function worldOf(
  tiers: Partial<Record<Tier, readonly string[]>>,
  cables: Readonly<Record<string, readonly string[]>>,
  servers: readonly WorldServer[] = [],
): World {
  const roles: readonly Tier[] = ["Leaf", "Border", "Firewall", "Spine", "SuperSpine"];
  return {
    devices: roles.flatMap((role) => (tiers[role] ?? []).map((name) => ({ name, role }))),
    cables: Object.entries(cables).flatMap(([from, all]) =>
      all.map((to, port) => ({
        a: `${from}/et-0/0/${String(port)}`,
        b: `${to}/et-0/1/${from.replace(/\D/g, "")}`,
      })),
    ),
    servers,
  };
}

function topologyOf(world: World): Topology {
  return buildTopology(fabricOf(world).spec, discover(world));
}

/** A pair, whichever of the two is named first. */
function pairOf(...names: readonly [string, string]): string {
  return names.toSorted().join(" - ");
}

/** The pairs that lose each other, and who is cut off altogether. */
function lost(topology: Topology, removed: readonly string[]): string[] {
  return verifyRemoval(topology, removed)
    .map(({ kind, endpoint, far }) => (far === undefined ? `${kind} ${endpoint}` : pairOf(endpoint, far)))
    .toSorted();
}

/** The same pairs of devices by the planner's rules of the tier of those that go. */
function lostByRules(topology: Topology, tier: Tier, removed: readonly string[]): string[] {
  const graph = fabricGraph(topology, []);
  const numbers = removed.map((name) => graph.numberOf.get(name) ?? -1);
  const pairs = rulesByTier(graph)(tier)
    .paths.lost(numbers)
    .flatMap(([side, far]) =>
      side.devices.flatMap((a) =>
        far.devices.flatMap((b) =>
          a === b || numbers.includes(a) || numbers.includes(b)
            ? []
            : [pairOf(nameOf(graph, a), nameOf(graph, b))],
        ),
      ),
    );
  return [...new Set(pairs)].toSorted();
}

describe("leaves with links to each other", () => {
  it("HL-1 do not lead on to a third one: two that both have a link to it lose each other", () => {
    const topology = topologyOf(
      worldOf(
        { Leaf: ["leaf1", "leaf2", "leaf3"], Spine: ["s1", "s2", "s3"] },
        { leaf1: ["leaf2", "leaf3", "s2", "s3"], leaf2: ["s1", "s2"], leaf3: ["s1", "s3"] },
      ),
    );
    expect(lost(topology, ["s1"])).to.deep.equal(["leaf2 - leaf3"]);
    expect(lostByRules(topology, "Spine", ["s1"])).to.deep.equal(["leaf2 - leaf3"]);
    expect(lost(topology, ["s2"])).to.deep.equal([]);
    const byLast = topologyOf(
      worldOf(
        { Leaf: ["leaf1", "leaf2", "leaf3"], Spine: ["s1", "s2", "s3"] },
        { leaf1: ["leaf3", "s1", "s2"], leaf2: ["leaf3", "s1", "s3"], leaf3: ["s2", "s3"] },
      ),
    );
    expect(lost(byLast, ["s1"])).to.deep.equal(["leaf1 - leaf2"]);
    expect(lostByRules(byLast, "Spine", ["s1"])).to.deep.equal(["leaf1 - leaf2"]);
  });

  it("HL-1 with a firewall below and a link beside each are told apart by whom their link leads to", () => {
    const topology = topologyOf(
      worldOf(
        { Leaf: ["leaf1", "leaf2", "leaf3", "leaf4"], Firewall: ["fw7", "fw8"], Spine: ["s1", "s2", "s3"] },
        {
          leaf1: ["s1", "s2", "leaf3"],
          leaf2: ["s1", "s2", "leaf4"],
          leaf3: ["s1", "s3"],
          leaf4: ["s1", "s3"],
          fw7: ["leaf1"],
          fw8: ["leaf2"],
        },
      ),
    );
    const pairs = [
      "fw7 - leaf3",
      "fw7 - leaf4",
      "fw8 - leaf3",
      "fw8 - leaf4",
      "leaf1 - leaf4",
      "leaf2 - leaf3",
    ];
    expect(lost(topology, ["s1"])).to.deep.equal(pairs);
    expect(lostByRules(topology, "Spine", ["s1"])).to.deep.equal(pairs);
  });

  /** Three spines with links among each other, and two leaves that have two of them. */
  const joined = { b1: ["b2", "b3"], b2: ["b3"], o1: ["b1", "b2"], o2: ["b1", "b2"] };

  it("HL-1 reach nobody over spines that carry for each other by such a link", () => {
    for (const [near, far] of [
      ["a0", "z9"],
      ["y8", "z9"],
    ] as const) {
      const topology = topologyOf(
        worldOf(
          { Leaf: [near, far, "o1", "o2"], Spine: ["b1", "b2", "b3", "x7"] },
          { ...joined, [near]: ["b3", "x7", far], [far]: ["x7"] },
        ),
      );
      expect(lost(topology, ["b3"])).to.deep.equal([pairOf(near, "o1")]);
      expect(lostByRules(topology, "Spine", ["b3"])).to.deep.equal([pairOf(near, "o1"), pairOf(near, "o2")]);
    }
  });

  it("HL-1 nor by any of many such links", () => {
    const mesh = Array.from({ length: 6 }, (_, leaf) => `leaf${String(leaf)}`);
    const topology = topologyOf(
      worldOf(
        { Leaf: [...mesh, "o1", "o2"], Spine: ["b1", "b2", "b3", "x7"] },
        {
          ...joined,
          ...Object.fromEntries(mesh.map((leaf, place) => [leaf, ["b3", "x7", ...mesh.slice(place + 1)]])),
        },
      ),
    );
    expect(lost(topology, ["b3"])).to.deep.equal(mesh.map((leaf) => pairOf(leaf, "o1")));
    expect(lostByRules(topology, "Spine", ["b3"])).to.deep.equal(
      mesh.flatMap((leaf) => ["o1", "o2"].map((other) => pairOf(leaf, other))),
    );
  });

  it("HL-1 do not lead on to what is below the other one", () => {
    const names = Array.from({ length: 6 }, (_, leaf) => `leaf${String(leaf)}`);
    for (const near of names) {
      for (const far of names) {
        if (near === far) continue;
        const topology = topologyOf(
          worldOf(
            { Leaf: names, Firewall: ["fw7"], Spine: ["s1", "s2", "s3"] },
            {
              fw7: [far],
              ...Object.fromEntries(names.map((leaf) => [leaf, ["s1", "s2", "s3"]])),
              [far]: ["s1", "s3"],
              [near]: ["s1", "s2", far],
            },
          ),
        );
        expect(lost(topology, ["s1"]), `${near} beside ${far}`).to.deep.equal([`fw7 - ${near}`]);
        expect(lostByRules(topology, "Spine", ["s1"])).to.deep.equal([`fw7 - ${near}`]);
      }
    }
  });

  it("HL-1 reach each other over the link between them, however many such links there are", () => {
    const names = Array.from({ length: 5 }, (_, leaf) => `leaf${String(leaf)}`);
    const topology = topologyOf(
      worldOf(
        { Leaf: [...names, "leaf8", "leaf9"], Spine: ["s1", "s2", "s3"] },
        {
          ...Object.fromEntries(names.map((leaf, place) => [leaf, ["s1", "s2", ...names.slice(place + 1)]])),
          leaf8: ["s1", "s2"],
          leaf9: ["s1", "s3"],
        },
      ),
    );
    // leaf9 keeps s3, the others s2; those with links to each other have those besides.
    expect(lost(topology, ["s1"])).to.deep.equal(["Isolated leaf9"]);
    expect(lostByRules(topology, "Spine", ["s1"])).to.deep.equal(
      [...names, "leaf8"].map((name) => `${name} - leaf9`),
    );
  });
});

describe("spines that carry for each other", () => {
  it("HL-1 do so for nobody who has another spine", () => {
    // p keeps c1, which is joined with c2, and q keeps z: without x they lose each other.
    const pair = { c1: ["c2"], p: ["c1", "x"], q: ["x", "z"], r: ["c2"], t: ["z"] };
    const others = [
      { leaves: ["a"], spines: [], cables: { a: ["z"] } },
      { leaves: ["u", "v"], spines: ["b1", "b2"], cables: { b1: ["b2"], u: ["b1"], v: ["b2"] } },
    ];
    for (const { leaves, spines, cables } of others) {
      const topology = topologyOf(
        worldOf(
          { Leaf: [...leaves, "p", "q", "r", "t"], Spine: [...spines, "c1", "c2", "x", "z"] },
          { ...pair, ...cables },
        ),
      );
      expect(lost(topology, ["x"])).to.deep.equal(["p - q"]);
      expect(lostByRules(topology, "Spine", ["x"])).to.deep.equal(["p - q"]);
    }
  });

  it("HL-1 do so for nobody who has another super-spine", () => {
    // leaf1 keeps p, which has c1, joined with c2; leaf2 keeps q, which has z.
    const uplinks = {
      leaf1: ["p", "x"],
      leaf2: ["q", "x"],
      leaf3: ["r"],
      leaf4: ["t"],
      leaf5: ["u"],
      leaf6: ["v"],
    };
    const above = { p: ["c1"], q: ["z"], r: ["c2"], t: ["z"], u: ["b1"], v: ["b2"], b1: ["b2"], c1: ["c2"] };
    const topology = topologyOf(
      worldOf(
        {
          Leaf: Object.keys(uplinks),
          Spine: ["p", "q", "r", "t", "u", "v", "x"],
          SuperSpine: ["b1", "b2", "c1", "c2", "z"],
        },
        { ...uplinks, ...above },
      ),
    );
    expect(lost(topology, ["x"])).to.deep.equal(["leaf1 - leaf2"]);
    expect(lostByRules(topology, "Spine", ["x"])).to.deep.equal(["leaf1 - leaf2"]);
  });
});

describe("among dozens of leaves, each with spines of its own", () => {
  const combinations = [1, 2, 3, 4, 5, 6, 7].flatMap((a) =>
    [1, 2, 3, 4, 5, 6, 7].filter((b) => a < b).map((b) => [`s${String(a)}`, `s${String(b)}`]),
  );

  /**
   * Leaves that all have s0, no two with the same spines but those that are given: they have s20 and one that they
   * share with nobody but a leaf before all these.
   */
  function uplinksOf(special: readonly number[], count: number): Record<string, readonly string[]> {
    const of = (leaf: number): readonly string[] => {
      const place = special.indexOf(leaf);
      if (place !== -1) return ["s20", `s2${String(place + 1)}`];
      const round = `s1${String(Math.floor(leaf / combinations.length))}`;
      return ["s0", round, ...(combinations[leaf % combinations.length] ?? [])];
    };
    const leaves = Array.from({ length: count }, (_, leaf) => [`leaf${String(leaf)}`, of(leaf)] as const);
    const partners = special.map(
      (_, place) => [`first${String(place)}`, ["s0", `s2${String(place + 1)}`]] as const,
    );
    return Object.fromEntries([...leaves, ...partners]);
  }

  function fabric(special: readonly number[], count = 80): Topology {
    const uplinks = uplinksOf(special, count);
    const spines = [...new Set(Object.values(uplinks).flat())];
    return topologyOf(worldOf({ Leaf: Object.keys(uplinks), Spine: spines }, uplinks));
  }

  for (const [a, b] of [
    [0, 31],
    [1, 32],
    [40, 41],
    [33, 63],
    [64, 79],
    // With one more than fills the words of 32 bits, and one less.
    [0, 30],
    [0, 62],
    [3, 93],
    [3, 94],
  ] as const) {
    it(`HL-1 leaf${String(a)} and leaf${String(b)} lose each other with the one spine that both have`, () => {
      const topology = fabric([a, b], b + 1);
      const pair = pairOf(`leaf${String(a)}`, `leaf${String(b)}`);
      expect(lost(topology, ["s20"])).to.deep.equal([pair]);
      expect(lostByRules(topology, "Spine", ["s20"])).to.deep.equal([pair]);
      expect(lost(topology, ["s0"])).to.not.include(pair);
    });
  }

  // The leaf far away loses no spine of its own: it is found by what is above its spines.
  for (const count of [31, 64, 95]) {
    it(`HL-1 under planes, the first and the last of ${String(count)} lose each other with the first one's spine`, () => {
      const flat = uplinksOf([0, count - 1], count);
      const ownSpine = (leaf: string, above: string): string => `${leaf}x${above}`;
      const own = Object.entries(flat).map(
        ([leaf, above]) => [leaf, above.map((each) => ownSpine(leaf, each))] as const,
      );
      const spines = Object.entries(flat).flatMap(([leaf, above]) =>
        above.map((each) => [ownSpine(leaf, each), [each]] as const),
      );
      const topology = topologyOf(
        worldOf(
          {
            Leaf: Object.keys(flat),
            Spine: spines.map(([name]) => name),
            SuperSpine: [...new Set(Object.values(flat).flat())],
          },
          Object.fromEntries([...own, ...spines]),
        ),
      );
      const pair = pairOf("leaf0", `leaf${String(count - 1)}`);
      expect(lost(topology, ["leaf0xs20"])).to.deep.equal([pair]);
      expect(lostByRules(topology, "Spine", ["leaf0xs20"])).to.deep.equal([pair]);
    });
  }

  it("HL-1 so do all of many that have only one spine in common", () => {
    const special = [3, 35, 50, 66, 77];
    const pairs = special.flatMap((one, place) =>
      special.slice(place + 1).map((other) => pairOf(`leaf${String(one)}`, `leaf${String(other)}`)),
    );
    const topology = fabric(special);
    expect(lost(topology, ["s20"])).to.deep.equal(pairs.toSorted());
    expect(lostByRules(topology, "Spine", ["s20"])).to.deep.equal(pairs.toSorted());
  });
});

describe("a firewall behind leaves", () => {
  it("HL-1 loses the leaf that stays when those that are like it go, if its own last leaf has no uplink", () => {
    const spines = ["s1", "s2"];
    const topology = topologyOf(
      worldOf(
        { Leaf: ["leaf1", "leaf2", "leaf3", "leaf4", "leaf6"], Firewall: ["fw5"], Spine: spines },
        { leaf1: spines, leaf2: spines, leaf3: spines, leaf6: spines, fw5: ["leaf1", "leaf2", "leaf4"] },
      ),
    );
    const going = ["leaf1", "leaf2", "leaf6"];
    expect(lost(topology, going)).to.deep.equal(["fw5 - leaf3"]);
    expect(lostByRules(topology, "Leaf", going)).to.deep.equal(["fw5 - leaf3"]);
    expect(lost(topology, ["leaf1", "leaf3"])).to.deep.equal([]);
    expect(lostByRules(topology, "Leaf", ["leaf1", "leaf3"])).to.deep.equal([]);
  });
});

describe("servers on leaves that reach different others", () => {
  const db1 = { name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf3/ae1"] };

  it("HL-1 lose each other when the leaf goes that leads to both", () => {
    const world = worldOf(
      { Leaf: ["leaf1", "leaf2", "leaf3"], Spine: ["s1", "s2"] },
      { leaf1: ["s1"], leaf2: ["s2"], leaf3: ["s1", "s2"] },
      [db1, { name: "db2", ports: ["leaf2/xe-0/0/7"] }],
    );
    expect(lost(topologyOf(world), ["leaf3"])).to.deep.equal(["db1 - db2"]);
    expect(lost(topologyOf(world), ["leaf1"])).to.deep.equal([]);
  });

  it("FB-9 lose each other by the leaf that was not accepted, whomever the accepted one separates", () => {
    const world = worldOf(
      { Leaf: ["leaf1", "leaf2", "leaf3", "leaf8", "leaf9"], Spine: ["s1", "s2", "s3"] },
      { leaf1: ["s1"], leaf2: ["s2"], leaf3: ["s1", "s2"], leaf8: ["s1", "s2"], leaf9: ["s3"] },
      [
        { name: "db0", esi: esi(2), ports: ["leaf8/ae2", "leaf9/ae2"] },
        db1,
        { name: "db2", ports: ["leaf2/xe-0/0/7"] },
      ],
    );
    const accepted = ["leaf8"];
    const cut = verifyRemoval(topologyOf(world), ["leaf3", "leaf8"], { accepted });
    expect(cut.map(({ endpoint, far }) => [endpoint, far])).to.deep.equal([["db1", "db2"]]);
  });

  it("HL-1 do so by declarations as well, be it one link only", () => {
    const world = worldOf({ Leaf: ["leaf1", "leaf3"], Spine: ["s1"] }, { leaf3: ["s1"] }, [
      db1,
      { name: "db2", ports: ["s1/xe-0/0/7"] },
    ]);
    const declared = buildTopology(fabricOf(world, declarationsOf(world)).spec, null);
    expect(lost(declared, ["leaf3"])).to.deep.equal(["db1 - db2"]);
    // Where no link is declared nothing can be said of paths.
    const { multihoming } = declarationsOf(world);
    expect(lost(buildTopology(fabricOf(world, { multihoming }).spec, null), ["leaf3"])).to.deep.equal([]);
    const bare = worldOf({ Leaf: ["leaf1", "leaf2", "leaf3"] }, {}, [
      { name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] },
      { name: "db2", esi: esi(2), ports: ["leaf1/ae2", "leaf3/ae2"] },
    ]);
    const spec = fabricOf(bare, { multihoming: declarationsOf(bare).multihoming }).spec;
    expect(lost(buildTopology(spec, null), ["leaf1"])).to.deep.equal([]);
  });

  it("HL-1 lose who is on a spine with the super-spine between them, and a border on that one loses them", () => {
    const uplinks = { leaf1: ["s1"], s1: ["super1"], s2: ["super1"], leaf3: ["s1"] };
    const world = worldOf(
      { Leaf: ["leaf1", "leaf3"], Spine: ["s1", "s2"], SuperSpine: ["super1"] },
      uplinks,
      [{ name: "db2", ports: ["s2/xe-0/0/7"] }],
    );
    expect(lost(topologyOf(world), ["super1"])).to.deep.equal(["Isolated db2"]);
    const border = topologyOf(
      worldOf(
        { Leaf: ["leaf1"], Border: ["x3"], Spine: ["s1", "s2"], SuperSpine: ["super1", "super2"] },
        { leaf1: ["s1", "s2"], s1: ["super1"], s2: ["super2"], x3: ["super1"] },
      ),
    );
    expect(lostByRules(border, "Spine", ["s1"])).to.deep.equal(["leaf1 - x3"]);
    expect(lostByRules(border, "Spine", ["s2"])).to.deep.equal([]);
  });

  it("HL-1 lose each other where they only met on a leaf that has no way up, and neither has any other", () => {
    const world = worldOf({ Leaf: ["leaf1", "leaf2", "leaf3"], Spine: ["s1"] }, {}, [
      { name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] },
      { name: "db2", esi: esi(2), ports: ["leaf1/ae2", "leaf3/ae2"] },
    ]);
    const topology = topologyOf(world);
    // Both lose an attachment, and each tells.
    expect(lost(topology, ["leaf1"])).to.deep.equal(["db1 - db2", "db1 - db2"]);
    expect(lost(topology, ["leaf2"])).to.deep.equal([]);
    const rules = namedRules(topology, { tier: "Leaf", outOfService: [] });
    const paths = rules.of("leaf1").filter(({ kind }) => kind === "Path");
    expect(paths.map(({ subject, ways }) => [subject, ways])).to.deep.equal([["db1 to db2", [["leaf1"]]]]);
  });

  it("HL-1 a server on a spine is reached over that spine, and over no other device of its tier", () => {
    const world = worldOf({ Leaf: ["leaf1"], Spine: ["s1", "s2"] }, { leaf1: ["s1", "s2"] }, [
      { name: "db2", ports: ["s1/xe-0/0/7"] },
    ]);
    const graph = fabricGraph(topologyOf(world), []);
    const number = (name: string): number => graph.numberOf.get(name) ?? -1;
    const rules = rulesByTier(graph)("Spine");
    const between = (from: string, to: string): string[][] =>
      rules.pathsBetween(number(from), number(to)).map((way) => way.map((device) => nameOf(graph, device)));
    expect(between("leaf1", "s1")).to.deep.equal([["s1"]]);
    expect(between("s1", "leaf1")).to.deep.equal([["s1"]]);
  });

  it("HL-1 leaves reach each other over a spine of both, or over one of each that a super-spine joins", () => {
    const world = worldOf(
      { Leaf: ["leaf1", "leaf2"], Spine: ["s1", "s2", "s3"], SuperSpine: ["super1"] },
      { leaf1: ["s1", "s2"], leaf2: ["s1", "s3"], s1: ["super1"], s2: ["super1"], s3: ["super1"] },
    );
    const graph = fabricGraph(topologyOf(world), []);
    const number = (name: string): number => graph.numberOf.get(name) ?? -1;
    const found = rulesByTier(graph)("Spine").pathsBetween(number("leaf1"), number("leaf2"));
    expect(found.map((way) => way.map((device) => nameOf(graph, device)))).to.deep.equal([
      ["s1"],
      ["s2", "s3"],
    ]);
  });
});
