/**
 * Betters an assignment by moving devices from batch to batch: first to need fewer batches, then to take less
 * time with as many.
 */
import { attemptOn, settle, take, undo } from "./attempt.ts";
import type { Attempt } from "./attempt.ts";
import type { Level } from "./bounds.ts";
import { batchSeconds, copyOf, fits, join, leave, totalSeconds } from "./packing.ts";
import type { OpenBatch, Packing } from "./packing.ts";

/** Tries to place a device that may be made in all. */
const STEPS = 200_000;
/** How many devices in a row may have to make room for one another. */
const DEPTH = 2;

/** Takes the smallest batches apart as long as their devices find room in others. */
export function dissolve(packing: Packing, batches: readonly OpenBatch[], atLeast: number): OpenBatch[] {
  let best = [...batches];
  let stepsLeft = STEPS;
  while (best.length > atLeast && stepsLeft > 0) {
    const [smallest, ...others] = best.map(copyOf).toSorted((a, b) => a.members.size - b.members.size);
    if (smallest === undefined) break;
    const attempt = attemptOn(packing, others, stepsLeft);
    const isDone = Array.from(smallest.members).every((device) =>
      settle(attempt, device, { depth: DEPTH, mayEnter: () => true }),
    );
    if (!isDone) break;
    stepsLeft = attempt.stepsLeft;
    best = others;
  }
  return best;
}

/**
 * Gathers slow devices in fewer batches, so that the batches they leave take less time. `levels`: how many batches
 * have to take so long; where no more do, there is nothing to gain.
 */
export function shorten(
  packing: Packing,
  batches: readonly OpenBatch[],
  levels: readonly Level[],
): OpenBatch[] {
  const changed = batches.map(copyOf);
  const attempt = attemptOn(packing, changed, STEPS);
  for (const { seconds, batches: least } of levels) {
    let slow = slowBatches(packing, changed, seconds);
    while (slow.length > least) {
      const total = totalSeconds(packing, changed);
      const isQuicker = slow.some((batch) => {
        attempt.journal.length = 0;
        if (quicken(attempt, batch, { seconds, slow }) && totalSeconds(packing, changed) < total) return true;
        undo(attempt, 0);
        return false;
      });
      if (!isQuicker) break;
      slow = slowBatches(packing, changed, seconds);
    }
  }
  // One that all have left is none.
  return changed.filter(({ members }) => members.size > 0);
}

/** The batches that take so long or longer; those first that the fewest devices make slow. */
function slowBatches(packing: Packing, batches: readonly OpenBatch[], seconds: number): OpenBatch[] {
  return batches
    .map((batch) => ({ batch, slow: slowMembers(packing, batch, seconds).length }))
    .filter(({ slow }) => slow > 0)
    .toSorted((a, b) => a.slow - b.slow)
    .map(({ batch }) => batch);
}

function slowMembers(packing: Packing, { members }: OpenBatch, seconds: number): number[] {
  return Array.from(members).filter((member) => (packing.seconds[member] ?? 0) >= seconds);
}

/** Moves all slow devices of a batch to others that take as long anyway, for quicker ones at need. */
function quicken(
  attempt: Attempt,
  batch: OpenBatch,
  { seconds, slow }: { seconds: number; slow: readonly OpenBatch[] },
): boolean {
  const others = new Set(slow.filter((other) => other !== batch));
  return slowMembers(attempt.packing, batch, seconds).every((device) => {
    if (attempt.stepsLeft <= 0) return false;
    take(attempt, device, batch);
    return settle(attempt, device, { depth: DEPTH - 1, mayEnter: (other) => others.has(other) });
  });
}

/**
 * Moves quick devices that stand in slow batches to quicker ones that have room, so that they don't wait for
 * nothing. Neither the batches nor the time they take become more.
 */
export function sortOut(packing: Packing, batches: readonly OpenBatch[]): OpenBatch[] {
  const changed = batches
    .map((batch) => ({ batch: copyOf(batch), seconds: batchSeconds(packing, batch) }))
    .toSorted((a, b) => a.seconds - b.seconds);
  const open = changed.filter(({ batch }) => batch.members.size < packing.capacity);
  for (const { batch, seconds } of changed) {
    for (const device of Array.from(batch.members)) {
      const own = packing.seconds[device] ?? 0;
      const target = open.find(
        (other) => other.seconds >= own && other.seconds < seconds && fits(packing, other.batch, device),
      );
      if (target === undefined) continue;
      leave(packing, batch, device);
      join(packing, target.batch, device);
    }
  }
  return changed.map(({ batch }) => batch);
}
