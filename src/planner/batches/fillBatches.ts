/**
 * Assigns devices to as few batches as it can, and to as quick ones as so few can be: greedy, then by moving
 * devices about, then, where few are left to argue about, by an exact search. It stops as soon as a bound proves
 * that nothing better is possible.
 */
import type { Lists } from "../indexes.ts";
import { levelsWith, lowerBound, secondsOfLevels } from "./bounds.ts";
import type { Bound, Level } from "./bounds.ts";
import { conflictsOf, largestClique, separateParts } from "./conflicts.ts";
import { EXACT_DEVICES, searchExactly } from "./exactSearch.ts";
import { firstFit, furtherOrders, slowestFirst } from "./firstFit.ts";
import { dissolve, shorten, sortOut } from "./improve.ts";
import { totalSeconds } from "./packing.ts";
import type { OpenBatch, Packing } from "./packing.ts";

export interface Filled {
  /** Places of devices, in order of their first ones. */
  readonly batches: readonly (readonly number[])[];
  /** What cannot be beaten: no assignment has fewer batches, and none with so few takes less time. */
  readonly bound: Bound;
}

/** An assignment and what is proven of any. */
interface State {
  readonly packing: Packing;
  readonly devices: readonly number[];
  levels: readonly Level[];
  best: OpenBatch[];
  bound: Bound;
}

export function fillBatches(packing: Packing): Filled {
  const devices = [...packing.devices.keys()];
  const quick = stateOf(packing, devices, []);
  improve(quick);
  const parts = isOptimal(quick) ? [quick] : solveParts(packing);
  return {
    batches: parts
      .flatMap(({ best }) => sortOut(packing, best))
      .map(({ members }) => Array.from(members).toSorted((a, b) => a - b))
      .toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
    bound: parts.reduce(
      (sum, { bound }) => ({ batches: sum.batches + bound.batches, seconds: sum.seconds + bound.seconds }),
      { batches: 0, seconds: 0 },
    ),
  };
}

function stateOf(packing: Packing, devices: readonly number[], clique: readonly number[]): State {
  const best = firstFit(packing, slowestFirst(packing, devices));
  const { levels, ...bound } = lowerBound(packing, devices, clique);
  return { packing, devices, levels, best, bound };
}

function isOptimal({ packing, best, bound }: State): boolean {
  return best.length <= bound.batches && totalSeconds(packing, best) <= bound.seconds;
}

/** Parts that can never mix are solved one by one. */
function solveParts(packing: Packing): State[] {
  const conflicts = conflictsOf(packing);
  const clique = largestClique(conflicts);
  return separateParts(conflicts).map((devices) => {
    const state = stateOf(packing, devices, clique);
    improve(state);
    tryOrders(state, conflicts);
    searchFewer(state, conflicts);
    raiseLevels(state, conflicts);
    improve(state);
    searchQuicker(state, conflicts);
    return state;
  });
}

/** Takes an assignment that needs fewer batches, or as many and less time. */
function offer(state: State, batches: OpenBatch[]): void {
  const { packing, best } = state;
  const difference =
    batches.length - best.length || totalSeconds(packing, batches) - totalSeconds(packing, best);
  if (difference < 0) state.best = batches;
}

/** Better by moving devices about, if it is not the best already. */
function improve(state: State): void {
  const { packing, levels, bound } = state;
  if (isOptimal(state)) return;
  state.best = dissolve(packing, state.best, bound.batches);
  offer(state, shorten(packing, state.best, levels));
}

function tryOrders(state: State, conflicts: Lists): void {
  const { packing, devices, bound } = state;
  if (isOptimal(state)) return;
  for (const order of furtherOrders(packing, { devices, conflicts })) {
    offer(state, dissolve(packing, firstFit(packing, order), bound.batches));
    if (isOptimal(state)) return;
  }
}

/** With as many batches as there are now less is possible than with any number. */
function raiseLevels(state: State, conflicts: Lists): void {
  if (isOptimal(state)) return;
  state.levels = levelsWith(state.best.length, { ...state, conflicts });
  state.bound = { ...state.bound, seconds: secondsOfLevels(state.levels) };
}

/** From the bound upwards: a number of batches for which there is no assignment raises the bound. */
function searchFewer(state: State, conflicts: Lists): void {
  const { packing, devices, levels } = state;
  if (devices.length > EXACT_DEVICES) return;
  let isProven = true;
  for (let batches = state.bound.batches; batches < state.best.length; batches += 1) {
    const search = { devices, conflicts, levels, batches, quickerThan: null };
    const { found, isComplete } = searchExactly(packing, search);
    isProven &&= isComplete && found === null;
    if (isProven) state.bound = { ...state.bound, batches: batches + 1 };
    if (found !== null) state.best = found;
  }
}

function searchQuicker(state: State, conflicts: Lists): void {
  const { packing, devices, levels, best } = state;
  if (devices.length > EXACT_DEVICES || isOptimal(state)) return;
  const search = {
    devices,
    conflicts,
    levels,
    batches: best.length,
    quickerThan: totalSeconds(packing, best),
  };
  const { found, isComplete } = searchExactly(packing, search);
  if (found !== null) state.best = found;
  if (isComplete) state.bound = { ...state.bound, seconds: totalSeconds(packing, state.best) };
}
