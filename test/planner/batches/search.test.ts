import { expect } from "chai";
import fc from "fast-check";
import { attemptOn, settle } from "../../../src/planner/batches/attempt.ts";
import { levelsWith, lowerBound, secondsOfLevels } from "../../../src/planner/batches/bounds.ts";
import { conflictsOf, largestClique, separateParts } from "../../../src/planner/batches/conflicts.ts";
import { searchExactly } from "../../../src/planner/batches/exactSearch.ts";
import { firstFit, furtherOrders, slowestFirst } from "../../../src/planner/batches/firstFit.ts";
import { dissolve, shorten, sortOut } from "../../../src/planner/batches/improve.ts";
import { openBatch, join } from "../../../src/planner/batches/packing.ts";
import type { OpenBatch, Packing } from "../../../src/planner/batches/packing.ts";
import { runs } from "../support.ts";
import { best, drawn, isAllowed, isPossible, packingOf, secondsOf } from "./packings.ts";
import type { Drawn } from "./packings.ts";

function packing(seconds: readonly number[], rules: Drawn["rules"], capacity: number): Packing {
  return packingOf({ capacity, seconds, rules, wayRules: [] });
}

function equal(count: number): number[] {
  return Array.from({ length: count }, () => 20);
}

/** Every two of them apart. */
function apart(...members: readonly number[]): Drawn["rules"] {
  return members.flatMap((one, place) =>
    members.slice(place + 1).map((other) => ({ members: [one, other], slack: 1 })),
  );
}

/** No three of them together, but any two. */
function noThreeOf(count: number): Drawn["rules"] {
  const places = [...equal(count).keys()];
  return places.flatMap((a) =>
    places.slice(a + 1).flatMap((b) => places.slice(b + 1).map((c) => ({ members: [a, b, c], slack: 2 }))),
  );
}

function batchOf(own: Packing, members: readonly number[]): OpenBatch {
  const batch = openBatch();
  for (const member of members) join(own, batch, member);
  return batch;
}

function membersOf(batches: readonly OpenBatch[]): number[][] {
  return batches.map(({ members }) => Array.from(members).toSorted((a, b) => a - b));
}

/** In the order of their first members. */
function sortedMembers(batches: readonly OpenBatch[]): number[][] {
  return membersOf(batches).toSorted(([a = 0], [b = 0]) => a - b);
}

/** Every device once, and no rule broken. */
function expectSound(own: Packing, batches: readonly OpenBatch[]): void {
  const members = membersOf(batches);
  expect(members.flat().toSorted((a, b) => a - b)).to.deep.equal([...own.devices]);
  expect(members.every((batch) => batch.length > 0 && isAllowed(own, batch))).to.equal(true);
}

function forEachPacking(count: number, seed: number, check: (own: Packing) => void): void {
  const property = fc.property(drawn, (each) => {
    const own = packingOf(each);
    fc.pre(isPossible(own));
    check(own);
  });
  fc.assert(property, { numRuns: runs(count), seed });
}

describe("conflicts", () => {
  it("are the pairs that may never share a batch, no more and no fewer", () => {
    forEachPacking(600, 1, (own) => {
      const conflicts = conflictsOf({ ...own, capacity: 2 });
      for (const a of own.devices) {
        const expected = own.devices.filter((b) => b !== a && !isAllowed({ ...own, capacity: 2 }, [a, b]));
        expect(conflicts[a]).to.deep.equal(expected);
      }
    });
  });

  it("among rules with a device that holds several ways are found, too", () => {
    // Of four ways two must stay; device 0 is two of them and goes with nobody, the others go together.
    const own = packing(equal(3), [{ members: [0, 0, 1, 2], slack: 2 }], 3);
    expect(conflictsOf(own)).to.deep.equal([[1, 2], [0], [0]]);
    const last = packing(equal(3), [{ members: [0, 1, 2, 2], slack: 2 }], 3);
    expect(conflictsOf(last)).to.deep.equal([[2], [2], [0, 1]]);
  });

  it("of a rule of more than 2,000 devices are left out, those of other rules are not", () => {
    const conflictsIn = (count: number): readonly (readonly number[])[] => {
      const rules = [
        // The first device takes two ways, of two that may be taken.
        { members: [0, ...equal(count).keys()], slack: 2 },
        { members: [1, 2], slack: 1 },
      ];
      return conflictsOf(packing(equal(count), rules, 4));
    };
    expect(
      conflictsIn(2000)
        .map(({ length }) => length)
        .slice(0, 4),
    ).to.deep.equal([1999, 2, 2, 1]);
    expect(conflictsIn(2001).slice(0, 4)).to.deep.equal([[], [2], [1], []]);
  });

  it("of ways of several devices are asked for among up to 1,000 devices, however many others there are", () => {
    // Of two ways of two devices each one may be taken.
    const conflictsIn = (count: number, concerned: number): readonly (readonly number[])[] => {
      const wayRules = Array.from({ length: Math.ceil(concerned / 4) }, (_, rule) => {
        const of = (...places: readonly number[]): number[] =>
          places.map((place) => 4 * rule + place).filter((device) => device < concerned);
        return { ways: [of(0, 1), of(2, 3)], slack: 1 };
      });
      return conflictsOf(packingOf({ capacity: 4, seconds: equal(count), rules: [], wayRules }));
    };
    const block = [
      [2, 3],
      [2, 3],
      [0, 1],
      [0, 1],
    ];
    expect(conflictsIn(1001, 4).slice(0, 5)).to.deep.equal([...block, []]);
    expect(conflictsIn(1000, 1000).slice(0, 4)).to.deep.equal(block);
    expect(conflictsIn(1001, 1001).flat()).to.deep.equal([]);
  });

  it("hold a clique of which nobody goes with anybody", () => {
    forEachPacking(400, 2, (own) => {
      const conflicts = conflictsOf(own);
      const clique = largestClique(conflicts);
      expect(clique.length).to.be.at.least(1);
      for (const a of clique) {
        for (const b of clique) if (a !== b) expect(conflicts[a]).to.include(b);
      }
    });
    expect(largestClique([])).to.deep.equal([]);
  });

  it("of a ring of five with a triangle on it show the triangle", () => {
    const rules = [
      ...[0, 1, 2, 3, 4].map((one) => ({ members: [one, (one + 1) % 5], slack: 1 })),
      ...apart(3, 5, 6),
    ];
    const clique = largestClique(conflictsOf(packing(equal(7), rules, 7)));
    expect(clique.toSorted((a, b) => a - b)).to.deep.equal([3, 5, 6]);
  });

  it("show the first of several groups that are as large, and look beyond a pair for a larger one", () => {
    const two = packing(equal(6), [...apart(0, 2, 4), ...apart(1, 3, 5)], 6);
    expect(largestClique(conflictsOf(two)).toSorted((a, b) => a - b)).to.deep.equal([0, 2, 4]);
    // 3 has as many conflicts as the triangle has devices, and no two of them with each other.
    const star = [
      [1, 2, 7, 8],
      [0, 2, 9, 10],
      [0, 1, 11, 12],
      [4, 5, 6],
      [3],
      [3],
      [3],
      [0],
      [0],
      [1],
      [1],
      [2],
      [2],
    ];
    expect(largestClique(star).toSorted((a, b) => a - b)).to.deep.equal([0, 1, 2]);
    const late = [[1, 2, 8, 9], [0, 2], [0, 1], [], [5, 6, 7], [4, 6, 7], [4, 5], [4, 5], [0], [0]];
    expect(largestClique(late).toSorted((a, b) => a - b)).to.deep.equal([0, 1, 2]);
    const behind = packing(equal(6), [...apart(0, 1), ...apart(3, 4, 5)], 6);
    expect(largestClique(conflictsOf(behind)).toSorted((a, b) => a - b)).to.deep.equal([3, 4, 5]);
  });

  it("part what never mixes: the spines of two planes, and nothing else", () => {
    const planes = [0, 2, 4].flatMap((one) =>
      [1, 3, 5].map((other) => ({ members: [one, other], slack: 1 })),
    );
    expect(separateParts(conflictsOf(packing(equal(6), planes, 6)))).to.deep.equal([
      [0, 2, 4],
      [1, 3, 5],
    ]);
    // One that goes with somebody of each side holds them together.
    expect(separateParts(conflictsOf(packing(equal(7), planes, 7)))).to.deep.equal([[0, 1, 2, 3, 4, 5, 6]]);
    expect(separateParts([])).to.deep.equal([]);
  });
});

describe("the bound", () => {
  const boundOf = (own: Packing, clique: readonly number[] = []): { batches: number; seconds: number } => {
    const { batches, seconds } = lowerBound(own, own.devices, clique);
    return { batches, seconds };
  };

  it("N2 is never above what is possible", () => {
    forEachPacking(600, 3, (own) => {
      const clique = largestClique(conflictsOf(own));
      const { batches, seconds, levels } = lowerBound(own, own.devices, clique);
      const least = best(own);
      expect(batches).to.be.at.most(least.batches);
      expect(seconds).to.be.at.most(least.seconds);
      const conflicts = conflictsOf(own);
      const raised = levelsWith(least.batches, { packing: own, devices: own.devices, levels, conflicts });
      expect(secondsOfLevels(raised)).to.be.at.least(seconds);
      expect(secondsOfLevels(raised)).to.be.at.most(least.seconds);
    });
  });

  it("follows from the size of a batch", () => {
    expect(boundOf(packing(equal(9), [], 4))).to.deep.equal({ batches: 3, seconds: 60 });
    expect(boundOf(packing(equal(8), [], 4))).to.deep.equal({ batches: 2, seconds: 40 });
    expect(boundOf(packing([], [], 4))).to.deep.equal({ batches: 0, seconds: 0 });
  });

  it("follows from a group of five of which three must stay, though every two may go", () => {
    const own = packing(equal(5), [{ members: [0, 1, 2, 3, 4], slack: 2 }], 5);
    expect(conflictsOf(own).flat()).to.deep.equal([]);
    expect(boundOf(own)).to.deep.equal({ batches: 3, seconds: 60 });
  });

  it("follows from devices of which no two go together", () => {
    const own = packing(equal(4), apart(0, 1, 2), 4);
    expect(boundOf(own)).to.deep.equal({ batches: 2, seconds: 40 });
    expect(boundOf(own, [0, 1, 2])).to.deep.equal({ batches: 3, seconds: 60 });
  });

  it("follows from ways of several devices: three paths of which one may be lost need three batches", () => {
    const ways = [
      [0, 1],
      [2, 3],
      [4, 5],
    ];
    const own = packingOf({ capacity: 6, seconds: equal(6), rules: [], wayRules: [{ ways, slack: 1 }] });
    expect(boundOf(own).batches).to.equal(3);
    // A way that none of the devices is on takes nothing.
    expect(lowerBound(own, [0, 2], []).batches).to.equal(2);
  });

  it("of the time counts how many batches the slow devices need", () => {
    // Five devices of an hour in batches of two, one of ten minutes: three batches of an hour, the quick one beside.
    expect(boundOf(packing([60, 60, 60, 60, 60, 10], [], 2))).to.deep.equal({ batches: 3, seconds: 180 });
    // Two of an hour that cannot share a batch, and two of ten minutes.
    const own = packing([60, 60, 10, 10], apart(0, 1), 4);
    expect(boundOf(own)).to.deep.equal({ batches: 2, seconds: 120 });
    expect(boundOf(packing([60, 60, 10, 10], [], 2))).to.deep.equal({ batches: 2, seconds: 70 });
    expect(lowerBound(packing([60, 30, 10], apart(0, 1, 2), 3), [0, 1, 2], [0, 1, 2]).levels).to.deep.equal([
      { seconds: 60, batches: 1 },
      { seconds: 30, batches: 2 },
      { seconds: 10, batches: 3 },
    ]);
  });

  it("counts devices that take no time, too", () => {
    expect(boundOf(packing([0, 0, 0], [], 2))).to.deep.equal({ batches: 2, seconds: 0 });
    expect(boundOf(packing([10, 0, 0], [], 2))).to.deep.equal({ batches: 2, seconds: 10 });
  });

  it("rises where quick devices cannot fill batches of their own", () => {
    // Two pairs of quick devices and eight slow ones in three batches of four: quick ones alone fill two places.
    const own = packing(
      [...equal(4), ...Array.from({ length: 8 }, () => 40)],
      [...apart(0, 1), ...apart(2, 3)],
      4,
    );
    const { levels } = lowerBound(own, own.devices, []);
    expect(levels.map(({ batches }) => batches)).to.deep.equal([2, 3]);
    const raised = levelsWith(3, { packing: own, devices: own.devices, levels, conflicts: conflictsOf(own) });
    expect(raised.map(({ batches }) => batches)).to.deep.equal([3, 3]);
    // With a batch more there is room.
    const spare = levelsWith(4, { packing: own, devices: own.devices, levels, conflicts: conflictsOf(own) });
    expect(spare.map(({ batches }) => batches)).to.deep.equal([2, 3]);
  });
});

describe("quick devices", () => {
  it("fill as many places as groups of them are apart, and not fewer", () => {
    // 0 is apart from 1 and from 2, which go together: two of the three fill places, beside the slow 3 and 4.
    const own = packing([20, 20, 20, 40, 40], [...apart(0, 1), ...apart(0, 2)], 3);
    const { levels } = lowerBound(own, own.devices, []);
    const raised = levelsWith(2, { packing: own, devices: own.devices, levels, conflicts: conflictsOf(own) });
    expect(raised.map(({ seconds, batches }) => [seconds, batches])).to.deep.equal([
      [40, 1],
      [20, 2],
    ]);
    expect(best(own)).to.deep.equal({ batches: 2, seconds: 60 });
  });
});

describe("the exact search", () => {
  it("N2 finds an assignment to so many batches where there is one, and says so where there is none", () => {
    forEachPacking(300, 4, (own) => {
      const least = best(own);
      const conflicts = conflictsOf(own);
      const { levels } = lowerBound(own, own.devices, []);
      const search = { devices: own.devices, conflicts, levels, quickerThan: null };
      const enough = searchExactly(own, { ...search, batches: least.batches });
      expect(enough.found?.length).to.equal(least.batches);
      expectSound(own, enough.found ?? []);
      expect(searchExactly(own, { ...search, batches: least.batches - 1 })).to.deep.equal({
        found: null,
        isComplete: true,
      });
    });
  });

  it("N2 finds the quickest one, and nothing that is no quicker than what is known", () => {
    forEachPacking(300, 5, (own) => {
      const { batches, seconds } = best(own);
      const { levels } = lowerBound(own, own.devices, []);
      const search = { devices: own.devices, conflicts: conflictsOf(own), levels, batches };
      const { found, isComplete } = searchExactly(own, { ...search, quickerThan: seconds + 1 });
      expectSound(own, found ?? []);
      expect(secondsOf(own, membersOf(found ?? []))).to.equal(seconds);
      expect(isComplete).to.equal(true);
      expect(searchExactly(own, { ...search, quickerThan: seconds }).found).to.equal(null);
      const any = searchExactly(own, { ...search, quickerThan: 10_000 });
      expect(secondsOf(own, membersOf(any.found ?? []))).to.equal(seconds);
      expect(any.isComplete).to.equal(true);
    });
  });

  it("N2 goes on where one way to begin comes to nothing better", () => {
    // 3 is one and 5 two of three ways, of which two may go, and the other way round 7; of 1, 2 and 6 two may go.
    const rules = [
      { members: [3, 5, 5], slack: 2 },
      { members: [1, 2, 6], slack: 2 },
    ];
    const own = packingOf({
      capacity: 3,
      seconds: [20, 20, 20, 10, 10, 20, 20, 20],
      rules,
      wayRules: [{ ways: [[7], [3], [7]], slack: 2 }],
    });
    const { levels } = lowerBound(own, own.devices, []);
    const search = { devices: own.devices, conflicts: conflictsOf(own), levels, batches: 3 };
    const { found } = searchExactly(own, { ...search, quickerThan: 1000 });
    expect(best(own)).to.deep.equal({ batches: 3, seconds: 50 });
    expect(secondsOf(own, membersOf(found ?? []))).to.equal(50);
  });

  it("looks at the most constrained devices first: four that are apart need four batches, whoever else waits", () => {
    const own = packing(equal(18), apart(14, 15, 16, 17), 18);
    const search = { devices: own.devices, conflicts: conflictsOf(own), levels: [], quickerThan: null };
    expect(searchExactly(own, { ...search, batches: 3 })).to.deep.equal({ found: null, isComplete: true });
    expect(searchExactly(own, { ...search, batches: 4 }).found).to.have.length(4);
  });

  it("stops where it is known how many batches have to take how long", () => {
    // Fifteen devices of which no three go together, one of them slower: one batch of 30 and seven of 20.
    const own = packing([30, ...equal(14)], noThreeOf(15), 15);
    const levels = [
      { seconds: 30, batches: 1 },
      { seconds: 20, batches: 8 },
    ];
    const search = { devices: own.devices, conflicts: conflictsOf(own), batches: 8, quickerThan: 180 };
    const known = searchExactly(own, { ...search, levels });
    expect(secondsOf(own, membersOf(known.found ?? []))).to.equal(170);
    expect(known.isComplete).to.equal(true);
    expect(searchExactly(own, { ...search, levels: [] }).isComplete).to.equal(false);
  });

  it("gives up on what is too much for it, and then proves nothing", () => {
    // Fifteen devices of which no three go together need eight batches; that seven do not do takes too long to see.
    const own = packing(equal(15), noThreeOf(15), 15);
    const search = { devices: own.devices, conflicts: conflictsOf(own), levels: [], quickerThan: null };
    expect(searchExactly(own, { ...search, batches: 7 })).to.deep.equal({ found: null, isComplete: false });
    expect(searchExactly(own, { ...search, batches: 8 }).found).to.have.length(8);
    expect(searchExactly(own, { ...search, batches: 8, quickerThan: 100 }).found).to.equal(null);
  });
});

describe("greedy assignments", () => {
  it("put each device into the first batch that takes it", () => {
    const own = packing(equal(6), [...apart(0, 1), ...apart(3, 4)], 2);
    expect(membersOf(firstFit(own, own.devices))).to.deep.equal([
      [0, 2],
      [1, 3],
      [4, 5],
    ]);
    forEachPacking(200, 6, (each) => {
      expectSound(each, firstFit(each, each.devices));
    });
  });

  it("begin with the slowest, among equals with the first", () => {
    expect(slowestFirst(packing([20, 40, 20, 40], [], 4), [0, 1, 2, 3])).to.deep.equal([1, 3, 0, 2]);
    expect(slowestFirst(packing([20, 40, 20, 40], [], 4), [3, 2, 1, 0])).to.deep.equal([1, 3, 0, 2]);
  });

  it("go by colour: of a crown, in which first-fit fails, all of one side come before the other", () => {
    const rules = [0, 1, 2, 3].flatMap((i) =>
      [0, 1, 2, 3].filter((j) => j !== i).map((j) => ({ members: [2 * i, 2 * j + 1], slack: 1 })),
    );
    const own = packing(equal(8), rules, 4);
    expect(firstFit(own, own.devices)).to.have.length(4);
    const [byColour] = furtherOrders(own, { devices: own.devices, conflicts: conflictsOf(own) });
    expect(byColour).to.deep.equal([0, 2, 4, 6, 1, 3, 5, 7]);
  });

  it("try every order once the slowest first and once without regard to time, and some at random", () => {
    const own = packing([10, 10, 40, 40, 10], [...apart(0, 1, 4), ...apart(3, 4)], 5);
    const orders = [...furtherOrders(own, { devices: own.devices, conflicts: conflictsOf(own) })];
    // By colour: 4 is in conflict with most and has the first, 0 and 3 may have the same second one, 1 the third.
    expect(orders.slice(0, 4)).to.deep.equal([
      [2, 3, 4, 0, 1],
      [3, 2, 4, 0, 1],
      [2, 4, 3, 0, 1],
      [4, 0, 1, 3, 2],
    ]);
    expect(orders).to.have.length(12);
    for (const order of orders) expect(order.toSorted((a, b) => a - b)).to.deep.equal([0, 1, 2, 3, 4]);
    // The slow ones stay in front in all of the random ones.
    for (const order of orders.slice(4))
      expect(order.slice(0, 2).toSorted((a, b) => a - b)).to.deep.equal([2, 3]);
    expect(new Set(orders.slice(4).map(String)).size).to.be.greaterThan(3);
    // Whoever is as constrained goes by time; without regard to it means that it does not come first.
    const twoPairs = packing([10, 40, 10, 40], [...apart(0, 1), ...apart(2, 3)], 4);
    const conflicts = conflictsOf(twoPairs);
    expect([...furtherOrders(twoPairs, { devices: twoPairs.devices, conflicts })].slice(0, 4)).to.deep.equal([
      [1, 3, 0, 2],
      [1, 3, 0, 2],
      [0, 2, 1, 3],
      [1, 3, 0, 2],
    ]);
    const unlike = packing([10, 40, 40, 10], [...apart(0, 1), ...apart(2, 3)], 4);
    expect([...furtherOrders(unlike, { devices: unlike.devices, conflicts })][2]).to.deep.equal([2, 0, 1, 3]);
    // Not any order: whoever makes the plan again, with whatever version, gets the same one.
    const ten = packing(equal(10), [], 5);
    const shuffled = [...furtherOrders(ten, { devices: ten.devices, conflicts: [] })].slice(4, 6);
    expect(shuffled).to.deep.equal([
      [8, 4, 0, 1, 5, 2, 7, 9, 3, 6],
      [4, 0, 7, 1, 9, 2, 8, 3, 6, 5],
    ]);
    const some = packing(equal(200), [], 5);
    expect([...furtherOrders(some, { devices: some.devices, conflicts: [] })]).to.have.length(12);
    const many = packing(equal(201), [], 5);
    expect([...furtherOrders(many, { devices: many.devices, conflicts: [] })]).to.have.length(4);
  });
});

describe("moving devices about", () => {
  it("settles a device by moving another one on, and changes nothing where it can't", () => {
    // 0 and 1 apart, 1 and 2 apart: 1 fits beside 3 only if 3's place is free.
    const own = packing(equal(4), [...apart(0, 1), ...apart(1, 2)], 2);
    const batches = [batchOf(own, [0]), batchOf(own, [2, 3])];
    const anywhere = { depth: 1, mayEnter: () => true };
    expect(settle(attemptOn(own, batches, 100), 1, { ...anywhere, depth: 0 })).to.equal(false);
    expect(membersOf(batches)).to.deep.equal([[0], [2, 3]]);
    expect(settle(attemptOn(own, batches, 100), 1, anywhere)).to.equal(true);
    expect(membersOf(batches)).to.deep.equal([
      [0, 2],
      [1, 3],
    ]);
    const full = [batchOf(own, [0, 3]), batchOf(own, [2])];
    const attempt = attemptOn(own, full, 100);
    expect(settle(attempt, 1, { depth: 0, mayEnter: (batch) => batch.members.has(2) })).to.equal(false);
    expect(attempt.journal).to.deep.equal([]);
  });

  it("gives up after so many steps", () => {
    const own = packing(equal(4), [...apart(0, 1), ...apart(1, 2)], 2);
    const after = (steps: number): { isSettled: boolean; left: number; members: number[][] } => {
      const batches = [batchOf(own, [0]), batchOf(own, [2, 3])];
      const attempt = attemptOn(own, batches, steps);
      const isSettled = settle(attempt, 1, { depth: 1, mayEnter: () => true });
      return { isSettled, left: attempt.stepsLeft, members: membersOf(batches) };
    };
    // Two batches are looked at, then 0 is moved out in vain (one batch to go to), then 2.
    expect(after(100)).to.deep.equal({
      isSettled: true,
      left: 94,
      members: [
        [0, 2],
        [1, 3],
      ],
    });
    expect(after(3)).to.deep.equal({ isSettled: false, left: 0, members: [[0], [2, 3]] });
    expect(after(4).isSettled).to.equal(false);
    expect(after(4).members).to.deep.equal([[0], [2, 3]]);
  });

  it("dissolves the smallest batch where its devices find room, down to the bound", () => {
    const own = packing(equal(6), [], 3);
    const four = [[0, 1], [2], [3, 4], [5]].map((members) => batchOf(own, members));
    expect(membersOf(dissolve(own, four, 2)).map(({ length }) => length)).to.deep.equal([3, 3]);
    expect(dissolve(own, four, 3)).to.have.length(3);
    expect(dissolve(own, four, 4)).to.have.length(4);
    expect(membersOf(four)).to.deep.equal([[0, 1], [2], [3, 4], [5]]);
    forEachPacking(200, 7, (each) => {
      const before = firstFit(each, each.devices);
      const after = dissolve(each, before, 1);
      expectSound(each, after);
      expect(after.length).to.be.at.most(before.length);
    });
  });

  it("PL-8 gathers slow devices in as few batches as they need", () => {
    const own = packing([40, 20, 40, 20], [], 2);
    const mixed = [batchOf(own, [0, 1]), batchOf(own, [2, 3])];
    const { levels } = lowerBound(own, own.devices, []);
    expect(sortedMembers(shorten(own, mixed, levels))).to.deep.equal([
      [0, 2],
      [1, 3],
    ]);
    expect(membersOf(mixed)).to.deep.equal([
      [0, 1],
      [2, 3],
    ]);
    // One batch after another, as long as it gets better.
    const nine = packing([40, 20, 20, 40, 20, 20, 40, 20, 20], [], 3);
    const three = [
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
    ].map((members) => batchOf(nine, members));
    const quicker = shorten(nine, three, lowerBound(nine, nine.devices, []).levels);
    expect(secondsOf(nine, membersOf(quicker))).to.equal(80);
    forEachPacking(200, 8, (each) => {
      const before = firstFit(each, each.devices);
      const bound = lowerBound(each, each.devices, []);
      const after = shorten(each, before, bound.levels);
      expectSound(each, after);
      expect(after.length).to.be.at.most(before.length);
      expect(secondsOf(each, membersOf(after))).to.be.at.most(secondsOf(each, membersOf(before)));
    });
  });

  it("takes quick devices out of slow batches where a quicker one has room", () => {
    const own = packing([40, 10, 20], [], 3);
    const slow = [batchOf(own, [0, 1]), batchOf(own, [2])];
    expect(sortedMembers(sortOut(own, slow))).to.deep.equal([[0], [1, 2]]);
    // Not where it would be the slowest there, nor where it breaks a rule, nor where there is no place.
    const strict = packing([40, 30, 20], [], 3);
    expect(sortedMembers(sortOut(strict, [batchOf(strict, [0, 1]), batchOf(strict, [2])]))).to.deep.equal([
      [0, 1],
      [2],
    ]);
    const ruled = packing([40, 10, 20], apart(1, 2), 3);
    expect(sortedMembers(sortOut(ruled, [batchOf(ruled, [0, 1]), batchOf(ruled, [2])]))).to.deep.equal([
      [0, 1],
      [2],
    ]);
    forEachPacking(200, 9, (each) => {
      const before = firstFit(each, each.devices);
      const after = sortOut(each, before);
      expectSound(each, after);
      expect(secondsOf(each, membersOf(after))).to.be.at.most(secondsOf(each, membersOf(before)));
    });
  });
});
