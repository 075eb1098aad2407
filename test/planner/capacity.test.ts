import { expect } from "chai";
import type { PortLoad } from "../../src/api/discovery.ts";
import type { PlanResult } from "../../src/planner/plan.ts";
import { explainDevice } from "../../src/cli/explain/explainDevice.ts";
import { uplinksNeeded } from "../../src/planner/capacity.ts";
import { verifyPlan } from "../../src/planner/verify/verify.ts";
import { leafSpine } from "./fabrics.ts";
import { batchesOf, campaignOf, discover, fabricOf, plan } from "./support.ts";
import type { World } from "./support.ts";

const GIGABIT = 1e9;

/** What each uplink of a leaf carries, in Gbit/s; ports are of a hundred. */
function loadsOf(rates: Readonly<Record<string, readonly number[]>>): Record<string, PortLoad[]> {
  return Object.fromEntries(
    Object.entries(rates).map(([leaf, own]) => [
      leaf,
      own.map((rate, top) => ({
        interface: `et-0/0/${String(48 + top)}`,
        speedBitsPerSecond: 100 * GIGABIT,
        inputBitsPerSecond: rate * GIGABIT,
        outputBitsPerSecond: GIGABIT,
      })),
    ]),
  );
}

function planOf(
  world: World,
  rates: Readonly<Record<string, readonly number[]>>,
  strategy: { minHeadroomPercent?: number } = {},
): PlanResult {
  const imageAssignments = [{ imageRef: { name: "junos-23" }, selector: { roles: ["Spine" as const] } }];
  return plan({
    fabric: fabricOf(world),
    discovery: discover(world),
    campaign: campaignOf(strategy, { imageAssignments }),
    loads: loadsOf(rates),
  });
}

function warningsOf({ plan: { warnings = [] } }: PlanResult): string[] {
  return warnings.filter(({ reason }) => reason === "CapacityShort").map(({ message }) => message);
}

describe("capacity", () => {
  it("FX-2 N15 warns where the uplinks that stay are too slow for what all of them carry now", () => {
    const world = leafSpine(3, 2, { servers: [] });
    const busy = planOf(world, { leaf1: [60, 60], leaf2: [50, 50], leaf3: [70, 41] });
    expect(warningsOf(busy)).to.deep.equal(
      [1, 2].map(
        (batch) =>
          `batch ${String(batch)}: the uplinks that stay are too slow for what leaf1, leaf3 carry now; leaf1 has 100.0 Gbit/s left for 120.0 Gbit/s`,
      ),
    );
    expect(busy.plan.warnings?.[0]?.devices).to.deep.equal(["leaf1", "leaf3"]);
    expect(busy.blockers).to.deep.equal([]);
    expect(warningsOf(planOf(world, { leaf1: [50, 50], leaf2: [9, 90], leaf3: [0, 0] }))).to.deep.equal([]);
  });

  it("FX-2 counts the busier direction, and all links to a neighbour", () => {
    const world = leafSpine(1, 2, { servers: [] });
    const cables = [...world.cables, { a: "leaf1/et-0/0/60", b: "spine2/et-0/0/60" }];
    const loads = loadsOf({ leaf1: [10, 10] });
    const output = (name: string): PortLoad => ({
      interface: name,
      speedBitsPerSecond: 100 * GIGABIT,
      inputBitsPerSecond: 0,
      outputBitsPerSecond: 75 * GIGABIT,
    });
    const result = plan({
      fabric: fabricOf({ ...world, cables }),
      discovery: discover({ ...world, cables }),
      loads: {
        leaf1: [
          output("et-0/0/48"),
          output("et-0/0/49"),
          output("et-0/0/60"),
          ...(loads["leaf1"] ?? []).slice(2),
        ],
      },
    });
    // Without spine2 one link of three is left, without spine1 two.
    expect(warningsOf(result).map((text) => text.slice(0, 8))).to.deep.equal(["batch 2:", "batch 3:"]);
    expect(warningsOf(result)[1]).to.match(/leaf1 has 100\.0 Gbit\/s left for 225\.0 Gbit\/s$/);
  });

  it("says nothing of a device that does not say all its rates", () => {
    expect(warningsOf(planOf(leafSpine(1, 2, { servers: [] }), { leaf1: [200] }))).to.deep.equal([]);
    expect(warningsOf(planOf(leafSpine(1, 2, { servers: [] }), {}))).to.deep.equal([]);
  });

  it("says nothing either where the rates of two uplinks of three are known", () => {
    const world = leafSpine(1, 3, { servers: [] });
    expect(warningsOf(planOf(world, { leaf1: [90, 90, 90] }))).to.have.length(3);
    expect(warningsOf(planOf(world, { leaf1: [90, 90] }))).to.deep.equal([]);
  });

  it("FX-2 N15 counts on the slowest uplinks to stay, whichever comes first", () => {
    for (const speeds of [
      [400, 100, 100],
      [100, 400, 100],
      [100, 100, 400],
    ]) {
      const own = speeds.map((speed, neighbour) => ({ neighbour, speed, input: 50, output: 0 }));
      expect(uplinksNeeded(new Map([[7, own]]), 0).get(7)).to.equal(2);
    }
  });

  it("N15 wants another uplink as soon as those that stay leave less than the headroom", () => {
    const neededFor = (input: number): number | undefined => {
      const own = [1, 2, 3, 4].map((neighbour) => ({ neighbour, speed: 100, input: input / 4, output: 0 }));
      return uplinksNeeded(new Map([[7, own]]), 20).get(7);
    };
    expect(neededFor(160)).to.equal(2);
    expect(neededFor(160.2)).to.equal(3);
  });

  it("FX-2 says rates to a tenth of a Gbit/s, rounded", () => {
    const [first] = warningsOf(planOf(leafSpine(1, 2, { servers: [] }), { leaf1: [60, 60.25] }));
    expect(first).to.match(/for 120\.3 Gbit\/s$/);
  });

  it("judges the others where one device does not say its rates", () => {
    const warnings = warningsOf(
      planOf(leafSpine(3, 2, { servers: [] }), { leaf1: [], leaf2: [60, 60], leaf3: [1] }),
    );
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.contain("for what leaf2 carries now");
  });

  it("FX-2 finds a load that just fits fine, and a bit per second more too much", () => {
    const rates = (more: number, direction: "input" | "output" = "input"): Record<string, PortLoad[]> => ({
      leaf1: [48, 49].map((port) => ({
        interface: `et-0/0/${String(port)}`,
        speedBitsPerSecond: 100 * GIGABIT,
        inputBitsPerSecond: direction === "input" ? 50 * GIGABIT + (port === 48 ? more : 0) : 0,
        outputBitsPerSecond: direction === "output" ? 50 * GIGABIT + (port === 48 ? more : 0) : 0,
      })),
    });
    const world = leafSpine(1, 2, { servers: [] });
    const warned = (loads: Record<string, PortLoad[]>): number =>
      warningsOf(plan({ fabric: fabricOf(world), discovery: discover(world), loads })).length;
    for (const direction of ["input", "output"] as const) {
      expect(warned(rates(0, direction))).to.equal(0);
      expect(warned(rates(1, direction))).to.equal(2);
    }
  });

  it("FX-2 does not count a spine that is out, nor links between leaves", () => {
    const world = leafSpine(2, 3, { servers: [] });
    const cables = [...world.cables, { a: "leaf1/et-0/0/60", b: "leaf2/et-0/0/60" }];
    const said = discover({ ...world, cables });
    const imageAssignments = [
      { imageRef: { name: "junos-23" }, selector: { devices: ["spine1", "spine2"] } },
    ];
    const result = plan({
      fabric: fabricOf({ ...world, cables }),
      discovery: said,
      outOfService: ["spine3"],
      campaign: campaignOf({}, { imageAssignments }),
      loads: loadsOf({ leaf1: [60, 60, 0], leaf2: [40, 40, 90] }),
    });
    expect(warningsOf(result)[0]).to.match(/leaf1 carries now; leaf1 has 100\.0 Gbit\/s left for 120\.0/);
    expect(warningsOf(result)).to.have.length(2);
  });

  it("FX-2 does not count a link that is down", () => {
    const world = leafSpine(1, 3, { servers: [] });
    const cables = world.cables.map((cable) => ({ ...cable, up: !cable.b.startsWith("spine3/") }));
    const links = cables.map(({ a, b }) => ({ a, b }));
    const result = plan({
      fabric: fabricOf(world, { links }),
      discovery: discover({ ...world, cables }),
      loads: loadsOf({ leaf1: [60, 60, 0] }),
    });
    expect(warningsOf(result)).to.have.length(2);
  });

  it("FX-2 names the leaves in order, whichever spine of a batch they are below", () => {
    const above = { leaf1: ["spine2", "spine4"], leaf2: ["spine1", "spine3"] };
    const world = leafSpine(2, 4, { servers: [] });
    const cables = Object.entries(above).flatMap(([leaf, spines]) =>
      spines.map((spine, uplink) => ({
        a: `${leaf}/et-0/0/${String(48 + uplink)}`,
        b: `${spine}/et-0/0/0`,
      })),
    );
    const made = planOf({ ...world, cables }, { leaf1: [60, 60], leaf2: [60, 60] });
    expect(batchesOf(made)[0]).to.deep.equal(["spine1", "spine2"]);
    expect(warningsOf(made)[0]).to.contain("for what leaf1, leaf2 carry now");
  });

  it("N15 minHeadroomPercent cuts batches, so that what stays keeps that much free", () => {
    const world = leafSpine(2, 6, { servers: [] });
    const rates = { leaf1: [40, 40, 40, 40, 40, 40], leaf2: [1, 1, 1, 1, 1, 1] };
    const size = (strategy: { minHeadroomPercent?: number }): number[] =>
      batchesOf(planOf(world, rates, strategy)).map(({ length }) => length);
    // Half of six may go; 240 Gbit/s need three links, with a fifth to spare three, with two fifths four.
    expect(size({})).to.deep.equal([3, 3]);
    expect(size({ minHeadroomPercent: 20 })).to.deep.equal([3, 3]);
    expect(size({ minHeadroomPercent: 40 })).to.deep.equal([2, 2, 2]);
    const cut = planOf(world, rates, { minHeadroomPercent: 40 });
    expect(cut.blockers).to.deep.equal([]);
    expect(cut.plan.lowerBound).to.equal(3);
    expect(verifyPlan(cut.plan, cut.topology, { maxBatchSize: 4 })).to.deep.equal([]);
  });

  it("N15 minHeadroomPercent leaves just so much free, and says so", () => {
    const blocked = (rate: number): number =>
      planOf(leafSpine(1, 2, { servers: [] }), { leaf1: [rate, rate] }, { minHeadroomPercent: 20 }).blockers
        .length;
    expect(blocked(40)).to.equal(0);
    expect(blocked(40.000_000_001)).to.equal(2);
  });

  it("N15 minHeadroomPercent blocks where not even one at a time leaves enough", () => {
    const result = planOf(
      leafSpine(2, 2, { servers: [] }),
      { leaf1: [45, 45], leaf2: [1, 1] },
      { minHeadroomPercent: 20 },
    );
    expect(batchesOf(result)).to.deep.equal([["spine1"], ["spine2"]]);
    expect(
      result.blockers.map(({ device, reason, message }) => `${device} ${reason}: ${message}`)[0],
    ).to.equal(
      "leaf1 CapacityShort: batch 1: the uplinks that stay are too slow for what leaf1 carries now, with 20 % to spare; leaf1 has 100.0 Gbit/s left for 90.0 Gbit/s",
    );
    expect(result.plan.hitless).to.equal(true);
  });

  it("N8 is in the hash by its limit, not by the rates of a moment", () => {
    const world = leafSpine(2, 2, { servers: [] });
    const quiet = planOf(world, { leaf1: [1, 1], leaf2: [1, 1] });
    expect(planOf(world, { leaf1: [80, 80], leaf2: [1, 1] }).plan.hash).to.equal(quiet.plan.hash);
    const limited = planOf(world, { leaf1: [1, 1], leaf2: [1, 1] }, { minHeadroomPercent: 10 });
    expect(limited.plan.hash).to.not.equal(quiet.plan.hash);
  });

  it("FX-2 keeps with the plan what the headroom asked for, and explains by it which spines go apart", () => {
    const world = leafSpine(2, 4, { servers: [] });
    const made = planOf(world, { leaf1: [50, 50, 50, 50], leaf2: [1, 1, 1, 1] }, { minHeadroomPercent: 30 });
    expect(made.plan.headroom).to.deep.equal({ percent: 30, uplinksNeeded: { leaf1: 3 } });
    expect(batchesOf(made)).to.deep.equal([["spine1"], ["spine2"], ["spine3"], ["spine4"]]);
    const explained = explainDevice("spine2", {
      plan: made.plan,
      fabric: fabricOf(world),
      topology: made.topology,
      outOfService: [],
      maxBatchSize: 4,
    });
    expect(explained?.placement?.separations[0]).to.deep.include({
      batch: 1,
      because: "Uplink",
      devices: ["spine1"],
      witness:
        "leaf1 has uplinks to spine1 (leaf1/et-0/0/48), spine2 (leaf1/et-0/0/49), spine3 (leaf1/et-0/0/50), spine4 (leaf1/et-0/0/51): 3 must stay, 2 would, so that what it carries leaves 30 % free",
    });
    expect(planOf(world, { leaf1: [1, 1, 1, 1] }, { minHeadroomPercent: 30 }).plan).not.to.have.property(
      "headroom",
    );
    // Two of three have to stay anyway.
    const half = planOf(
      leafSpine(1, 3, { servers: [] }),
      { leaf1: [40, 40, 40] },
      { minHeadroomPercent: 30 },
    );
    expect(half.plan).not.to.have.property("headroom");
  });
});
