/** How long a plan takes: a batch as long as its slowest device, the campaign as long as its batches. */
import type { PlannedBatch } from "../api/plan.ts";

/** Of a batch, from the seconds of each of its devices. */
export function batchSeconds(devices: readonly string[], secondsOf: ReadonlyMap<string, number>): number {
  return devices.reduce((slowest, device) => Math.max(slowest, secondsOf.get(device) ?? 0), 0);
}

/** Of a whole plan. Soaking, windows and pauses come on top of it. */
export function totalSeconds(batches: readonly Pick<PlannedBatch, "estimateSeconds">[]): number {
  return batches.reduce((sum, { estimateSeconds }) => sum + estimateSeconds, 0);
}
