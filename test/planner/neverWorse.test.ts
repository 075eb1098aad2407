import { expect } from "chai";
import { compare } from "../../bench/compare.ts";
import { planInListOrder } from "../../bench/listOrder.ts";
import { runs } from "./support.ts";

/** `npm run bench` looks at 2,000 of them. */
const FABRICS = runs(300);

describe("beside a planner that goes through the list", () => {
  it("N2 needs no more batches and no more time, wherever the other plan could be approved", function () {
    this.timeout(60_000);
    let approvable = 0;
    let better = 0;
    for (let number = 0; number < FABRICS; number += 1) {
      const { fabric, ours, bound, baseline, objections } = compare(number);
      const which = `fabric ${String(number)}`;
      expect(ours.batches, which).to.be.at.least(bound.batches);
      expect(ours.seconds, which).to.be.at.least(bound.seconds);
      if (fabric.isRealistic) expect(ours, which).to.deep.equal(bound);
      if (objections.length > 0) continue;
      approvable += 1;
      expect(ours.batches, which).to.be.at.most(baseline.batches);
      expect(ours.seconds, which).to.be.at.most(baseline.seconds);
      if (ours.batches < baseline.batches || ours.seconds < baseline.seconds) better += 1;
    }
    expect(approvable).to.be.greaterThan(FABRICS / 2);
    expect(better).to.be.greaterThan(FABRICS / 4);
  });
});

describe("the planner that goes through the list", () => {
  const leaf = (name: string): { name: string; role: "Leaf"; overlayRoles: string[] } => {
    return { name, role: "Leaf", overlayRoles: [] };
  };

  it("gives the batches of Contrail's own example", () => {
    const gateway = (name: string): { name: string; role: "Spine"; overlayRoles: string[] } => {
      return { name, role: "Spine", overlayRoles: ["DC-Gateway"] };
    };
    const devices = [gateway("1"), leaf("2"), leaf("3"), gateway("4"), ...["5", "6", "7", "8"].map(leaf)];
    const segments = [
      ["2", "3"],
      ["5", "6"],
    ];
    expect(planInListOrder({ devices, segments, maxBatchSize: 5 })).to.deep.equal([
      ["2", "5", "7", "8"],
      ["3", "6"],
      ["1"],
      ["4"],
    ]);
  });

  it("needs four batches for the crown that two are enough for", () => {
    const devices = [0, 1, 2, 3].flatMap((number) => [
      leaf(`a${String(number)}`),
      leaf(`b${String(number)}`),
    ]);
    const segments = [0, 1, 2, 3].flatMap((i) =>
      [0, 1, 2, 3].filter((j) => j !== i).map((j) => [`a${String(i)}`, `b${String(j)}`]),
    );
    expect(planInListOrder({ devices, segments, maxBatchSize: 4 })).to.have.length(4);
  });

  it("takes two of three spines together", () => {
    const devices = ["1", "2", "3"].map((name) => ({ name, role: "Spine" as const, overlayRoles: [] }));
    expect(planInListOrder({ devices, segments: [], maxBatchSize: 4 })).to.deep.equal([["1", "2"], ["3"]]);
  });
});
