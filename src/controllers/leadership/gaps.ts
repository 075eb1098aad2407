/**
 * The times at which nobody led a fabric: no leader was alive, or none reached the API. They are kept on the Lease,
 * where each renewal writes them anyway, so that a step does not run out of time that nobody could use.
 */
import type { Lease } from "../../api/coreKinds.ts";
import { LEASE_ANNOTATIONS } from "../../api/names.ts";
import { formatInstant, type Instant, type Interval } from "../../api/time.ts";

/** Shorter ones are the way a leadership changes hands. */
const SHORTEST_SECONDS = 30;
/** The newest are kept. */
const KEPT = 10;

/** The gaps that a Lease tells of, the oldest first. What cannot be read is left out. */
export function gapsOn(lease: Lease | undefined): readonly Interval[] {
  const text = lease?.metadata.annotations?.[LEASE_ANNOTATIONS.notLed] ?? "";
  return text.split(",").flatMap((each) => {
    const [from = Number.NaN, until = Number.NaN] = each.split("/").map((time) => Date.parse(time));
    return until > from ? [{ from, until }] : [];
  });
}

/** The gaps of a fabric whose leadership is taken, or taken up again, at that moment. */
export function gapsUntil(lease: Lease | undefined, now: Instant): readonly Interval[] {
  const from = Date.parse(lease?.metadata.annotations?.[LEASE_ANNOTATIONS.ledUntil] ?? "");
  const known = gapsOn(lease);
  // Not where the Lease does not say, either.
  if (!(now - from >= SHORTEST_SECONDS * 1000)) return known;
  return [...known, { from, until: now }].slice(-KEPT);
}

/** The annotations of a Lease that is renewed at that moment; others on it stay. */
export function leaseAnnotations(
  lease: Lease | undefined,
  { gaps, now }: { gaps: readonly Interval[]; now: Instant },
): Record<string, string> {
  const { [LEASE_ANNOTATIONS.notLed]: _gaps, ...others } = lease?.metadata.annotations ?? {};
  const notLed = gaps.map(({ from, until }) => `${formatInstant(from)}/${formatInstant(until)}`).join(",");
  return {
    ...others,
    [LEASE_ANNOTATIONS.ledUntil]: formatInstant(now),
    ...(notLed === "" ? {} : { [LEASE_ANNOTATIONS.notLed]: notLed }),
  };
}
