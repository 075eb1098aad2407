import { expect } from "chai";
import fc from "fast-check";
import { TIERS } from "../../../src/api/plan.ts";
import {
  entryDevices,
  fabricGraph,
  nameOf,
  tierMembers,
} from "../../../src/planner/redundancy/fabricGraph.ts";
import type { FabricGraph } from "../../../src/planner/redundancy/fabricGraph.ts";
import { rulesByTier } from "../../../src/planner/redundancy/tierRules.ts";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import {
  irregularUplinks,
  irregularWorld,
  outOf,
  peerLinks,
  shape,
  withPeerLinks,
  worldOf,
} from "../arbitraryWorld.ts";
import { planes } from "../fabrics.ts";
import { plainReach } from "../plainReach.ts";
import { discover, fabricOf, plan, runs } from "../support.ts";
import type { World } from "../support.ts";

/** Pairs of entry devices that reach each other and do not without the removed, found by walking every path. */
function lostByWalking(
  { graph, out }: { graph: FabricGraph; out: readonly string[] },
  removed: readonly number[],
): string[] {
  const named = removed.map((device) => nameOf(graph, device));
  const before = plainReach(graph.topology, new Set(out));
  const without = (some: readonly string[]): ReturnType<typeof plainReach> =>
    plainReach(graph.topology, new Set([...out, ...some]));
  const after = without(named);
  const alone = new Map(named.map((name) => [name, without([name])]));
  const staying = entryDevices(graph)
    .map((device) => nameOf(graph, device))
    .filter((name) => !named.includes(name));
  return staying.flatMap((a, place) =>
    staying.slice(place + 1).flatMap((b) => {
      if (!before.devicesReach(a, b) || after.devicesReach(a, b)) return [];
      const separating = named.filter((name) => alone.get(name)?.devicesReach(a, b) === false);
      const others = named.filter((name) => !separating.includes(name));
      const isByOne = named.length > 1 && separating.length > 0 && without(others).devicesReach(a, b);
      return isByOne ? [] : [[a, b].toSorted().join(" - ")];
    }),
  );
}

function lostByRules(graph: FabricGraph, removed: readonly number[]): string[] {
  const [first = 0] = removed;
  const { paths } = rulesByTier(graph)(graph.tiers[first] ?? "Leaf");
  const pairs = new Set<string>();
  for (const [side, far] of paths.lost(removed)) {
    for (const a of side.devices) {
      for (const b of far.devices) {
        if (a === b || removed.includes(a) || removed.includes(b)) continue;
        pairs.add([nameOf(graph, a), nameOf(graph, b)].toSorted().join(" - "));
      }
    }
  }
  return [...pairs].toSorted();
}

describe("path rules", () => {
  it("HL-1 know exactly who loses whom: 1,500 removals from random fabrics, against walking every path", function () {
    this.timeout(60_000);
    let lost = 0;
    const removal = fc.record({
      tier: fc.constantFrom(...TIERS),
      picks: fc.array(fc.nat({ max: 100 }), { minLength: 1, maxLength: 4 }),
    });
    // Links among the highest devices have rules of their own: one goes at a time.
    const property = fc.property(shape, peerLinks, removal, (drawn, peers, { tier, picks }) => {
      const world = withPeerLinks(worldOf({ ...drawn, joinedTop: false }), drawn.spines > 0 ? peers : []);
      const out = outOf(drawn, world);
      const graph = fabricGraph(buildTopology(fabricOf(world).spec, discover(world)), out);
      const members = tierMembers(graph, tier);
      fc.pre(members.length > 0);
      const removed = [...new Set(picks.map((pick) => members[pick % members.length] ?? 0))];
      const walked = lostByWalking({ graph, out }, removed);
      expect(lostByRules(graph, removed)).to.deep.equal(walked.toSorted());
      const { paths } = rulesByTier(graph)(tier);
      const [last = 0, ...others] = removed.toReversed();
      // Joining others of whom nobody loses anybody is what a batch is filled by.
      if (others.length > 0 && lostByWalking({ graph, out }, others).length === 0) {
        expect(paths.mayJoin(others, last)).to.equal(walked.length === 0);
      }
      lost += walked.length;
    });
    fc.assert(property, { numRuns: runs(1500), seed: 20_260_301 });
    expect(lost).to.be.greaterThan(runs(500));
  });

  it("HL-1 know it as well where dozens of leaves have each their own spines", function () {
    this.timeout(60_000);
    const picks = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 });
    const property = fc.property(irregularUplinks, picks, (leaves, places) => {
      const world = irregularWorld(leaves);
      const graph = fabricGraph(buildTopology(fabricOf(world).spec, discover(world)), []);
      const members = tierMembers(graph, "Spine");
      const removed = [...new Set(places.map((place) => members[place] ?? 0))];
      const walked = lostByWalking({ graph, out: [] }, removed);
      expect(lostByRules(graph, removed)).to.deep.equal(walked.toSorted());
    });
    fc.assert(property, { numRuns: runs(150), seed: 20_260_302 });
  });

  it("do not ask about a removal of one device whether it may go", () => {
    const graph = fabricGraph(buildTopology(fabricOf(planes).spec, discover(planes)), ["a-spine2"]);
    const { paths } = rulesByTier(graph)("Spine");
    const spine = graph.numberOf.get("a-spine1") ?? -1;
    expect(paths.lost([spine])).to.have.length(1);
    expect(paths.mayJoin([], spine)).to.equal(true);
    expect(paths.concerns(spine)).to.equal(true);
    expect(paths.concerns(graph.numberOf.get("a-leaf1") ?? -1)).to.equal(false);
  });

  it("HL-1 blame all where one separates two alone, and the others without it do so as well", () => {
    const cables = ["a a1", "b b1", "b b2", "b b3", "a1 super1", "b1 super1", "b2 super1"];
    const world: World = {
      devices: [
        ...["a", "b"].map((name) => ({ name, role: "Leaf" as const })),
        ...["a1", "b1", "b2", "b3"].map((name) => ({ name, role: "Spine" as const })),
        { name: "super1", role: "SuperSpine" },
      ],
      cables: cables.map((cable, place) => {
        const [from = "", to = ""] = cable.split(" ");
        return { a: `${from}/et-0/0/${String(place)}`, b: `${to}/et-0/0/${String(place)}` };
      }),
      servers: [],
    };
    const graph = fabricGraph(buildTopology(fabricOf(world).spec, discover(world)), []);
    const lost = (...spines: readonly string[]): string[] =>
      lostByRules(
        graph,
        spines.map((name) => graph.numberOf.get(name) ?? -1),
      );
    expect(lost("a1")).to.deep.equal(["a - b"]);
    expect(lost("a1", "b1")).to.deep.equal([]);
    expect(lost("b1", "b2")).to.deep.equal(["a - b"]);
    expect(lost("a1", "b1", "b2")).to.deep.equal(["a - b"]);
  });

  it("say who meets nobody any more", () => {
    const graph = fabricGraph(buildTopology(fabricOf(planes).spec, discover(planes)), []);
    const { paths } = rulesByTier(graph)("Spine");
    const number = (name: string): number => graph.numberOf.get(name) ?? -1;
    const removed = [number("a-spine1"), number("b-spine2")];
    const [pair] = paths.lost(removed);
    expect(pair?.flatMap(({ devices }) => devices.map((device) => nameOf(graph, device)))).to.deep.equal([
      "a-leaf1",
      "b-leaf1",
    ]);
    expect(pair?.map((side) => paths.isAlone(side, removed))).to.deep.equal([true, true]);
    expect(pair?.map((side) => paths.isAlone(side, [number("a-spine1")]))).to.deep.equal([false, false]);
  });

  it("HL-5 name the leaf that is left with its neighbour, and not everybody whom it loses", () => {
    // d has no way up but a link to c, which no spine is needed for.
    const cables = ["c s1", "c s7", "c d", "e s1", "e s2", "f s1", "f s2"];
    const world: World = {
      devices: [
        ...["c", "d", "e", "f"].map((name) => ({ name, role: "Leaf" as const })),
        ...["s1", "s2", "s7"].map((name) => ({ name, role: "Spine" as const })),
      ],
      cables: cables.map((cable, place) => {
        const [from = "", to = ""] = cable.split(" ");
        return { a: `${from}/et-0/0/${String(place)}`, b: `${to}/et-0/0/${String(place)}` };
      }),
      servers: [],
    };
    const { exposed } = plan({ fabric: fabricOf(world), discovery: discover(world) }).plan;
    expect(exposed).to.deep.equal([{ device: "s1", endpoints: ["c"] }]);
  });
});
