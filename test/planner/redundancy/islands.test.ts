import { expect } from "chai";
import fc from "fast-check";
import type { Tier } from "../../../src/api/plan.ts";
import type { PlanResult } from "../../../src/planner/plan.ts";
import { verifyPlan } from "../../../src/planner/verify/verify.ts";
import { batchesOf, discover, fabricOf, plan, runs } from "../support.ts";
import type { World } from "../support.ts";
import { namedRules } from "../../../src/planner/redundancy/namedRules.ts";
import { buildTopology } from "../../../src/planner/topology/topology.ts";

/** A fabric of devices by tier and of cables between them (`spine1 spine2`). */
function worldOf(
  devices: Partial<Record<Tier, readonly string[]>>,
  cables: readonly string[],
  servers: Readonly<Record<string, string>> = {},
): World {
  const all = (["Leaf", "Border", "Spine", "SuperSpine"] as const).flatMap((role) =>
    (devices[role] ?? []).map((name) => ({ name, role })),
  );
  return {
    devices: all,
    cables: cables.map((cable, place) => {
      const [a = "", b = ""] = cable.split(" ");
      return { a: `${a}/et-0/0/${String(place)}`, b: `${b}/et-0/0/${String(place)}` };
    }),
    servers: Object.entries(servers).map(([name, leaf], place) => ({
      name,
      ports: [`${leaf}/xe-0/0/${String(place)}`],
    })),
  };
}

/** The plan, which the proof has to agree with. */
function planOf(world: World): PlanResult {
  const made = plan({ fabric: fabricOf(world), discovery: discover(world) });
  const accepted = made.plan.exposed.map(({ device }) => device);
  expect(verifyPlan(made.plan, made.topology, { maxBatchSize: 4, accepted })).to.deep.equal([]);
  return made;
}

const allOf = (leaves: readonly string[], spines: readonly string[]): string[] =>
  leaves.flatMap((leaf) => spines.map((spine) => `${leaf} ${spine}`));

describe("spines with links among each other", () => {
  const four = ["s1", "s2", "s3", "s4"];
  const ring = ["s1 s2", "s2 s3", "s3 s4", "s4 s1"];

  it("N2 go together where every leaf has all of them: nothing needs their links", () => {
    const made = planOf(
      worldOf({ Leaf: ["l1", "l2"], Spine: four }, [...ring, ...allOf(["l1", "l2"], four)]),
    );
    expect(batchesOf(made)).to.deep.equal([
      ["l1", "l2"],
      ["s1", "s2"],
      ["s3", "s4"],
    ]);
    expect(made.plan.exposed).to.deep.equal([]);
  });

  it("N2 go together as well where one of them has no such link", () => {
    const five = [...four, "s5"];
    const links = ["s1 s2", "s2 s3", "s3 s4", "s4 s1"];
    const made = planOf(
      worldOf({ Leaf: ["l1", "l2"], Spine: five }, [...links, ...allOf(["l1", "l2"], five)]),
    );
    expect(batchesOf(made).slice(1)).to.deep.equal([["s1", "s2"], ["s3", "s4"], ["s5"]]);
  });

  it("N2 go together as well where a server stands on one of them", () => {
    const cables = [...ring, ...allOf(["l1", "l2"], four)];
    const made = planOf(worldOf({ Leaf: ["l1", "l2"], Spine: four }, cables, { db1: "s1" }));
    expect(batchesOf(made).slice(1)).to.deep.equal([
      ["s1", "s2"],
      ["s3", "s4"],
    ]);
  });

  it("N2 go together as well where one server needs no other", () => {
    const made = planOf(worldOf({ Spine: ["s1", "s2"] }, ["s1 s2"], { db1: "s1" }));
    expect(batchesOf(made)).to.deep.equal([["s1", "s2"]]);
  });

  it("HL-1 go one by one where two leaves need their links, though a third one reaches everybody", () => {
    const cables = [...ring, "l1 s1", "l1 s2", "l2 s3", "l2 s4", ...allOf(["l3"], four)];
    const made = planOf(worldOf({ Leaf: ["l1", "l2", "l3"], Spine: four }, cables));
    expect(batchesOf(made).slice(1)).to.deep.equal([["s1"], ["s2"], ["s3"], ["s4"]]);
  });

  it("HL-1 go one by one where leaves reach each other over their links", () => {
    const cables = [...ring, "l1 s1", "l1 s2", "l2 s3", "l2 s4"];
    const made = planOf(worldOf({ Leaf: ["l1", "l2"], Spine: four }, cables));
    expect(batchesOf(made).slice(1)).to.deep.equal([["s1"], ["s2"], ["s3"], ["s4"]]);
    expect(made.plan.exposed).to.deep.equal([]);
    expect(made.plan.devices["s3"]?.reasons).to.deep.equal([
      "goes after s1 (batch 2): nothing proves that both may be out",
      "goes after s2 (batch 3): nothing proves that both may be out",
    ]);
    expect(made.plan.devices["s3"]?.peers).to.deep.equal(["s4"]);
  });

  it("HL-1 go one by one where a leaf would need their links with one of them out", () => {
    // l2 has lost s1: with s2 out it reaches l1 over s3 only, which has a link to s1.
    const cables = ["s1 s3", "s2 s4", "l1 s1", "l1 s2", "l2 s2", "l2 s3"];
    const made = planOf(worldOf({ Leaf: ["l1", "l2"], Spine: four }, cables));
    expect(batchesOf(made).slice(1)).to.deep.equal([["s1", "s4"], ["s2"], ["s3"]]);
    expect(made.plan.exposed).to.deep.equal([]);
  });

  it("HL-5 name everybody whom one of them alone joins, and it goes alone", () => {
    const world = worldOf({ Leaf: ["la1", "la2", "lb1"], Spine: ["a1", "a2", "b1", "b2", "m", "x"] }, [
      "a1 m",
      "a2 m",
      "m b1",
      "m b2",
      ...allOf(["la1", "la2"], ["a1", "a2"]),
      ...allOf(["lb1"], ["b1", "b2"]),
    ]);
    const made = planOf(world);
    expect(made.plan.exposed).to.deep.equal([{ device: "m", endpoints: ["la1", "la2", "lb1"] }]);
    // x, of which no link is known, may go with others, not with the one that parts the fabric.
    const batch = batchesOf(made).find((devices) => devices.includes("m"));
    expect(batch).to.deep.equal(["m"]);
    expect(batchesOf(made).slice(1)).to.have.length(5);
    const { of } = namedRules(made.topology, { tier: "Spine", outOfService: [] });
    const subjects = of("m").flatMap(({ kind, subject }) => (kind === "OneByOne" ? [subject] : []));
    expect(subjects).to.include.members(["a1, m", "m, x"]);
  });

  it("HL-5 the one that parts them goes alone, though it is the first to be placed", () => {
    const world = worldOf({ Leaf: ["l1", "l2"], Spine: ["a", "b1", "b2", "x"] }, [
      "a b1",
      "a b2",
      "l1 b1",
      "l2 b2",
    ]);
    const made = planOf(world);
    expect(made.plan.exposed.map(({ device }) => device)).to.include("a");
    expect(batchesOf(made).find((devices) => devices.includes("a"))).to.deep.equal(["a"]);
  });

  it("HL-5 a chain of three parts at the middle only; at its ends nobody loses anybody", () => {
    const cables = ["s1 s2", "s2 s3", "l1 s1", "l1 s2", "l2 s2", "l2 s3"];
    const made = planOf(worldOf({ Leaf: ["l1", "l2"], Spine: ["s1", "s2", "s3"] }, cables));
    expect(made.plan.exposed).to.deep.equal([{ device: "s2", endpoints: ["l1", "l2"] }]);
  });

  it("HL-1 borders and leaves of one fabric carry for each other each in their own part, one by one", () => {
    const cables = ["b1 b2", "b2 b3", "l1 l2", "l2 l3"];
    const world = worldOf({ Border: ["b1", "b2", "b3"], Leaf: ["l1", "l2", "l3"] }, cables);
    const made = planOf(world);
    expect(batchesOf(made)).to.deep.equal([["l1"], ["l2"], ["l3"], ["b1"], ["b2"], ["b3"]]);
    expect(made.plan.exposed).to.deep.equal([
      { device: "b2", endpoints: ["b1", "b3"] },
      { device: "l2", endpoints: ["l1", "l3"] },
    ]);
  });

  it("two islands that nothing joins are no worse for a device of the other one", () => {
    const cables = ["s1 s2", "s3 s4", "l1 s1", "l2 s2", "l3 s3", "l3 s4"];
    const made = planOf(worldOf({ Leaf: ["l1", "l2", "l3"], Spine: four }, cables));
    expect(made.plan.exposed).to.deep.equal([
      { device: "s1", endpoints: ["l1", "l2"] },
      { device: "s2", endpoints: ["l1", "l2"] },
    ]);
  });
});

describe("leaves that carry for each other, without any spine", () => {
  it("HL-5 around a hub lose each other with it, and only what stands on the others with those", () => {
    const world = worldOf({ Leaf: ["h", "l1", "l2", "l3"] }, ["h l1", "h l2", "h l3"], {
      x1: "l1",
      x2: "l2",
    });
    const made = planOf(world);
    expect(batchesOf(made)).to.deep.equal([["h"], ["l1"], ["l2"], ["l3"]]);
    expect(made.plan.exposed).to.deep.equal([
      { device: "h", endpoints: ["l3", "x1", "x2"] },
      { device: "l1", endpoints: ["x1"] },
      { device: "l2", endpoints: ["x2"] },
    ]);
  });

  it("HL-5 beside a border that alone joins them lose each other with it", () => {
    const made = planOf(worldOf({ Leaf: ["l1", "l2"], Border: ["b1"] }, ["l1 b1", "l2 b1"]));
    expect(made.plan.exposed).to.deep.equal([{ device: "b1", endpoints: ["l1", "l2"] }]);
  });

  it("HL-1 and borders that carry for each other, each tier in its turn", () => {
    const made = planOf(worldOf({ Leaf: ["l1", "l2"], Border: ["b1", "b2"] }, ["l1 l2", "b1 b2"]));
    expect(batchesOf(made)).to.deep.equal([["l1"], ["l2"], ["b1"], ["b2"]]);
  });

  it("HL-1 in a triangle go one by one; two that have only each other cut nobody off", () => {
    const triangle = planOf(worldOf({ Leaf: ["l1", "l2", "l3"] }, ["l1 l2", "l2 l3", "l3 l1"]));
    expect(batchesOf(triangle)).to.deep.equal([["l1"], ["l2"], ["l3"]]);
    expect(triangle.plan.exposed).to.deep.equal([]);
    const pair = planOf(worldOf({ Leaf: ["l1", "l2"] }, ["l1 l2"]));
    expect(batchesOf(pair)).to.deep.equal([["l1"], ["l2"]]);
    expect(pair.plan.exposed).to.deep.equal([]);
  });
});

describe("a spine of which no link is known", () => {
  it("waits for the others of its kind, and for nobody where it is the only one", () => {
    const rulesOf = (spines: readonly string[]): string[] => {
      const topology = buildTopology(fabricOf(worldOf({ Spine: spines }, [])).spec, null);
      return namedRules(topology, { tier: "Spine", outOfService: [] })
        .of("s1")
        .map(({ kind, subject, minimum }) => `${kind} ${subject}: ${String(minimum)}`);
    };
    expect(rulesOf(["s1"])).to.deep.equal([]);
    expect(rulesOf(["s1", "s2", "s3"])).to.deep.equal(["OneByOne s1, s2, s3: 2"]);
  });
});

describe("an EVPN peer outside the fabric", () => {
  it("HL-1 is enough beside any number of peers inside, for its own device only", () => {
    const own = worldOf({ Leaf: ["l1", "l2"], Spine: ["s1", "s2"] }, allOf(["l1", "l2"], ["s1", "s2"]));
    const sessions = [
      ["l1", "s1"],
      ["l2", "s1"],
      ["l1", "192.0.2.1"],
    ] as const;
    const made = planOf({ ...own, sessions });
    expect(made.plan.exposed).to.deep.equal([{ device: "s1", endpoints: ["l2"] }]);
  });
});

describe("any links among the spines", () => {
  it("TR-4 give a plan that the proof agrees with: 300 fabrics of a few leaves and spines", function () {
    this.timeout(60_000);
    const names = ["s0", "s1", "s2", "s3", "s4"];
    const uplinks = fc.array(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 5,
    });
    const across = fc.uniqueArray(fc.constantFrom(...pairsOf(names)), { maxLength: 5 });
    const property = fc.property(uplinks, across, (leaves, links) => {
      const cables = leaves.flatMap((spines, leaf) => spines.map((spine) => `l${String(leaf)} ${spine}`));
      planOf(
        worldOf({ Leaf: leaves.map((_, leaf) => `l${String(leaf)}`), Spine: names }, [...links, ...cables]),
      );
    });
    fc.assert(property, { numRuns: runs(300), seed: 20_260_501 });
  });

  it("TR-4 and among leaves without any spine", () => {
    const names = ["l0", "l1", "l2", "l3", "l4", "l5"];
    const across = fc.uniqueArray(fc.constantFrom(...pairsOf(names)), { maxLength: 7 });
    const servers = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 });
    const property = fc.property(across, servers, (links, on) => {
      planOf(worldOf({ Leaf: names }, links, Object.fromEntries(on.map((leaf) => [`x-${leaf}`, leaf]))));
    });
    fc.assert(property, { numRuns: runs(300), seed: 20_260_502 });
  });
});

function pairsOf(names: readonly string[]): string[] {
  return names.flatMap((one, place) => names.slice(place + 1).map((other) => `${one} ${other}`));
}
