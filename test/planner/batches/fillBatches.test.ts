import { expect } from "chai";
import fc from "fast-check";
import { fillBatches } from "../../../src/planner/batches/fillBatches.ts";
import type { Filled } from "../../../src/planner/batches/fillBatches.ts";
import type { Packing } from "../../../src/planner/batches/packing.ts";
import { runs } from "../support.ts";
import { best, drawn, isAllowed, isPossible, packingOf, secondsOf } from "./packings.ts";
import type { Drawn } from "./packings.ts";

function figures(packing: Packing, { batches }: Filled): { batches: number; seconds: number } {
  return { batches: batches.length, seconds: secondsOf(packing, batches) };
}

describe("filling batches", () => {
  it("N2 needs no more batches, and no more time, than the best of all assignments", () => {
    let tried = 0;
    const property = fc.property(drawn, (each) => {
      const packing = packingOf(each);
      fc.pre(isPossible(packing));
      const filled = fillBatches(packing);
      tried += 1;
      expect(filled.batches.flat().toSorted((a, b) => a - b)).to.deep.equal([...packing.devices]);
      expect(filled.batches.every((batch) => isAllowed(packing, batch))).to.equal(true);
      const least = best(packing);
      expect(figures(packing, filled)).to.deep.equal(least);
      // With so few devices all is proven: the bounds are what is possible.
      expect(filled.bound).to.deep.equal(least);
    });
    fc.assert(property, { numRuns: runs(1500), seed: 20_260_201 });
    expect(tried).to.be.greaterThan(runs(1000));
  });

  function plain(seconds: readonly number[], rules: Drawn["rules"], capacity: number): Filled {
    return fillBatches(packingOf({ capacity, seconds, rules, wayRules: [] }));
  }

  const pairs = (count: number): Drawn["rules"] =>
    Array.from({ length: count }, (_, pair) => ({ members: [2 * pair, 2 * pair + 1], slack: 1 }));

  it("PL-8 lets slow devices share batches where that costs none", () => {
    const { batches, bound } = plain([40, 40, 20, 20, 20, 20, 20, 20], pairs(4), 4);
    expect(batches).to.deep.equal([
      [0, 2, 4, 6],
      [1, 3, 5, 7],
    ]);
    // Two slow devices in a pair have to go apart: both batches take long, whatever is done.
    expect(bound).to.deep.equal({ batches: 2, seconds: 80 });
    const free = plain([40, 20, 20, 40, 20, 40, 20, 40], [], 4);
    expect(free.batches).to.deep.equal([
      [0, 3, 5, 7],
      [1, 2, 4, 6],
    ]);
    expect(free.bound).to.deep.equal({ batches: 2, seconds: 60 });
  });

  it("does not pay for time with a batch", () => {
    // Together the slow ones would need a third batch for the rest.
    const rules = [
      { members: [2, 3], slack: 1 },
      { members: [0, 2], slack: 1 },
      { members: [1, 3], slack: 1 },
    ];
    const { batches, bound } = plain([60, 60, 20, 20], rules, 2);
    expect(batches).to.deep.equal([
      [0, 3],
      [1, 2],
    ]);
    expect(bound).to.deep.equal({ batches: 2, seconds: 120 });
  });

  it("proves that quick devices can't fill batches of their own", () => {
    // Three pairs of quick devices and fourteen slow ones, four to a batch: five batches have no place to spare.
    const seconds = [...Array.from({ length: 6 }, () => 20), ...Array.from({ length: 14 }, () => 40)];
    const { batches, bound } = plain(seconds, pairs(10), 4);
    expect(batches).to.have.length(5);
    expect(bound).to.deep.equal({ batches: 5, seconds: 200 });
  });

  it("N2 adds up the bounds of parts that never mix", () => {
    // Five of one plane and five of the other, none of which goes with the other plane: 2 + 2 batches, not 3.
    const rules = [0, 1, 2, 3, 4].flatMap((one) =>
      [5, 6, 7, 8, 9].map((other) => ({ members: [one, other], slack: 1 })),
    );
    const { batches, bound } = plain(
      Array.from({ length: 10 }, () => 20),
      rules,
      4,
    );
    expect(batches).to.have.length(4);
    expect(bound.batches).to.equal(4);
  });

  it("N2 finds the two batches of a crown of eighty leaves, and of one of two hundred", () => {
    for (const side of [40, 100]) {
      const rules = Array.from({ length: side * side }, (_, pair) => ({
        members: [Math.floor(pair / side) * 2, (pair % side) * 2 + 1],
        slack: 1,
      })).filter(({ members: [a = 0, b = 0] }) => a + 1 !== b);
      const { batches, bound } = plain(
        Array.from({ length: side * 2 }, () => 20),
        rules,
        side,
      );
      expect(batches).to.have.length(2);
      expect(bound).to.deep.equal({ batches: 2, seconds: 40 });
    }
  });

  it("reaches the bound on a ring of a thousand pairs", () => {
    const ring = Array.from({ length: 1000 }, (_, place) => ({ members: [place, place + 1], slack: 1 }));
    const { batches, bound } = plain(
      Array.from({ length: 1000 }, () => 20),
      ring,
      500,
    );
    expect(batches).to.have.length(2);
    expect(bound.batches).to.equal(2);
  });

  it("N2 does not claim what it could not prove in time", () => {
    // Of thirteen devices no three may go together: seven batches. That six are not enough takes too long to see.
    const places = Array.from({ length: 13 }, (_, place) => place);
    const rules = places.flatMap((a) =>
      places.slice(a + 1).flatMap((b) => places.slice(b + 1).map((c) => ({ members: [a, b, c], slack: 2 }))),
    );
    const seconds = places.map((place) => 10 * (1 + ((place * 7) % 13)));
    const { batches, bound } = plain(seconds, rules, 13);
    expect(batches).to.have.length(7);
    expect(bound.batches).to.be.below(7);
  });

  it("N2 does not claim a time that it could not prove", () => {
    const devices = 25;
    const place = fc.nat({ max: devices - 1 });
    const irregular: fc.Arbitrary<Drawn> = fc.record({
      capacity: fc.constantFrom(5, 6, 7),
      seconds: fc.array(fc.constantFrom(10, 20, 30, 40), { minLength: devices, maxLength: devices }),
      rules: fc.array(
        fc.record({
          members: fc.uniqueArray(place, { minLength: 2, maxLength: 5 }),
          slack: fc.constantFrom(1, 2),
        }),
        { minLength: 30, maxLength: 40 },
      ),
      wayRules: fc.constant([]),
    });
    const gaps = fc.sample(irregular, { numRuns: 8, seed: 20_260_202 }).map((each) => {
      const packing = packingOf(each);
      const filled = fillBatches(packing);
      return figures(packing, filled).seconds - filled.bound.seconds;
    });
    expect(Math.min(...gaps)).to.be.at.least(0);
    // Of some the bound is below what was found: whether that is the best of all is not known.
    expect(Math.max(...gaps)).to.be.greaterThan(0);
  });

  it("N2 proves by a search for up to forty devices, and claims nothing of more", () => {
    // Five in a ring, of which each two neighbours go apart, need three batches; no three of them are apart.
    const ring = Array.from({ length: 5 }, (_, place) => ({
      members: [place, (place + 1) % 5],
      slack: 1,
    }));
    const boundOf = (count: number): Filled["bound"] => {
      const seconds = Array.from({ length: count }, (_, device) => (device < 5 ? 40 : 20));
      const filled = plain(seconds, ring, 20);
      expect(filled.batches).to.have.length(3);
      return filled.bound;
    };
    expect(boundOf(40)).to.deep.equal({ batches: 3, seconds: 120 });
    expect(boundOf(41).seconds).to.be.below(120);
  });

  it("takes nothing for nothing", () => {
    expect(plain([], [], 4)).to.deep.equal({ batches: [], bound: { batches: 0, seconds: 0 } });
  });
});
