/**
 * Assigns devices to as few batches as it can: greedy in several orders, then an attempt to dissolve batches by
 * moving their devices elsewhere, then, where few devices are left to argue about, an exact search. Everything
 * is bounded by counts of steps, never by time: the same input gives the same plan on every machine.
 */
import { join, leave, lowerBound, mayJoin, openBatch } from "./packing.ts";
import type { OpenBatch, Packing } from "./packing.ts";
import { searchExactly } from "./searchBatches.ts";

/** Steps that dissolving batches may take in all. */
const DISSOLVE_STEPS = 200_000;
/** Up to so many devices the exact search is tried. */
const EXACT_DEVICES = 40;

/** Batches of device numbers, in natural order of their first devices. */
export function fillBatches(packing: Packing): number[][] {
  const bound = lowerBound(packing);
  const natural = [...packing.names.keys()];
  let best = firstFit(packing, natural);
  const orders = [() => byColour(packing, colourOf(packing)), () => byConflicts(packing)];
  for (const order of orders) {
    if (best.length <= bound) break;
    const found = firstFit(packing, order());
    if (found.length < best.length) best = found;
  }
  if (best.length > bound) best = dissolve(packing, best, bound);
  if (best.length > bound && natural.length <= EXACT_DEVICES) {
    best = searchExactly(packing, { from: bound, below: best.length }) ?? best;
  }
  return best
    .map(({ members }) => [...members].toSorted((a, b) => a - b))
    .toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
}

function firstFit(packing: Packing, order: readonly number[]): OpenBatch[] {
  const batches: OpenBatch[] = [];
  // Batches before this one are full; without the mark, thousands of them would be asked again and again.
  let firstOpen = 0;
  for (const device of order) {
    let target = batches
      .slice(firstOpen)
      .find((batch) => batch.members.size < packing.capacity && mayJoin(packing, batch, device));
    if (target === undefined) {
      target = openBatch();
      batches.push(target);
    }
    join(packing, target, device);
    while ((batches[firstOpen]?.members.size ?? 0) >= packing.capacity) firstOpen += 1;
  }
  return batches;
}

/**
 * Colours the devices without regard to batch size, always the device with the fewest colours left (DSATUR).
 * For two-colourable rules, such as pairs of leaves, it finds two colours.
 */
function colourOf(packing: Packing): number[] {
  const count = packing.names.length;
  const colours: OpenBatch[] = [];
  const colour: number[] = Array.from({ length: count }, () => -1);
  const seen = packing.conflicts.map(() => new Set<number>());
  const waiting = new Set(byConflicts(packing));
  while (waiting.size > 0) {
    let next = -1;
    for (const device of waiting) {
      if (next === -1 || (seen[device]?.size ?? 0) > (seen[next]?.size ?? 0)) next = device;
      if ((seen[next]?.size ?? 0) === colours.length && colours.length > 0) break;
    }
    waiting.delete(next);
    let chosen = colours.findIndex((batch) => mayJoin(packing, batch, next));
    if (chosen === -1) chosen = colours.push(openBatch()) - 1;
    const batch = colours[chosen];
    if (batch !== undefined) join(packing, batch, next);
    colour[next] = chosen;
    for (const other of packing.conflicts[next] ?? []) seen[other]?.add(chosen);
  }
  return colour;
}

/** All of the first colour, then all of the second: cut into batches, only the borders mix colours. */
function byColour(packing: Packing, colour: readonly number[]): number[] {
  const place = (device: number): number => colour[device] ?? 0;
  return [...packing.names.keys()].toSorted((a, b) => place(a) - place(b) || a - b);
}

/** The most constrained first. */
function byConflicts({ names, conflicts }: Packing): number[] {
  const degree = (device: number): number => conflicts[device]?.size ?? 0;
  return [...names.keys()].toSorted((a, b) => degree(b) - degree(a) || a - b);
}

/** Takes the smallest batches apart as long as their devices find room elsewhere. */
function dissolve(packing: Packing, batches: OpenBatch[], bound: number): OpenBatch[] {
  let best = batches;
  const steps = { left: DISSOLVE_STEPS };
  while (best.length > bound && steps.left > 0) {
    const copy = best.map(({ members }) => refill(packing, members));
    const [smallest, ...others] = copy.toSorted((a, b) => a.members.size - b.members.size);
    if (smallest === undefined) break;
    const all = [...smallest.members].every((device) => settle(packing, others, { device, depth: 2, steps }));
    if (!all) break;
    best = others;
  }
  return best;
}

function refill(packing: Packing, members: ReadonlySet<number>): OpenBatch {
  const batch = openBatch();
  for (const device of members) join(packing, batch, device);
  return batch;
}

/** Puts a device into one of the batches, at need by moving another one on. */
function settle(
  packing: Packing,
  batches: readonly OpenBatch[],
  { device, depth, steps }: { device: number; depth: number; steps: { left: number } },
): boolean {
  for (const batch of batches) {
    if (batch.members.size >= packing.capacity || !mayJoin(packing, batch, device)) continue;
    join(packing, batch, device);
    return true;
  }
  if (depth === 0) return false;
  for (const batch of batches) {
    for (const other of Array.from(batch.members)) {
      steps.left -= 1;
      if (steps.left <= 0) return false;
      leave(packing, batch, other);
      if (mayJoin(packing, batch, device)) {
        join(packing, batch, device);
        const rest = batches.filter((each) => each !== batch);
        if (settle(packing, rest, { device: other, depth: depth - 1, steps })) return true;
        leave(packing, batch, device);
      }
      join(packing, batch, other);
    }
  }
  return false;
}
