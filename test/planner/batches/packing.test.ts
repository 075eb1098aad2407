import { expect } from "chai";
import fc from "fast-check";
import { fits, join, mayJoin, openBatch, packingOf } from "../../../src/planner/batches/packing.ts";
import type { Packing } from "../../../src/planner/batches/packing.ts";
import { fabricGraph } from "../../../src/planner/redundancy/fabricGraph.ts";
import { NO_PATH_RULES } from "../../../src/planner/redundancy/pathRules.ts";
import { breaks } from "../../../src/planner/redundancy/requirement.ts";
import type { Requirement } from "../../../src/planner/redundancy/requirement.ts";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import { leavesOnly } from "../fabrics.ts";
import { fabricOf, runs } from "../support.ts";

const graph = fabricGraph(buildTopology(fabricOf(leavesOnly(["leaf1"], [])).spec, null), []);

function requirement(ways: readonly (readonly number[])[], minimum: number): Requirement {
  return { kind: "Path", subject: "", alike: 0, names: [], isolates: [], ways, minimum };
}

/** Of some devices of the fabric, under some requirements. */
function packing(devices: readonly number[], requirements: readonly Requirement[], capacity = 10): Packing {
  const of = (device: number): Requirement[] =>
    requirements.filter(({ ways }) => ways.flat().includes(device));
  const rules = { graph, of, paths: NO_PATH_RULES, partings: new Map(), pathsBetween: () => [] };
  return packingOf(devices, { rules, capacity, secondsOf: () => 60 });
}

/** Whether these places may all be in one batch, taken one after the other. */
function mayGo(own: Packing, places: readonly number[]): boolean {
  const batch = openBatch();
  return places.every((place) => {
    const isAllowed = mayJoin(own, batch, place);
    join(own, batch, place);
    return isAllowed;
  });
}

describe("the rules of a packing", () => {
  it("HL-1 let devices go together just where they break no requirement, however many devices a way has", () => {
    const way = fc.uniqueArray(fc.integer({ min: 20, max: 28 }), { minLength: 1, maxLength: 2 });
    const drawn = fc.record({
      requirements: fc.array(
        fc
          .tuple(fc.array(way, { minLength: 2, maxLength: 4 }), fc.integer({ min: 1, max: 3 }))
          .map(([ways, minimum]) => requirement(ways, minimum))
          .filter((one) => one.ways.flat().every((device) => !breaks(one, (other) => other === device))),
        { minLength: 1, maxLength: 4 },
      ),
      places: fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 1 }),
    });
    // Devices 26 to 28 are not upgraded: ways over them only stay whatever happens.
    const devices = [20, 21, 22, 23, 24, 25];
    let forbidden = 0;
    const property = fc.property(drawn, ({ requirements, places }) => {
      const out = new Set(places.map((place) => devices[place]));
      const isBroken = requirements.some((one) => breaks(one, (device) => out.has(device)));
      expect(mayGo(packing(devices, requirements), places)).to.equal(!isBroken);
      if (isBroken) forbidden += 1;
    });
    fc.assert(property, { numRuns: runs(2000), seed: 20_260_801 });
    expect(forbidden).to.be.greaterThan(runs(300));
  });

  it("HL-1 count a path over two devices as lost with either of them, beside one over a single device", () => {
    // From one leaf to another: over spine 20, or over 21 and 22.
    const own = packing([20, 21, 22], [requirement([[20], [21, 22]], 1)]);
    expect(mayGo(own, [0, 1])).to.equal(false);
    expect(mayGo(own, [0, 2])).to.equal(false);
    expect(mayGo(own, [1, 2])).to.equal(true);
  });

  it("are numbers where each way is one device, and lists of ways only where one has several", () => {
    const own = packing([20, 21, 22], [requirement([[20], [21]], 1), requirement([[20], [21, 22]], 1)]);
    expect(own.slacks).to.deep.equal([1]);
    expect(own.shares).to.deep.equal([[0, 1], [0, 1], []]);
    expect(own.wayRules).to.deep.equal([{ slack: 1, ways: [[0], [1, 2]] }]);
  });

  it("FB-9 leave out who breaks a requirement alone, but not the last way of several such", () => {
    const all = [requirement([[20], [21], [22]], 3)];
    const own = packing([20, 21, 22], all);
    expect(mayGo(own, [0, 1])).to.equal(true);
    expect(mayGo(own, [0, 1, 2])).to.equal(false);
    // 20 has three of four ways, and 21 the last one, though 21 alone leaves two.
    const most = packing([20, 21], [requirement([[20], [20], [20], [21]], 2)]);
    expect(mayGo(most, [0, 1])).to.equal(false);
    expect(mayGo(most, [1])).to.equal(true);
    // One way over 20 alone: nothing can be kept of it, and the others are free.
    expect(mayGo(packing([20, 21], [requirement([[20]], 1)]), [0, 1])).to.equal(true);
  });

  it("PL-14 leave no room beyond the size of a batch", () => {
    const own = packing([20, 21, 22], [], 2);
    const batch = openBatch();
    for (const place of [0, 1]) {
      expect(fits(own, batch, place)).to.equal(true);
      join(own, batch, place);
    }
    expect(fits(own, batch, 2)).to.equal(false);
    expect(mayJoin(own, batch, 2)).to.equal(true);
  });
});
