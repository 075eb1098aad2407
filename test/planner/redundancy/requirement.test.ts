import { expect } from "chai";
import { breaks } from "../../../src/planner/redundancy/requirement.ts";
import type { Requirement } from "../../../src/planner/redundancy/requirement.ts";

function ways(minimum: number, ...of: readonly (readonly number[])[]): Requirement {
  return { kind: "Group", subject: "g", alike: 0, names: [], isolates: [], ways: of, minimum };
}

describe("a requirement", () => {
  const without =
    (...out: readonly number[]) =>
    (device: number): boolean =>
      out.includes(device);

  it("is broken by who takes a way and leaves too few", () => {
    expect(breaks(ways(1, [1], [2, 3]), without(1))).to.equal(false);
    expect(breaks(ways(1, [1], [2, 3]), without(1, 3))).to.equal(true);
    expect(breaks(ways(2, [1], [2, 3]), without(3))).to.equal(true);
  });

  it("that is short already is not blamed on who takes none of its ways", () => {
    expect(breaks(ways(3, [1], [2]), without(9))).to.equal(false);
    expect(breaks(ways(3, [1], [2]), without(2))).to.equal(true);
  });
});
