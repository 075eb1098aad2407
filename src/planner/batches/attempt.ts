/** An assignment to batches that is being changed: what is tried in vain is taken back. */
import { fits, join, leave } from "./packing.ts";
import type { OpenBatch, Packing } from "./packing.ts";

export interface Attempt {
  readonly packing: Packing;
  readonly batches: readonly OpenBatch[];
  /** Moves so far, the latest last. */
  readonly journal: { readonly device: number; readonly batch: OpenBatch; readonly isIn: boolean }[];
  /** Bounds the work by steps, never by time: the same input gives the same plan everywhere. */
  stepsLeft: number;
}

export function attemptOn(packing: Packing, batches: readonly OpenBatch[], steps: number): Attempt {
  return { packing, batches, journal: [], stepsLeft: steps };
}

export function put({ packing, journal }: Attempt, device: number, batch: OpenBatch): void {
  join(packing, batch, device);
  journal.push({ device, batch, isIn: true });
}

export function take({ packing, journal }: Attempt, device: number, batch: OpenBatch): void {
  leave(packing, batch, device);
  journal.push({ device, batch, isIn: false });
}

/** Takes back the moves after the first `count`. */
export function undo({ packing, journal }: Attempt, count: number): void {
  for (const { device, batch, isIn } of journal.splice(count).toReversed()) {
    if (isIn) leave(packing, batch, device);
    else join(packing, batch, device);
  }
}

export interface Wanted {
  /** How many others may have to move on in a row. */
  readonly depth: number;
  readonly mayEnter: (batch: OpenBatch) => boolean;
}

/** Puts a device into one of the batches, at need by moving another one on. Changes nothing where it can't. */
export function settle(attempt: Attempt, device: number, { depth, mayEnter }: Wanted): boolean {
  const { packing, batches, journal } = attempt;
  const open = batches.filter(mayEnter);
  const free = open.find((batch) => fits(packing, batch, device));
  attempt.stepsLeft -= open.length;
  if (free !== undefined) {
    put(attempt, device, free);
    return true;
  }
  if (depth === 0) return false;
  for (const batch of open) {
    for (const other of Array.from(batch.members)) {
      attempt.stepsLeft -= 1;
      if (attempt.stepsLeft <= 0) return false;
      const before = journal.length;
      take(attempt, other, batch);
      if (fits(packing, batch, device)) {
        put(attempt, device, batch);
        const elsewhere = (next: OpenBatch): boolean => next !== batch;
        if (settle(attempt, other, { depth: depth - 1, mayEnter: elsewhere })) return true;
      }
      undo(attempt, before);
    }
  }
  return false;
}
