import { expect } from "chai";
import fc from "fast-check";
import type { Batch } from "../../src/planner/batches/batches.ts";
import { inWindowOrder } from "../../src/planner/windowOrder.ts";
import { runs } from "./support.ts";

/** A batch of a leaf, by how many minutes it takes. */
interface Drawn extends Partial<Omit<Batch, "devices">> {
  readonly minutes: number;
}

/** The minutes of the batches in the order that fills windows of an hour. */
function orderOf(drawn: readonly Drawn[], lengthMinutes = 60): number[] {
  const batches = drawn.map(({ tier = "Leaf", stage = "Ordinary", level = 1 }, device): Batch => ({
    tier,
    stage,
    level,
    devices: [device],
  }));
  const secondsOf = (device: number): number => (drawn[device]?.minutes ?? 0) * 60;
  const ordered = inWindowOrder(batches, { lengthSeconds: lengthMinutes * 60, secondsOf });
  expect(ordered.flatMap(({ devices }) => devices).toSorted((a, b) => a - b)).to.deep.equal([
    ...drawn.keys(),
  ]);
  return ordered.map(({ devices: [device = -1] }) => drawn[device]?.minutes ?? -1);
}

/** How many windows batches in this order need, one after the other. */
function windowsOf(minutes: readonly number[], lengthMinutes: number): number {
  const windows: number[][] = [];
  for (const each of minutes) {
    const open = windows.at(-1);
    const used = open?.reduce((sum, one) => sum + one, 0) ?? Infinity;
    if (open !== undefined && used + each <= lengthMinutes) open.push(each);
    else windows.push([each]);
  }
  return windows.length;
}

const leaves = (...minutes: readonly number[]): Drawn[] => minutes.map((each) => ({ minutes: each }));

describe("the order of batches in maintenance windows", () => {
  it("PL-18 puts a long batch beside short ones that fill its window", () => {
    expect(orderOf(leaves(40, 40, 20, 20))).to.deep.equal([40, 20, 40, 20]);
    expect(orderOf(leaves(20, 20, 40, 40))).to.deep.equal([40, 20, 40, 20]);
    expect(orderOf(leaves(35, 35, 15, 15, 10, 10))).to.deep.equal([35, 15, 10, 35, 15, 10]);
    expect(orderOf(leaves(40, 40, 30, 20, 20))).to.deep.equal([40, 20, 40, 20, 30]);
    // A minute more than there is room for.
    expect(orderOf(leaves(40, 40, 21, 21))).to.deep.equal([40, 40, 21, 21]);
  });

  it("PL-18 stays as it is where no other one needs fewer windows", () => {
    expect(orderOf(leaves(10, 20))).to.deep.equal([10, 20]);
    expect(orderOf(leaves(20, 40, 20, 40))).to.deep.equal([20, 40, 20, 40]);
    // The two short ones share a window, and the long ones get one each.
    expect(orderOf(leaves(30, 50, 50, 30))).to.deep.equal([50, 50, 30, 30]);
  });

  it("PL-18 places what is too long for any window like everything else", () => {
    expect(orderOf(leaves(40, 90, 40, 20, 20))).to.deep.equal([40, 20, 90, 40, 20]);
  });

  it("PL-18 counts a batch by its slowest device", () => {
    const batches = [[0, 1], [2], [3], [4]].map((devices): Batch => ({
      tier: "Leaf",
      stage: "Ordinary",
      level: 1,
      devices,
    }));
    const minutes = [10, 40, 40, 20, 20];
    const ordered = inWindowOrder(batches, {
      lengthSeconds: 3600,
      secondsOf: (device) => (minutes[device] ?? 0) * 60,
    });
    expect(ordered.map(({ devices }) => devices)).to.deep.equal([[0, 1], [3], [2], [4]]);
  });

  it("PL-18 changes places within gateways of a tier and level, too", () => {
    const gateways = leaves(40, 40, 20, 20).map((each): Drawn => ({ ...each, stage: "Gateway" }));
    expect(orderOf(gateways)).to.deep.equal([40, 20, 40, 20]);
  });

  it("PL-18 moves no canary, nothing protected, and nothing into another stage, tier or level", () => {
    const [first, last] = [leaves(40, 40), leaves(20, 20)];
    const those = (drawn: readonly Drawn[], rest: Partial<Drawn>): Drawn[] =>
      drawn.map((each) => ({ ...each, ...rest }));
    const fixed: readonly Drawn[][] = [
      those([...first, ...last], { stage: "Canary" }),
      those([...first, ...last], { stage: "Protected" }),
      [...first, ...those(last, { stage: "Gateway" })],
      [...those(first, { stage: "Canary" }), ...last],
      [...first, ...those(last, { tier: "Spine" })],
      [...first, ...those(last, { level: 2 })],
      [...those(first, { stage: "Gateway" }), ...those(last, { stage: "Gateway", tier: "Border" })],
    ];
    for (const drawn of fixed) expect(orderOf(drawn)).to.deep.equal([40, 40, 20, 20]);
  });

  it("PL-18 goes on in what the stage before leaves of a window", () => {
    const spines = leaves(50, 10, 45, 15).map((each): Drawn => ({ ...each, tier: "Spine" }));
    // Twenty minutes are left of the window of the last leaf: the two short ones of the spines fit.
    expect(windowsOf(orderOf([...leaves(40), ...spines]), 60)).to.equal(3);
  });

  it("PL-18 never needs more windows than before, and changes nothing for nothing", () => {
    const part = fc.record({
      minutes: fc.integer({ min: 5, max: 70 }),
      stage: fc.constantFrom("Canary" as const, "Ordinary" as const, "Gateway" as const),
      level: fc.integer({ min: 1, max: 2 }),
    });
    const property = fc.property(fc.array(part, { maxLength: 8 }), (drawn) => {
      const minutes = orderOf(drawn);
      const before = drawn.map((each) => each.minutes);
      const [was, is] = [windowsOf(before, 60), windowsOf(minutes, 60)];
      expect(is).to.be.at.most(was);
      if (is === was) expect(minutes).to.deep.equal(before);
    });
    fc.assert(property, { numRuns: runs(400), seed: 20_260_701 });
  });
});
