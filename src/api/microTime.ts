/** Times as Leases and Events carry them. */
import type { Instant } from "./time.ts";

/**
 * A time as Leases and Events carry it (`metav1.MicroTime`): RFC 3339 with exactly six decimals; the API server
 * refuses any other number of them.
 */
export function formatMicroTime(at: Instant): string {
  return new Date(Math.floor(at)).toISOString().replace("Z", "000Z");
}
