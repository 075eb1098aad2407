/** Devices that somebody has overloaded or drained by hand: nobody may count on them, and their own loss counts all the same. */
import { expect } from "chai";
import type { PlanResult } from "../../src/planner/plan.ts";
import { buildTopology } from "../../src/planner/topology/topology.ts";
import { verifyPlan, whoLosesService } from "../../src/planner/verify/verify.ts";
import { leafSpine } from "./fabrics.ts";
import { campaignOf, discover, esi, fabricOf, plan } from "./support.ts";
import type { World } from "./support.ts";

const OVERLOAD = "protocols isis overload";

/** Two leaves under two spines, a server on both leaves, and one on leaf1 alone. */
const world = leafSpine(2, 2, {
  servers: [
    { name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] },
    { name: "db2", esi: esi(2), ports: ["leaf1/ae2", "leaf2/ae2"] },
  ],
});
const single: World = { ...world, servers: [...world.servers, { name: "web", ports: ["leaf1/xe-0/0/9"] }] };

function drained(own: World, ...names: readonly string[]): ReturnType<typeof discover> {
  return Object.fromEntries(
    Object.entries(discover(own)).map(([name, said]) => [
      name,
      names.includes(name) ? { ...said, drainedBy: [OVERLOAD] } : said,
    ]),
  );
}

function planFor(own: World, { selected, out }: { selected: string[]; out: string[] }): PlanResult {
  const imageAssignments = [{ imageRef: { name: "junos-23" }, selector: { devices: selected } }];
  return plan({
    fabric: fabricOf(own),
    discovery: drained(own, ...out),
    campaign: campaignOf({}, { imageAssignments }),
  });
}

function blockersOf(result: PlanResult): readonly string[] {
  return result.blockers.map(({ reason, message }) => `${reason} ${message}`);
}

/** What is not true of a plan whose losses are all accepted. */
function violations({ plan: made, topology }: PlanResult): readonly string[] {
  const accepted = Object.keys(made.devices);
  return verifyPlan(made, topology, { maxBatchSize: 4, accepted }).map(
    ({ claim, witness }) => `${claim} ${witness}`,
  );
}

describe("planner: devices drained by others", () => {
  it("PL-4 a spine that somebody overloaded is out: the last one that carries is not hitless, and the plan says why", () => {
    expect(planFor(world, { selected: ["spine2"], out: [] }).blockers).to.deep.equal([]);
    const result = planFor(world, { selected: ["spine2"], out: ["spine1"] });
    expect(result.plan.hitless).to.equal(false);
    expect(blockersOf(result)).to.deep.equal([
      `NotHitless without spine2 db1, db2 are cut off; spine1 counts as out of service: ${OVERLOAD}`,
    ]);
    expect(result.problems).to.deep.include({
      device: "spine1",
      reason: "OutOfTraffic",
      message: `spine1 counts as out of service: ${OVERLOAD}`,
    });
    expect(violations(result)).to.deep.equal([]);
  });

  it("PL-4 the overloaded spine itself is nobody's loss", () => {
    const result = planFor(world, { selected: ["spine1"], out: ["spine1"] });
    expect(blockersOf(result)).to.deep.equal([]);
    expect(result.plan.hitless).to.equal(true);
    expect(violations(result)).to.deep.equal([]);
  });

  it("PL-4 beside an overloaded leaf the other one carries alone", () => {
    const result = planFor(world, { selected: ["leaf2"], out: ["leaf1"] });
    expect(blockersOf(result)).to.deep.equal([
      `NotHitless without leaf2 db1, db2 are cut off; leaf1 counts as out of service: ${OVERLOAD}`,
    ]);
    expect(violations(result)).to.deep.equal([]);
  });

  it("PL-5 what hangs on an overloaded leaf alone is exposed all the same, for no drain of another", () => {
    const result = planFor(single, { selected: ["leaf1"], out: ["leaf1", "spine1"] });
    expect(blockersOf(result)).to.deep.equal(["NotHitless without leaf1 web is cut off"]);
    expect(violations(result)).to.deep.equal([]);
  });

  it("PL-5 what hangs on an overloaded leaf alone misses the leaf's last uplink, too", () => {
    const cables = single.cables.map((cable) => ({ ...cable, up: cable.a !== "leaf1/et-0/0/48" }));
    const result = planFor({ ...single, cables }, { selected: ["spine2"], out: ["leaf1"] });
    expect(blockersOf(result)).to.deep.equal(["NotHitless without spine2 db1, db2, web are cut off"]);
    expect(violations(result)).to.deep.equal([]);
  });

  it("verify objects to a plan that counted on a drained device, and to one that hides who hangs on it", () => {
    const before = planFor(world, { selected: ["spine2"], out: [] });
    const spineOut = buildTopology(fabricOf(world).spec, drained(world, "spine1"));
    const claims = verifyPlan(before.plan, spineOut, { maxBatchSize: 4 }).map(({ claim }) => claim);
    expect(claims).to.include.members(["Connected", "Exposed", "Hitless"]);

    const leaf = planFor(single, { selected: ["leaf1"], out: ["leaf1"] });
    const hidden = { ...leaf.plan, exposed: [], hitless: true };
    const found = verifyPlan(hidden, leaf.topology, { maxBatchSize: 4 }).map(({ claim }) => claim);
    expect(found).to.include.members(["Exposed", "Hitless"]);
  });

  it("N4 right before a drain the same is asked: a peer drained by hand does not carry, the device itself is missed", () => {
    const { spec } = fabricOf(single);
    const baseline = buildTopology(spec, discover(single));
    const now = buildTopology(spec, drained(single, "spine1", "leaf1"));
    const lost = (device: string, from = baseline): readonly string[] => [
      ...new Set(
        whoLosesService(now, { removing: [device], alreadyOut: [], baseline: from }).map(
          ({ endpoint }) => endpoint,
        ),
      ),
    ];
    expect(lost("spine2")).to.deep.equal(["db1", "db2"]);
    expect(lost("spine1")).to.deep.equal([]);
    expect(lost("leaf1")).to.deep.equal(["web"]);
    expect(lost("leaf1", now)).to.deep.equal(["web"]);
  });

  it("PL-4 a drain is no part of what makes a plan: its hash stays where nothing of the plan changes", () => {
    const hash = (out: string[]): string | null => planFor(world, { selected: ["leaf1"], out }).plan.hash;
    expect(hash(["spine1"]))
      .to.equal(hash([]))
      .and.not.to.equal(null);
  });
});
