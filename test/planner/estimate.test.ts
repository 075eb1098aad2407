import { expect } from "chai";
import { totalSeconds } from "../../src/planner/estimate.ts";

describe("the time of a plan", () => {
  it("PL-8 is that of its batches, one after another", () => {
    expect(totalSeconds([{ estimateSeconds: 1800 }, { estimateSeconds: 600 }])).to.equal(2400);
    expect(totalSeconds([])).to.equal(0);
  });
});
