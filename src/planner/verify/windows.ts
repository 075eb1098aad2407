/** Whether the batches that a plan puts into maintenance windows fit there, one after another. */
import type { Plan, PlannedBatch } from "../../api/plan.ts";
import { parseInstant } from "../../api/time.ts";
import type { Violation } from "./claims.ts";

export function checkWindows({ batches }: Plan): Violation[] {
  const found: Violation[] = [];
  const object = ({ index, devices }: PlannedBatch, witness: string): void => {
    found.push({ claim: "Window", batch: index, devices, witness });
  };
  let latest = -Infinity;
  const taken = new Map<string, number>();
  for (const batch of batches) {
    const { window, estimateSeconds } = batch;
    if (window === undefined) continue;
    const [from, until] = [parseInstant(window.from), parseInstant(window.until)];
    if (until < latest) object(batch, `its window closes before one that an earlier batch is in`);
    latest = Math.max(latest, until);
    const key = `${window.from} ${window.until}`;
    const seconds = (taken.get(key) ?? 0) + estimateSeconds;
    taken.set(key, seconds);
    const open = (until - from) / 1000;
    if (seconds > open) {
      object(batch, `the batches of its window take ${String(seconds)} s, it is open for ${String(open)} s`);
    }
  }
  return found;
}
