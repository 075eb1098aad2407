/**
 * The redundancy rules of a tier, reduced to what an assignment to batches has to know: numbered devices, and
 * rules that say how many of their ways one batch may take.
 */
import { append, insert } from "../indexes.ts";
import { breaks, devicesIn } from "../redundancy/requirement.ts";
import type { Requirement } from "../redundancy/requirement.ts";

/** Of these ways a batch may take at most `slack`. */
interface Rule {
  readonly slack: number;
  readonly ways: readonly (readonly number[])[];
}

export interface Packing {
  /** The devices in natural order; everywhere else they are their places in this list. */
  readonly names: readonly string[];
  readonly capacity: number;
  readonly rules: readonly Rule[];
  /** Per device, the rules it takes part in and its ways there. */
  readonly entries: readonly (readonly Entry[])[];
  /** Per device, the devices that can never share a batch with it. */
  readonly conflicts: readonly ReadonlySet<number>[];
}

interface Entry {
  readonly rule: number;
  readonly ways: readonly number[];
}

/**
 * A device that breaks a requirement alone (it is exposed, and somebody accepted that) takes no part in it: the
 * others must keep it among themselves.
 */
export function packingOf(
  names: readonly string[],
  { requirements, capacity }: { requirements: readonly Requirement[]; capacity: number },
): Packing {
  const place = new Map(names.map((name, index) => [name, index]));
  const rules: Rule[] = [];
  for (const requirement of requirements) {
    const exposing = exposingDevices(requirement, place);
    rules.push(...ruleOf(requirement, { place, exposing }));
    // Two who both fall short of the minimum alone must still not take the last way together.
    if (exposing.size > 0 && requirement.minimum > 1) {
      const atLeastOne = { ...requirement, minimum: 1 };
      rules.push(...ruleOf(atLeastOne, { place, exposing: exposingDevices(atLeastOne, place) }));
    }
  }
  const entries: Entry[][] = names.map(() => []);
  for (const [number, rule] of rules.entries()) {
    const waysOf = new Map<number, number[]>();
    for (const [index, way] of rule.ways.entries()) {
      for (const device of way) append(waysOf, device, index);
    }
    for (const [device, ways] of waysOf) entries[device]?.push({ rule: number, ways });
  }
  return { names, capacity, rules, entries, conflicts: conflictsOf(names.length, rules) };
}

function exposingDevices(requirement: Requirement, place: ReadonlyMap<string, number>): Set<string> {
  const devices = [...devicesIn(requirement)].filter((device) => place.has(device));
  return new Set(devices.filter((device) => breaks(requirement, new Set([device]))));
}

/** Nothing where even all devices together leave enough. */
function ruleOf(
  { ways, minimum }: Requirement,
  { place, exposing }: { place: ReadonlyMap<string, number>; exposing: ReadonlySet<string> },
): Rule[] {
  const slack = ways.length - minimum;
  const takeable = ways
    .map((way) => way.filter((device) => !exposing.has(device)).flatMap((device) => place.get(device) ?? []))
    .filter((way) => way.length > 0);
  return slack < 0 || takeable.length <= slack ? [] : [{ slack, ways: takeable }];
}

/** A batch while it is being filled. */
export interface OpenBatch {
  readonly members: Set<number>;
  /** How many members take each way, by rule and way. */
  readonly taken: Map<number, Map<number, number>>;
}

export function openBatch(): OpenBatch {
  return { members: new Set(), taken: new Map() };
}

/** Whether the rules, leaving the size aside, let a device into a batch. */
export function mayJoin(packing: Packing, batch: OpenBatch, device: number): boolean {
  return blockingRule(packing, batch, device) === null;
}

/** The number of a rule that keeps a device out of a batch; null for none. */
function blockingRule({ entries, rules }: Packing, { taken }: OpenBatch, device: number): number | null {
  for (const { rule, ways } of entries[device] ?? []) {
    const counts = taken.get(rule);
    let lost = counts?.size ?? 0;
    for (const way of ways) if (counts?.has(way) !== true) lost += 1;
    if (lost > (rules[rule]?.slack ?? 0)) return rule;
  }
  return null;
}

export function join({ entries }: Packing, batch: OpenBatch, device: number): void {
  batch.members.add(device);
  for (const { rule, ways } of entries[device] ?? []) {
    let counts = batch.taken.get(rule);
    if (counts === undefined) {
      counts = new Map();
      batch.taken.set(rule, counts);
    }
    for (const way of ways) counts.set(way, (counts.get(way) ?? 0) + 1);
  }
}

export function leave({ entries }: Packing, batch: OpenBatch, device: number): void {
  batch.members.delete(device);
  for (const { rule, ways } of entries[device] ?? []) {
    const counts = batch.taken.get(rule);
    for (const way of ways) {
      const rest = (counts?.get(way) ?? 0) - 1;
      if (rest > 0) counts?.set(way, rest);
      else counts?.delete(way);
    }
  }
}

function conflictsOf(count: number, rules: readonly Rule[]): Set<number>[] {
  const conflicts = Array.from({ length: count }, () => new Set<number>());
  for (const { slack, ways } of rules) {
    const waysOf = new Map<number, Set<number>>();
    for (const [index, way] of ways.entries()) {
      for (const device of way) insert(waysOf, device, index);
    }
    const members = [...waysOf].toSorted(([, a], [, b]) => b.size - a.size);
    for (const [index, [a, ofA]] of members.entries()) {
      for (const [b, ofB] of members.slice(index + 1)) {
        // Sorted by the number of ways: from here on no pair can take too many.
        if (ofA.size + ofB.size <= slack) break;
        let lost = ofA.size;
        for (const way of ofB) if (!ofA.has(way)) lost += 1;
        if (lost <= slack) continue;
        conflicts[a]?.add(b);
        conflicts[b]?.add(a);
      }
    }
  }
  return conflicts;
}

/**
 * No assignment has fewer batches: the batches' size, each rule's ways (every one of which is taken once), and
 * devices of which no two can go together.
 */
export function lowerBound({ names, capacity, rules, conflicts }: Packing): number {
  if (names.length === 0) return 0;
  let bound = Math.ceil(names.length / capacity);
  for (const { slack, ways } of rules) bound = Math.max(bound, Math.ceil(ways.length / Math.max(slack, 1)));
  return Math.max(bound, cliqueSize(conflicts));
}

/** How many of the most constrained devices a clique is grown from. */
const CLIQUE_SEEDS = 64;

function cliqueSize(conflicts: readonly ReadonlySet<number>[]): number {
  const degree = (device: number): number => conflicts[device]?.size ?? 0;
  const order = [...conflicts.keys()].toSorted((a, b) => degree(b) - degree(a) || a - b);
  let best = order.length > 0 ? 1 : 0;
  for (const seed of order.slice(0, CLIQUE_SEEDS)) {
    if (degree(seed) < best) break;
    const candidates = [...(conflicts[seed] ?? [])].toSorted((a, b) => degree(b) - degree(a) || a - b);
    const clique = [seed];
    for (const candidate of candidates) {
      if (clique.every((member) => conflicts[candidate]?.has(member))) clique.push(candidate);
    }
    best = Math.max(best, clique.length);
  }
  return best;
}
