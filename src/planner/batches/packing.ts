/**
 * The redundancy rules of some devices of a tier, reduced to what an assignment to batches has to know: numbered
 * devices, how long each takes, and rules that say how many ways one batch may take.
 */
import { append, emptyLists, listAt } from "../indexes.ts";
import type { Lists } from "../indexes.ts";
import type { PathRules } from "../redundancy/pathRules.ts";
import { breaks, devicesIn } from "../redundancy/requirement.ts";
import type { Requirement } from "../redundancy/requirement.ts";
import type { TierRules } from "../redundancy/tierRules.ts";

export interface Packing {
  /** The devices' numbers in the fabric, in natural order; everywhere else they are their places in this list. */
  readonly devices: readonly number[];
  readonly capacity: number;
  /** How long each device takes. */
  readonly seconds: readonly number[];
  /** Rules whose ways are one device each: a batch may take up to so many of them. */
  readonly slacks: readonly number[];
  /** Per device, pairs of such a rule's number and how many of its ways the device is. */
  readonly shares: Lists;
  /** Rules with ways of several devices, and per device those that it takes part in. */
  readonly wayRules: readonly WayRule[];
  readonly wayRulesOf: readonly (readonly WayRule[])[];
  readonly paths: PathRules;
}

/** Of these ways a batch may take at most `slack`. */
export interface WayRule {
  readonly slack: number;
  readonly ways: Lists;
}

export interface PackingOptions {
  readonly rules: TierRules;
  readonly capacity: number;
  readonly secondsOf: (device: number) => number;
}

/**
 * A device that breaks a requirement alone (it is exposed, and somebody accepted that) takes no part in it: the
 * others must keep it among themselves.
 */
export function packingOf(
  devices: readonly number[],
  { rules, capacity, secondsOf }: PackingOptions,
): Packing {
  const place = new Map(devices.map((device, index) => [device, index]));
  const slacks: number[] = [];
  const shares = emptyLists(devices.length);
  const wayRules: WayRule[] = [];
  for (const requirement of new Set(devices.flatMap(rules.of))) {
    for (const rule of waysToKeep(requirement, place)) {
      if (rule.ways.every(({ length }) => length === 1)) {
        addShares(shares, slacks.push(rule.slack) - 1, rule.ways);
      } else {
        wayRules.push(rule);
      }
    }
  }
  const wayRulesOf: WayRule[][] = devices.map(() => []);
  for (const rule of wayRules) {
    for (const device of new Set(rule.ways.flat())) wayRulesOf[device]?.push(rule);
  }
  const seconds = devices.map(secondsOf);
  return { devices, capacity, seconds, slacks, shares, wayRules, wayRulesOf, paths: rules.paths };
}

function waysToKeep(requirement: Requirement, place: ReadonlyMap<number, number>): WayRule[] {
  const exposing = exposingDevices(requirement, place);
  const rules = ruleOf(requirement, { place, exposing });
  if (exposing.size === 0 || requirement.minimum <= 1) return rules;
  // Two who both fall short of the minimum alone must still not take the last way together.
  const atLeastOne = { ...requirement, minimum: 1 };
  return [...rules, ...ruleOf(atLeastOne, { place, exposing: exposingDevices(atLeastOne, place) })];
}

function exposingDevices(requirement: Requirement, place: ReadonlyMap<number, number>): Set<number> {
  const devices = devicesIn(requirement).filter((device) => place.has(device));
  return new Set(devices.filter((device) => breaks(requirement, (other) => other === device)));
}

/** Nothing where even all devices together leave enough. */
function ruleOf(
  { ways, minimum }: Requirement,
  { place, exposing }: { place: ReadonlyMap<number, number>; exposing: ReadonlySet<number> },
): WayRule[] {
  const slack = ways.length - minimum;
  const takeable = ways
    .map((way) => way.flatMap((device) => (exposing.has(device) ? [] : (place.get(device) ?? []))))
    .filter((way) => way.length > 0);
  return slack < 0 || takeable.length <= slack ? [] : [{ slack, ways: takeable }];
}

function addShares(shares: readonly number[][], rule: number, ways: Lists): void {
  const share = new Map<number, number>();
  for (const [device = 0] of ways) share.set(device, (share.get(device) ?? 0) + 1);
  for (const [device, count] of share) shares[device]?.push(rule, count);
}

/** Per rule of single devices, those that take part in it. */
export function devicesByRule({ shares }: Packing): Map<number, number[]> {
  const devices = new Map<number, number[]>();
  for (const [device, own] of shares.entries()) {
    for (let at = 0; at < own.length; at += 2) append(devices, own[at] ?? 0, device);
  }
  return devices;
}

/** A batch while it is being filled. */
export interface OpenBatch {
  readonly members: Set<number>;
  /** How many ways the members take of each rule of single devices. */
  readonly taken: Map<number, number>;
}

export function openBatch(): OpenBatch {
  return { members: new Set(), taken: new Map() };
}

/** Whether there is room in a batch, and the rules let the device in. */
export function fits(packing: Packing, batch: OpenBatch, device: number): boolean {
  return batch.members.size < packing.capacity && mayJoin(packing, batch, device);
}

/** Whether the rules, leaving the size aside, let a device into a batch. */
export function mayJoin(packing: Packing, { members, taken }: OpenBatch, device: number): boolean {
  const { shares, slacks, wayRulesOf, paths, devices } = packing;
  const own = listAt(shares, device);
  for (let at = 0; at < own.length; at += 2) {
    const rule = own[at] ?? 0;
    if ((taken.get(rule) ?? 0) + (own[at + 1] ?? 0) > (slacks[rule] ?? 0)) return false;
  }
  for (const { slack, ways } of wayRulesOf[device] ?? []) {
    let lost = 0;
    for (const way of ways) if (way.some((each) => each === device || members.has(each))) lost += 1;
    if (lost > slack) return false;
  }
  const number = devices[device] ?? 0;
  if (members.size === 0 || !paths.concerns(number)) return true;
  return paths.mayJoin(
    Array.from(members, (member) => devices[member] ?? 0),
    number,
  );
}

export function join({ shares }: Packing, { members, taken }: OpenBatch, device: number): void {
  members.add(device);
  const own = listAt(shares, device);
  for (let at = 0; at < own.length; at += 2) {
    const rule = own[at] ?? 0;
    taken.set(rule, (taken.get(rule) ?? 0) + (own[at + 1] ?? 0));
  }
}

export function leave({ shares }: Packing, { members, taken }: OpenBatch, device: number): void {
  members.delete(device);
  const own = listAt(shares, device);
  for (let at = 0; at < own.length; at += 2) {
    const rule = own[at] ?? 0;
    taken.set(rule, (taken.get(rule) ?? 0) - (own[at + 1] ?? 0));
  }
}

/** The batch again, to be changed without changing the first. */
export function copyOf({ members, taken }: OpenBatch): OpenBatch {
  return { members: new Set(members), taken: new Map(taken) };
}

/** As long as its slowest device. */
export function batchSeconds({ seconds }: Packing, { members }: OpenBatch): number {
  let slowest = 0;
  for (const member of members) slowest = Math.max(slowest, seconds[member] ?? 0);
  return slowest;
}

export function totalSeconds(packing: Packing, batches: readonly OpenBatch[]): number {
  return batches.reduce((sum, batch) => sum + batchSeconds(packing, batch), 0);
}
