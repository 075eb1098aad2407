/** What no assignment to batches can beat: neither in their number nor in the time they take. */
import { listAt } from "../indexes.ts";
import type { Lists } from "../indexes.ts";
import type { Packing } from "./packing.ts";

export interface Bound {
  /** No assignment has fewer batches. */
  readonly batches: number;
  /** No assignment with as few batches takes less time. */
  readonly seconds: number;
}

/** So many batches at least take so long or longer. */
export interface Level {
  readonly seconds: number;
  readonly batches: number;
}

/**
 * The number follows from the size of a batch, from each rule (all its ways are taken once, a few per batch) and
 * from devices of which no two can go together. The time follows from the same for the slow devices alone: if
 * those that take an hour or more need three batches, three batches take an hour.
 *
 * `clique`: devices of which no two can share a batch.
 */
export function lowerBound(
  packing: Packing,
  devices: readonly number[],
  clique: readonly number[],
): Bound & { readonly levels: readonly Level[] } {
  const { seconds, shares, slacks, capacity } = packing;
  const slowestFirst = devices.toSorted((a, b) => (seconds[b] ?? 0) - (seconds[a] ?? 0));
  const taken = new Map<number, number>();
  const apart = new Set(clique);
  const levels: Level[] = [];
  let [size, together, byRules, batches] = [0, 0, 0, 0];
  for (const [place, device] of slowestFirst.entries()) {
    size += 1;
    if (apart.has(device)) together += 1;
    const own = listAt(shares, device);
    for (let at = 0; at < own.length; at += 2) {
      const rule = own[at] ?? 0;
      const ways = (taken.get(rule) ?? 0) + (own[at + 1] ?? 0);
      taken.set(rule, ways);
      byRules = Math.max(byRules, Math.ceil(ways / Math.max(slacks[rule] ?? 0, 1)));
    }
    const [time, next] = [seconds[device] ?? 0, seconds[slowestFirst[place + 1] ?? -1] ?? 0];
    if (time === next && size < slowestFirst.length) continue;
    batches = Math.max(Math.ceil(size / capacity), byRules, together);
    levels.push({ seconds: time, batches });
  }
  return {
    batches: Math.max(batches, byWayRules(packing, devices)),
    seconds: secondsOfLevels(levels),
    levels,
  };
}

/** Every way of a rule is taken by some batch, and no batch takes more than the rule's slack. */
function byWayRules({ wayRules }: Packing, devices: readonly number[]): number {
  const present = new Set(devices);
  return wayRules.reduce((most, { slack, ways }) => {
    const taken = ways.filter((way) => way.some((device) => present.has(device))).length;
    return Math.max(most, Math.ceil(taken / Math.max(slack, 1)));
  }, 0);
}

/**
 * The levels of an assignment with just so many batches. Where the quick devices alone cannot fill batches to the
 * last place, and the places are needed, slow ones have to stand in more batches than the slow ones need.
 */
export function levelsWith(
  count: number,
  {
    packing,
    devices,
    levels,
    conflicts,
  }: {
    packing: Packing;
    devices: readonly number[];
    levels: readonly Level[];
    conflicts: Lists;
  },
): Level[] {
  const { seconds: times, capacity } = packing;
  let slow = 0;
  return levels.map(({ seconds, batches }) => {
    const quick = devices.filter((device) => (times[device] ?? 0) < seconds);
    const most = Math.min(capacity, cliquesOver(quick, conflicts));
    // So many slow batches hold `capacity` each, the other ones `most`.
    const needed = most < capacity ? Math.ceil((devices.length - count * most) / (capacity - most)) : 0;
    slow = Math.max(slow, batches, Math.min(needed, count));
    return { seconds, batches: slow };
  });
}

/** What batches at these levels take. */
export function secondsOfLevels(levels: readonly Level[]): number {
  return levels.reduce(
    (sum, { seconds, batches }, place) => sum + batches * (seconds - (levels[place + 1]?.seconds ?? 0)),
    0,
  );
}

/** Groups of devices of which no two go together: no batch holds more devices than there are groups. */
function cliquesOver(devices: readonly number[], conflicts: Lists): number {
  const waiting = new Set(devices);
  let cliques = 0;
  for (const device of waiting) {
    cliques += 1;
    const clique = [device];
    for (const other of listAt(conflicts, device)) {
      if (waiting.has(other) && clique.every((member) => listAt(conflicts, member).includes(other)))
        clique.push(other);
    }
    for (const member of clique) waiting.delete(member);
  }
  return cliques;
}
