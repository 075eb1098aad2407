/**
 * Batches in maintenance windows: one after another, each wholly within one window. Whether there is room is a claim
 * of the plan; when each batch comes is a forecast, for a run may take longer and a window may be missed.
 */
import type { PlannedBatch } from "../api/plan.ts";
import type { Interval } from "../api/time.ts";

/** When a batch is due, at the earliest. */
export interface ScheduledBatch {
  readonly batch: number;
  readonly during: Interval;
  readonly window: Interval;
}

/** A batch that is longer than any window. */
export interface Unfit {
  readonly batch: PlannedBatch;
  readonly longestSeconds: number;
  readonly missingSeconds: number;
}

export interface Schedule {
  /** As far as the windows go that are known. */
  readonly batches: readonly ScheduledBatch[];
  readonly unfit: readonly Unfit[];
}

/** `windows`: those to come, in order and apart from each other; one that is open begins now. */
export function scheduleOf(batches: readonly PlannedBatch[], windows: readonly Interval[]): Schedule {
  const longestSeconds =
    windows.reduce((longest, { from, until }) => Math.max(longest, until - from), 0) / 1000;
  const unfit = batches.flatMap((batch): Unfit[] => {
    const missingSeconds = batch.estimateSeconds - longestSeconds;
    return missingSeconds > 0 ? [{ batch, longestSeconds, missingSeconds }] : [];
  });
  return { batches: unfit.length > 0 ? [] : packed(batches, windows), unfit };
}

function packed(batches: readonly PlannedBatch[], windows: readonly Interval[]): ScheduledBatch[] {
  const scheduled: ScheduledBatch[] = [];
  let place = 0;
  let free = windows[0]?.from ?? 0;
  for (const { index, estimateSeconds } of batches) {
    for (; ; place += 1) {
      const window = windows[place];
      if (window === undefined) return scheduled;
      const from = Math.max(free, window.from);
      const until = from + estimateSeconds * 1000;
      if (until > window.until) continue;
      scheduled.push({ batch: index, during: { from, until }, window });
      free = until;
      break;
    }
  }
  return scheduled;
}
