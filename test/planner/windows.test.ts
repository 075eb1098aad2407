/** Batches in maintenance windows. */
import { expect } from "chai";
import type { PlannedBatch } from "../../src/api/plan.ts";
import type { Interval } from "../../src/api/time.ts";
import { scheduleOf } from "../../src/planner/windows.ts";

const HOUR = 3600;

function batches(...hours: readonly number[]): PlannedBatch[] {
  return hours.map((each, place) => ({
    index: place + 1,
    tier: "Leaf",
    canary: false,
    devices: [`leaf${String(place + 1)}`],
    estimateSeconds: each * HOUR,
  }));
}

/** A window of so many hours that opens at that hour. */
function window(opens: number, hours: number): Interval {
  return { from: opens * HOUR * 1000, until: (opens + hours) * HOUR * 1000 };
}

function hoursOf(schedule: ReturnType<typeof scheduleOf>): (readonly [number, number, number])[] {
  return schedule.batches.map(({ batch, during: { from, until } }) => [
    batch,
    from / HOUR / 1000,
    until / HOUR / 1000,
  ]);
}

describe("maintenance windows of a plan", () => {
  it("PL-18 batches fill a window one after another, and what does not fit waits for the next", () => {
    const schedule = scheduleOf(batches(1, 2, 2, 1), [window(10, 4), window(34, 4)]);
    expect(hoursOf(schedule)).to.deep.equal([
      [1, 10, 11],
      [2, 11, 13],
      [3, 34, 36],
      [4, 36, 37],
    ]);
    expect(schedule.unfit).to.deep.equal([]);
  });

  it("PL-18 a batch as long as a window fits into it exactly", () => {
    expect(hoursOf(scheduleOf(batches(4), [window(10, 4)]))).to.deep.equal([[1, 10, 14]]);
  });

  it("PL-18 a batch that is longer than any window does not fit, and it is said by how much", () => {
    const { batches: due, unfit } = scheduleOf(batches(1, 5), [window(10, 4), window(34, 2)]);
    expect(due).to.deep.equal([]);
    expect(unfit.map(({ batch, missingSeconds }) => [batch.index, missingSeconds])).to.deep.equal([
      [2, HOUR],
    ]);
  });

  it("PL-18 what is left of a window that is open counts, no more", () => {
    // Opened at 10, it is 13 now.
    expect(hoursOf(scheduleOf(batches(2), [window(13, 1), window(34, 4)]))).to.deep.equal([[1, 34, 36]]);
  });

  it("tells of the batches that come within the windows that are known", () => {
    expect(hoursOf(scheduleOf(batches(3, 3), [window(10, 4)]))).to.deep.equal([[1, 10, 13]]);
  });
});
