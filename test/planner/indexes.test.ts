import { expect } from "chai";
import {
  append,
  ascending,
  emptyLists,
  haveCommon,
  interning,
  listAt,
  marks,
} from "../../src/planner/indexes.ts";

describe("lists and sets of numbers", () => {
  it("are appended to under a key", () => {
    const index = new Map<string, number[]>();
    for (const value of [1, 2, 3]) append(index, "a", value);
    append(index, "b", 4);
    expect([...index]).to.deep.equal([
      ["a", [1, 2, 3]],
      ["b", [4]],
    ]);
  });

  it("ascend, each number once, and stay as they are where they do already", () => {
    const sorted = [0, 2, 7];
    expect(ascending(sorted)).to.equal(sorted);
    expect(ascending([7, 0, 2, 7])).to.deep.equal([0, 2, 7]);
    expect(ascending([2, 2])).to.deep.equal([2]);
    expect(ascending([0, 0, 3])).to.deep.equal([0, 3]);
    expect(ascending([3, 1])).to.deep.equal([1, 3]);
    expect(ascending([])).to.deep.equal([]);
  });

  it("have a number in common or not", () => {
    expect(haveCommon([1, 5, 9], [2, 3, 9])).to.equal(true);
    expect(haveCommon([2, 3, 9], [1, 5, 9])).to.equal(true);
    expect(haveCommon([1], [1, 2])).to.equal(true);
    expect(haveCommon([1, 2], [1])).to.equal(true);
    expect(haveCommon([0], [0])).to.equal(true);
    expect(haveCommon([1, 3, 5], [2, 4, 6])).to.equal(false);
    expect(haveCommon([], [1])).to.equal(false);
    expect(haveCommon([0], [])).to.equal(false);
  });

  it("get equal numbers where they are equal", () => {
    const { numberOf, lists } = interning();
    expect([[1, 2], [], [1, 2], [12]].map(numberOf)).to.deep.equal([0, 1, 0, 2]);
    expect(lists).to.deep.equal([[1, 2], [], [12]]);
    expect(listAt(lists, 9)).to.deep.equal([]);
    expect(emptyLists(2)).to.deep.equal([[], []]);
  });

  it("are marked, and forgotten at once", () => {
    const own = marks(3);
    expect(own.has(0)).to.equal(false);
    expect([own.add(1), own.add(1), own.has(1), own.has(2)]).to.deep.equal([true, false, true, false]);
    own.clear();
    expect([own.has(1), own.add(1)]).to.deep.equal([false, true]);
  });
});
