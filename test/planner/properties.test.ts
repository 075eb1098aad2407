import { expect } from "chai";
import fc from "fast-check";
import type { Topology } from "../../src/planner/topology/topology.ts";
import { verifyPlan, verifyRemoval } from "../../src/planner/verify/verify.ts";
import { groupsOf, outOf, peerLinks, shape, withPeerLinks, worldOf } from "./arbitraryWorld.ts";
import { plainReach } from "./plainReach.ts";
import { campaignOf, declarationsOf, discover, fabricOf, plan, runs } from "./support.ts";

const batchSize = fc.integer({ min: 1, max: 5 });

describe("every plan", () => {
  it("PL-11 HL-1 leaves nobody cut off: 1,000 random fabrics, damaged, read from the devices", function () {
    this.timeout(60_000);
    let planned = 0;
    const property = fc.property(shape, peerLinks, batchSize, (drawn, peers, maxBatchSize) => {
      const world = withPeerLinks(worldOf(drawn), drawn.spines > 0 ? peers : []);
      const fabric = fabricOf(world, { redundancyGroups: groupsOf(drawn, world) });
      const outOfService = outOf(drawn, world);
      const discovery = discover(world);
      const first = plan({ fabric, discovery, outOfService, campaign: campaignOf({ maxBatchSize }) });
      const exposed = first.plan.exposed.map(({ device }) => device);
      const options = { maxBatchSize, outOfService, groups: fabric.spec.redundancyGroups ?? [] };
      expect(verifyPlan(first.plan, first.topology, { ...options, accepted: exposed })).to.deep.equal([]);
      // Without the exposed devices the plan is hitless, and has to be so without any acceptance.
      const devices = world.devices.map(({ name }) => name).filter((name) => !exposed.includes(name));
      if (devices.length === 0) return;
      const imageAssignments = [{ imageRef: { name: "junos-23" }, selector: { devices } }];
      const campaign = campaignOf({ maxBatchSize }, { imageAssignments });
      const { plan: made, topology } = plan({ fabric, discovery, outOfService, campaign });
      expect(made.hitless).to.equal(true);
      expect(made.batches.length).to.be.at.least(made.lowerBound);
      expect(verifyPlan(made, topology, options)).to.deep.equal([]);
      expectService(topology, { out: outOfService, batches: made.batches.map((batch) => batch.devices) });
      planned += made.batches.length;
    });
    fc.assert(property, { numRuns: runs(1000), seed: 20_260_101 });
    expect(planned).to.be.greaterThan(runs(1000));
  });

  it("PL-11 holds for plans from declarations as well", function () {
    this.timeout(60_000);
    const property = fc.property(shape, batchSize, (drawn, maxBatchSize) => {
      // Pods that nothing joins are two fabrics in one, and no plan is made.
      fc.pre(drawn.pods === 1 || (drawn.spines > 0 && drawn.superSpines > 0));
      const world = worldOf(drawn);
      const declared = declarationsOf(world);
      for (const segment of declared.multihoming.segments ?? []) {
        if (segment.members.length > 2) segment.minAvailable = 2;
      }
      const fabric = fabricOf(world, { ...declared, redundancyGroups: groupsOf(drawn, world) });
      const outOfService = outOf(drawn, world);
      const result = plan({ fabric, outOfService, campaign: campaignOf({ maxBatchSize }) });
      const accepted = result.plan.exposed.map(({ device }) => device);
      const options = { maxBatchSize, outOfService, accepted };
      expect(verifyPlan(result.plan, result.topology, options)).to.deep.equal([]);
    });
    fc.assert(property, { numRuns: runs(300), seed: 7 });
  });

  it("PL-11 names everybody whom the proof finds cut off by an exposed device, or somebody he can't reach", () => {
    let named = 0;
    const property = fc.property(shape, (drawn) => {
      const world = worldOf(drawn);
      const fabric = fabricOf(world, { redundancyGroups: groupsOf(drawn, world) });
      const alreadyOut = outOf(drawn, world);
      const made = plan({ fabric, discovery: discover(world), outOfService: alreadyOut });
      for (const { device, endpoints } of made.plan.exposed) {
        for (const { endpoint, far } of verifyRemoval(made.topology, [device], { alreadyOut })) {
          expect(endpoints.includes(endpoint) || endpoints.includes(far ?? "")).to.equal(true);
          named += 1;
        }
      }
    });
    fc.assert(property, { numRuns: runs(300), seed: 17 });
    expect(named).to.be.greaterThan(runs(500));
  });

  it("is the same when it is made again", () => {
    const property = fc.property(shape, (drawn) => {
      const world = worldOf(drawn);
      const once = plan({ fabric: fabricOf(world), discovery: discover(world) });
      const again = plan({ fabric: fabricOf(world), discovery: discover(world) });
      expect(again).to.deep.equal(once);
    });
    fc.assert(property, { numRuns: runs(100), seed: 11 });
  });
});

/** A third account of the same question, plain enough to be believed: walk every path. */
function expectService(
  topology: Topology,
  { out, batches }: { out: readonly string[]; batches: readonly (readonly string[])[] },
): void {
  const { endpoints } = topology;
  const before = plainReach(topology, new Set(out));
  const served = endpoints.filter((endpoint) => before.attached(endpoint));
  const pairs = served.flatMap((a) => served.filter((b) => before.reaches(a, b)).map((b) => [a, b] as const));
  for (const batch of batches) {
    const after = plainReach(topology, new Set([...out, ...batch]));
    const lost = [
      ...served.filter((endpoint) => !after.attached(endpoint)).map(({ name }) => name),
      ...pairs.filter(([a, b]) => !after.reaches(a, b)).map(([a, b]) => `${a.name} - ${b.name}`),
    ];
    expect(lost, `without ${batch.join(", ")}`).to.deep.equal([]);
  }
}
