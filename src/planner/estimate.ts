/** How long a plan takes: its batches go one after another. */
import type { PlannedBatch } from "../api/plan.ts";

/** Of a whole plan, or of some batches of it. Soaking, windows and pauses come on top of it. */
export function totalSeconds(batches: readonly Pick<PlannedBatch, "estimateSeconds">[]): number {
  return batches.reduce((sum, { estimateSeconds }) => sum + estimateSeconds, 0);
}
