/**
 * Puts batches into maintenance windows, in their order: each begins as early as it fits into what is left of a window.
 * When windows are open is handed in; nothing here knows of calendars.
 */
import type { Instant, Interval } from "../api/time.ts";

export interface WindowCalendar {
  /** From when on batches may begin. */
  readonly from: Instant;
  /** The first window that closes after a moment, also one that is open then; null when none opens any more. */
  readonly next: (at: Instant) => Interval | null;
  /** How long the longest of them is open; without it batches are not put into another order to fill them. */
  readonly lengthSeconds?: number;
}

/** A batch that no window takes. */
export interface Misfit {
  /** Its place among the batches. */
  readonly batch: number;
  /** The longest window that was looked at; 0 where none opens. */
  readonly longestSeconds: number;
}

export interface Placement {
  /** For each batch its window; null for one that fits none. */
  readonly windows: readonly (Interval | null)[];
  readonly misfits: readonly Misfit[];
  /** When the last batch ends. */
  readonly end: Instant;
}

/** So many windows are tried for a batch: some weeks of nightly ones. */
const WINDOWS = 64;

export function placeInWindows(seconds: readonly number[], { from, next }: WindowCalendar): Placement {
  const windows: (Interval | null)[] = [];
  const misfits: Misfit[] = [];
  let end = from;
  for (const [batch, needed] of seconds.entries()) {
    let at = end;
    let longestSeconds = 0;
    let found: Interval | null = null;
    for (let tried = 0; tried < WINDOWS && found === null; tried += 1) {
      const window = next(at);
      if (window === null) break;
      const start = Math.max(at, window.from);
      longestSeconds = Math.max(longestSeconds, (window.until - window.from) / 1000);
      if (window.until - start >= needed * 1000) {
        found = window;
        end = start + needed * 1000;
      } else at = window.until;
    }
    windows.push(found);
    if (found === null) misfits.push({ batch, longestSeconds });
  }
  return { windows, misfits, end };
}
