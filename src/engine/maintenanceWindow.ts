/**
 * Whether a campaign may begin something now: only within one of its maintenance windows, and only what is done before
 * the window closes. What runs when it closes lands.
 */
import { explain, type Explained } from "../api/reasons.ts";
import { formatInstant, type Instant, type Interval } from "../api/time.ts";

/** The windows of a campaign as they stand at a moment. */
export interface MaintenanceWindows {
  /** The window that is open. */
  readonly open?: Interval;
  /** The next one to open. */
  readonly next?: Interval;
}

/** Why nothing may run at all; undefined while a window is open. */
export function whyClosed({ open, next }: MaintenanceWindows): Explained | undefined {
  return open === undefined ? explain("OutsideWindow", opensAt(next)) : undefined;
}

/** Why a batch that takes so long may not begin any more; undefined when it may. */
export function whyTooLate(
  { open, next }: MaintenanceWindows,
  { batch, neededSeconds, now }: { batch: number; neededSeconds: number; now: Instant },
): Explained | undefined {
  if (open === undefined) return undefined;
  const missing = neededSeconds - (open.until - now) / 1000;
  if (missing <= 0) return undefined;
  const needs = `batch ${String(batch)} needs ${minutes(neededSeconds)}, the window closes at ${formatInstant(open.until)}`;
  return explain("OutsideWindow", `${needs}; ${opensAt(next)}`);
}

function opensAt(next: Interval | undefined): string {
  return next === undefined
    ? "no window opens any more"
    : `the next window opens at ${formatInstant(next.from)}`;
}

function minutes(seconds: number): string {
  return `${String(Math.ceil(seconds / 60))} min`;
}
