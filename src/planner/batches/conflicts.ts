/** Who can never share a batch with whom, and what follows: groups of which each goes alone, parts that never mix. */
import { ascending, emptyLists, listAt, marks } from "../indexes.ts";
import type { Lists } from "../indexes.ts";
import { devicesByRule, join, mayJoin, openBatch } from "./packing.ts";
import type { Packing } from "./packing.ts";

/** A rule of more devices is left out of the list of conflicts; the list then is shorter, not wrong. */
const MAX_RULE_DEVICES = 2000;
/** The same for rules that have to be asked about every pair of devices. */
const MAX_ASKED_DEVICES = 1000;

/** Per device, the devices that can never share a batch with it; ascending. */
export function conflictsOf(packing: Packing): Lists {
  const { devices, slacks, shares, wayRulesOf, paths } = packing;
  const conflicts = emptyLists(devices.length);
  const conflict = (a: number, b: number): void => {
    conflicts[a]?.push(b);
    conflicts[b]?.push(a);
  };
  for (const [rule, members] of devicesByRule(packing)) {
    if (members.length > MAX_RULE_DEVICES) continue;
    const slack = slacks[rule] ?? 0;
    const sorted = members
      .map((device) => ({ device, share: shareOf(listAt(shares, device), rule) }))
      .toSorted((a, b) => b.share - a.share);
    for (const [place, a] of sorted.entries()) {
      for (const b of sorted.slice(place + 1)) {
        // Sorted by share: from here on no pair takes too many.
        if (a.share + b.share <= slack) break;
        conflict(a.device, b.device);
      }
    }
  }
  const isAsked = (device: number): boolean =>
    paths.concerns(devices[device] ?? 0) || (wayRulesOf[device]?.length ?? 0) > 0;
  const asked = [...devices.keys()].filter(isAsked);
  if (asked.length <= MAX_ASKED_DEVICES) {
    for (const [place, a] of asked.entries()) {
      const alone = openBatch();
      join(packing, alone, a);
      for (const b of asked.slice(place + 1)) if (!mayJoin(packing, alone, b)) conflict(a, b);
    }
  }
  return conflicts.map(ascending);
}

function shareOf(shares: readonly number[], rule: number): number {
  const at = shares.findIndex((each, place) => place % 2 === 0 && each === rule);
  return shares[at + 1] ?? 0;
}

/** How many of the most constrained devices a clique is grown from. */
const CLIQUE_SEEDS = 64;

/** Devices of which no two can share a batch, as many as a bounded search finds. */
export function largestClique(conflicts: Lists): number[] {
  const degree = (device: number): number => listAt(conflicts, device).length;
  const byDegree = (a: number, b: number): number => degree(b) - degree(a);
  const adjacent = marks(conflicts.length);
  let best: number[] = [];
  for (const seed of [...conflicts.keys()].toSorted(byDegree).slice(0, CLIQUE_SEEDS)) {
    if (degree(seed) < best.length) break;
    const clique = [seed];
    let candidates = listAt(conflicts, seed).toSorted(byDegree);
    while (candidates.length > 0 && clique.length + candidates.length > best.length) {
      const [next = 0, ...others] = candidates;
      clique.push(next);
      adjacent.clear();
      for (const other of listAt(conflicts, next)) adjacent.add(other);
      candidates = others.filter(adjacent.has);
    }
    if (clique.length > best.length) best = clique;
  }
  return best;
}

/**
 * The parts of a tier no two devices of which, one of each part, can ever share a batch: as the spines of two
 * planes. Each part has its own batches, whatever else is decided.
 */
export function separateParts(conflicts: Lists): number[][] {
  const parts: number[][] = [];
  const adjacent = marks(conflicts.length);
  let waiting = [...conflicts.keys()];
  while (waiting.length > 0) {
    const [first = 0, ...others] = waiting;
    waiting = others;
    const part = [first];
    for (const here of part) {
      adjacent.clear();
      for (const other of listAt(conflicts, here)) adjacent.add(other);
      part.push(...waiting.filter((device) => !adjacent.has(device)));
      waiting = waiting.filter(adjacent.has);
    }
    parts.push(part.toSorted((a, b) => a - b));
  }
  return parts;
}
