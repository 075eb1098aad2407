import { expect } from "chai";
import fc from "fast-check";
import { compareNames, sortedBy, sortedNames } from "../../src/planner/naturalOrder.ts";
import { runs } from "./support.ts";

/** Part by part, as one would explain it. */
function compareParts(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.match(/\d+|\D+/g) ?? []);
  for (const [place, part] of (left ?? []).entries()) {
    const other = right?.[place];
    if (other === undefined) return 1;
    if (part === other) continue;
    const areNumbers = /^\d/.test(part) && /^\d/.test(other);
    if (!areNumbers) return part < other ? -1 : 1;
    if (Number(part) !== Number(other)) return Number(part) - Number(other);
  }
  if ((left?.length ?? 0) !== (right?.length ?? 0)) return -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

const name = fc
  .array(fc.constantFrom("a", "b", "-", "/", ".", ":", "0", "1", "2", "9", "10", "01", "leaf"), {
    maxLength: 6,
  })
  .map((parts) => parts.join(""));

describe("natural order", () => {
  it("puts leaf2 before leaf10, and a name before what it is the beginning of", () => {
    const names = ["leaf10", "leaf2", "leaf", "leaf2-b", "10", "9", "leaf02", "leaf2", "-1"];
    expect(sortedNames(names)).to.deep.equal([
      "-1",
      "9",
      "10",
      "leaf",
      "leaf02",
      "leaf2",
      "leaf2-b",
      "leaf10",
    ]);
  });

  it("compares names part by part, numbers by value", () => {
    const property = fc.property(name, name, (a, b) => {
      expect(Math.sign(compareNames(a, b))).to.equal(Math.sign(compareParts(a, b)));
    });
    fc.assert(property, { numRuns: runs(20_000), seed: 3 });
  });

  it("compares numbers of any length", () => {
    expect(compareNames("esi90071992547409931", "esi90071992547409930")).to.equal(1);
    expect(compareNames("esi90071992547409930", "esi90071992547409931")).to.equal(-1);
  });

  it("sorts as it compares", () => {
    const property = fc.property(fc.array(name, { maxLength: 12 }), (names) => {
      const all = [...new Set([...names, "leaf2", "leaf10", "leaf", "leaf02", "leaf9007199254740993"])];
      expect(sortedNames(all)).to.deep.equal(all.toSorted(compareParts));
    });
    fc.assert(property, { numRuns: runs(3000), seed: 4 });
  });

  it("sorts items by a name and keeps the order of equal ones", () => {
    const items = [
      { name: "b", place: 1 },
      { name: "a2", place: 2 },
      { name: "a10", place: 3 },
      { name: "a2", place: 4 },
    ];
    expect(sortedBy(items, (item) => item.name).map(({ place }) => place)).to.deep.equal([2, 4, 3, 1]);
  });
});
