/** What a plan says of its maintenance windows. */
import { expect } from "chai";
import type { PlannedBatch } from "../../src/api/plan.ts";
import { windowsSection } from "../../src/cli/render/windowsSection.ts";

const HOUR = 3_600_000;
const EVENING = Date.parse("2026-11-28T21:00:00Z");
const windows = [0, 24].map((later) => ({
  from: EVENING + later * HOUR,
  until: EVENING + (later + 4) * HOUR,
}));

function batch(index: number, hours: number): PlannedBatch {
  return { index, tier: "Leaf", canary: false, devices: ["leaf1"], estimateSeconds: hours * 3600 };
}

describe("the windows of a plan", () => {
  it("PL-18 PL-8 tells in which window each batch is due, and by when it is done", () => {
    const section = windowsSection([batch(1, 1), batch(2, 2), batch(3, 2)], windows);
    expect(section?.title).to.equal("Windows (2 windows, if it is approved by then)");
    expect(section?.table?.rows).to.deep.equal([
      ["2026-11-28T21:00:00Z", "2026-11-29T01:00:00Z", "1 to 2", "2026-11-29T00:00:00Z"],
      ["2026-11-29T21:00:00Z", "2026-11-30T01:00:00Z", "3", "2026-11-29T23:00:00Z"],
    ]);
  });

  it("PL-18 tells of batches that come after the windows that are known", () => {
    const section = windowsSection([batch(1, 4), batch(2, 4), batch(3, 4)], windows);
    expect(section?.text).to.deep.equal(["1 batch later than the windows that are known."]);
  });

  it("says nothing where a batch fits into none: that is a blocker", () => {
    expect(windowsSection([batch(1, 5)], windows)).to.equal(undefined);
  });
});
