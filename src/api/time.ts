/** A moment: milliseconds since the Unix epoch, on the model clock (see `Clock`). */
export type Instant = number;

/** A stretch of time, from one moment to a later one. */
export interface Interval {
  readonly from: Instant;
  readonly until: Instant;
}

/**
 * The two clocks of the product. Devices, soaks, windows and estimates live on model time, which a simulation
 * may run faster than the world; leases and the validity of intents live on monotonic real time.
 */
export interface Clock {
  /** Model time. */
  now(): Instant;
  /** Real milliseconds since an arbitrary origin; never goes back. */
  monotonicMilliseconds(): number;
  /** Waits until model time reaches `at`. Rejects with the signal's reason when it is aborted. */
  sleepUntil(at: Instant, signal?: AbortSignal): Promise<void>;
}

/** RFC 3339 with whole seconds, as Kubernetes writes `metav1.Time`. */
export function formatInstant(at: Instant): string {
  return new Date(Math.floor(at / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

/** Reads an RFC 3339 time. Throws `RangeError` when the text is none. */
export function parseInstant(text: string): Instant {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new RangeError(`not a time: ${text}`);
  return at;
}

const UNIT_SECONDS = { h: 3600, m: 60, s: 1, ms: 0.001 } as const;

/** Reads a duration as `metav1.Duration` writes it (`1h30m`, `45s`) into seconds. Throws `RangeError`. */
export function parseDurationSeconds(text: string): number {
  let seconds = 0;
  let rest = text;
  while (rest !== "") {
    const part = /^(\d+(?:\.\d+)?)(h|ms|m|s)/.exec(rest);
    const unit = part?.[2];
    if (part?.[1] === undefined || (unit !== "h" && unit !== "m" && unit !== "s" && unit !== "ms")) {
      throw new RangeError(`not a duration: ${text}`);
    }
    seconds += Number(part[1]) * UNIT_SECONDS[unit];
    rest = rest.slice(part[0].length);
  }
  if (text === "") throw new RangeError("not a duration: the text is empty");
  return seconds;
}
