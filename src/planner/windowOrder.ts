/**
 * Batches in an order that fills maintenance windows. Only those of one stage of a tier change places, where any order is
 * as good. The order follows from how long windows are and never from the time of day: planned again tomorrow, the plan
 * is the same and so is its hash.
 */
import type { Batch } from "./batches/batches.ts";

export interface WindowOrderOptions {
  /** How long a window is open. */
  readonly lengthSeconds: number;
  readonly secondsOf: (device: number) => number;
}

/** The batches as they are, unless another order needs fewer windows. */
export function inWindowOrder(batches: readonly Batch[], options: WindowOrderOptions): readonly Batch[] {
  const timed = batches.map((batch) => ({ batch, seconds: secondsOfBatch(batch, options) }));
  const filled = fill(timed, options.lengthSeconds);
  const needed = (order: readonly Timed[]): number => windowsFor(order, options.lengthSeconds);
  return needed(filled) < needed(timed) ? filled.map(({ batch }) => batch) : batches;
}

interface Timed {
  readonly batch: Batch;
  readonly seconds: number;
}

function secondsOfBatch({ devices }: Batch, { secondsOf }: WindowOrderOptions): number {
  return Math.max(...devices.map(secondsOf));
}

/** Always the longest batch that what is left of the window has room for; at the beginning of one, the longest. */
function fill(batches: readonly Timed[], lengthSeconds: number): Timed[] {
  let left = lengthSeconds;
  return stagesOf(batches).flatMap((stage) => {
    const waiting = stage.toSorted((a, b) => b.seconds - a.seconds);
    const order: Timed[] = [];
    while (waiting.length > 0) {
      const place = waiting.findIndex(({ seconds }) => seconds <= left);
      if (place === -1) left = lengthSeconds;
      const taken = waiting.splice(Math.max(place, 0), 1);
      for (const { seconds } of taken) left -= seconds;
      order.push(...taken);
    }
    return order;
  });
}

/** Batches that may change places stand together; a canary and what is protected stay where they are. */
function stagesOf(batches: readonly Timed[]): Timed[][] {
  const stages: Timed[][] = [];
  for (const timed of batches) {
    const open = stages.at(-1);
    const first = open?.[0];
    if (first !== undefined && mayChange(first.batch, timed.batch)) open?.push(timed);
    else stages.push([timed]);
  }
  return stages;
}

function mayChange(one: Batch, other: Batch): boolean {
  const isFree = one.stage === "Ordinary" || one.stage === "Gateway";
  return isFree && one.stage === other.stage && one.tier === other.tier && one.level === other.level;
}

function windowsFor(batches: readonly Timed[], lengthSeconds: number): number {
  let count = 0;
  let left = 0;
  for (const { seconds } of batches) {
    if (seconds > left) {
      count += 1;
      left = lengthSeconds;
    }
    left -= seconds;
  }
  return count;
}
