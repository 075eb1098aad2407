/** The time of a cluster as it shows in what its controller writes. */
import type { Instant } from "../../api/time.ts";

export interface ObservedClock {
  now(): Instant;
  /** Takes note of a time that was written; texts that are none are left out. */
  see(times: readonly (string | undefined)[]): void;
}

/**
 * This machine's time, unless a time was seen that lies ahead of it: the controller's clock may be ahead, and with
 * simulated devices it runs faster than the world.
 */
export function observedClock(now: () => Instant = Date.now): ObservedClock {
  let latest = Number.NEGATIVE_INFINITY;
  return {
    now: () => Math.max(now(), latest),
    see(times) {
      for (const time of times) {
        const at = Date.parse(time ?? "");
        if (at > latest) latest = at;
      }
    },
  };
}
