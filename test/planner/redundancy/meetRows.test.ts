import { expect } from "chai";
import fc from "fast-check";
import {
  addBits,
  bitsOnlyIn,
  hasBit,
  meetRows,
  setBit,
  unsetBits,
} from "../../../src/planner/redundancy/meetRows.ts";
import { runs } from "../support.ts";

const sets = fc.array(fc.uniqueArray(fc.nat({ max: 30 }), { maxLength: 5 }), { maxLength: 150 });

describe("sets that have something in common", () => {
  it("are found among any number of sets", () => {
    const property = fc.property(sets, (all) => {
      const rows = meetRows(all);
      expect(rows).to.have.length(all.length);
      for (const [place, row] of rows.entries()) {
        const strangers = [...all.keys()].filter(
          (other) => !all[other]?.some((one) => all[place]?.includes(one)),
        );
        expect(unsetBits(row, all.length)).to.deep.equal(strangers);
      }
    });
    fc.assert(property, { numRuns: runs(200), seed: 1 });
  });

  it("are told from a few strangers among a hundred that all have one thing in common", () => {
    const alike = Array.from({ length: 100 }, () => [7]);
    const rows = meetRows([...alike, [8], [7, 8], []]);
    expect(unsetBits(rows[0] ?? new Uint32Array(4), 103)).to.deep.equal([100, 102]);
    expect(unsetBits(rows[100] ?? new Uint32Array(4), 103)).to.deep.equal([
      ...Array.from({ length: 100 }, (_, set) => set),
      102,
    ]);
    expect(unsetBits(rows[101] ?? new Uint32Array(4), 103)).to.deep.equal([102]);
    expect(meetRows([[]])).to.deep.equal([new Uint32Array(1)]);
  });

  for (const count of [31, 32, 33, 64, 65]) {
    it(`are found among ${String(count)}, up to the last one`, () => {
      const rows = meetRows(Array.from({ length: count }, () => [7]));
      for (const row of rows) expect(unsetBits(row, count)).to.deep.equal([]);
      expect(rows.map((row) => hasBit(row, count - 1))).to.not.include(false);
    });
  }

  it("are rows of bits, which can be set, joined and compared", () => {
    const [row, other] = [new Uint32Array(3), new Uint32Array(3)];
    for (const bit of [0, 31, 32, 64, 95]) setBit(row, bit);
    for (const bit of [31, 33]) setBit(other, bit);
    expect([0, 1, 31, 32, 33, 63, 64, 95].filter((bit) => hasBit(row, bit))).to.deep.equal([
      0, 31, 32, 64, 95,
    ]);
    expect(bitsOnlyIn(row, other)).to.deep.equal([0, 32, 64, 95]);
    expect(bitsOnlyIn(other, row)).to.deep.equal([33]);
    addBits(row, other);
    expect(bitsOnlyIn(other, row)).to.deep.equal([]);
    expect(bitsOnlyIn(row, new Uint32Array(3))).to.deep.equal([0, 31, 32, 33, 64, 95]);
    expect(unsetBits(other, 36)).to.deep.equal([...Array.from({ length: 31 }, (_, bit) => bit), 32, 34, 35]);
  });
});
