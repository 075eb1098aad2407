import { expect } from "chai";
import type { Plan, PlannedBatch } from "../../../src/api/plan.ts";
import { verifyPlan } from "../../../src/planner/verify/verify.ts";
import { discover, fabricOf, plan, quickstart } from "../support.ts";

const world = quickstart();
const made = plan({ fabric: fabricOf(world), discovery: discover(world) });

function claims(judged: Plan, options: Partial<Parameters<typeof verifyPlan>[2]> = {}): string[] {
  const all = { maxBatchSize: 4, accepted: ["leaf8"], ...options };
  return verifyPlan(judged, made.topology, all)
    .filter(({ claim }) => claim !== "Impact")
    .map(
      ({ claim, batch, devices, witness }) => `${claim} ${String(batch)} ${devices.join(",")}: ${witness}`,
    );
}

function changed(place: number, change: Partial<PlannedBatch>): Plan {
  const batches = made.plan.batches.map((batch, at) => (at === place ? { ...batch, ...change } : batch));
  return { ...made.plan, batches };
}

describe("the shape of a plan", () => {
  it("TR-4 is what batches say of themselves: numbers in their order, nobody twice, nobody forgotten", () => {
    expect(claims(made.plan)).to.deep.equal([]);
    expect(claims(changed(3, { index: 9 }))).to.deep.equal([
      "OnceEach 9 : batch 9 stands at place 4",
      "OnceEach 9 spine2: spine2 is listed with batch 4",
    ]);
    expect(claims(changed(3, { devices: [] }))).to.deep.equal([
      "BatchSize 4 : the batch is empty",
      "OnceEach null spine2: spine2 is in no batch",
    ]);
    expect(claims(changed(3, { devices: ["spine1", "spine2"] }))).to.include(
      "OnceEach 4 spine1: spine1 is in batch 3, too",
    );
    const skipped = [{ device: "spine2", reason: "SameVersion" as const, message: "it runs that already" }];
    expect(claims({ ...made.plan, skipped })).to.deep.equal([
      "OnceEach 4 spine2: spine2 is skipped and planned",
    ]);
    const unknown = {
      ...made.plan,
      skipped: [{ device: "leaf9", reason: "SameVersion" as const, message: "" }],
    };
    expect(claims(unknown)).to.deep.equal([]);
  });

  it("TR-4 is of devices of the fabric, each in a batch of its tier", () => {
    expect(claims(changed(3, { devices: ["spine2", "toString"] }))).to.deep.equal([
      "TierOrder 4 toString: toString is no device of the fabric, its batch is of Spine",
      "OnceEach 4 toString: toString is listed with batch none",
    ]);
    expect(claims(changed(3, { tier: "Leaf" }))).to.deep.equal([
      "TierOrder 4 spine2: Leaf comes after Spine",
      "TierOrder 4 spine2: spine2 is Spine, its batch is of Leaf",
    ]);
  });

  it("TR-4 has canaries alone and before the others of their tier", () => {
    const late = changed(1, { canary: true });
    expect(claims(late).filter((text) => text.startsWith("Canary"))).to.deep.equal([
      "CanaryAlone 2 leaf2,leaf4,leaf6,leaf8: a canary goes alone",
      "CanaryFirst 2 leaf2,leaf4,leaf6,leaf8: batch 1 goes before the canary",
    ]);
    expect(claims(changed(2, { canary: true }))).to.deep.equal([]);
    expect(claims(changed(3, { canary: true }))).to.deep.equal([
      "CanaryFirst 4 spine2: batch 3 goes before the canary",
    ]);
  });

  it("TR-4 counts uplinks by neighbour, however many cables lead to it", () => {
    const cables = [7, 8].map((port) => ({
      a: `leaf1/et-0/1/${String(port)}`,
      b: `spine1/et-0/1/${String(port)}`,
    }));
    const more = { ...world, cables: [...world.cables, ...cables] };
    const { plan: judged, topology } = plan({ fabric: fabricOf(more), discovery: discover(more) });
    expect(verifyPlan(judged, topology, { maxBatchSize: 4, accepted: ["leaf8"] })).to.deep.equal([]);
  });

  it("TR-4 keeps declared groups as they are written, by their own names", () => {
    const groups = [
      { name: "odd", members: ["leaf1", "leaf3", "leaf5", "leaf7"], minAvailable: "25%" },
      { name: "even", members: ["leaf2", "leaf4"], minAvailable: 1 },
      { name: "by selector", minAvailable: 1 },
    ];
    expect(claims(made.plan, { groups })).to.deep.equal([
      "Connected 1 leaf1,leaf3,leaf5,leaf7: group odd keeps 0 of its members, it needs 1",
      "Connected 2 leaf2,leaf4: group even keeps 0 of its members, it needs 1",
    ]);
    expect(
      claims(made.plan, { groups: groups.map((group) => ({ ...group, minAvailable: 0 })) }),
    ).to.deep.equal([]);
    // A group with a selector is as the topology found it, and only that one.
    const found = (minAvailable: number): string[] => {
      const spec = {
        redundancyGroups: [
          { name: "spines", selector: { roles: ["Spine" as const] }, minAvailable },
          { name: "all", selector: { roles: ["Leaf" as const] }, minAvailable: 8 },
        ],
      };
      const { topology } = plan({ fabric: fabricOf(world, spec), discovery: discover(world) });
      return verifyPlan(made.plan, topology, {
        maxBatchSize: 4,
        accepted: ["leaf8"],
        groups: [{ name: "spines", minAvailable }],
      }).map(({ batch, witness }) => `${String(batch)}: ${witness}`);
    };
    expect(found(1)).to.deep.equal([]);
    expect(found(2).some((text) => text.includes("group all"))).to.equal(false);
    expect(found(2)).to.include("3: group spines keeps 1 of its members, it needs 2");
  });
});
