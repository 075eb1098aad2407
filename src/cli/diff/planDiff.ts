/** What a change of the objects does to a plan: who comes in, who drops out, who moves, who is cut off (N14). */
import type {
  ExposedDevice,
  Plan,
  PlannedBatch,
  PlannedDevice,
  PlanSource,
  SkippedDevice,
} from "../../api/plan.ts";
import { compareNames } from "../../planner/naturalOrder.ts";
import { totalSeconds } from "../../planner/estimate.ts";

export interface Change<T> {
  readonly old: T;
  readonly new: T;
}

export interface PlanDiff {
  /** Nothing differs but, perhaps, the hash. */
  readonly same: boolean;
  readonly hash: Change<string | null>;
  readonly source: Change<PlanSource>;
  readonly hitless: Change<boolean>;
  readonly devices: Change<number>;
  readonly skippedDevices: Change<number>;
  readonly batches: Change<number>;
  readonly lowerBound: Change<number>;
  readonly estimatedSeconds: Change<number>;
  readonly added: readonly AddedDevice[];
  readonly removed: readonly RemovedDevice[];
  /** Devices that go at another time or with others; not those whose whole batch only has another number. */
  readonly moved: readonly MovedDevice[];
  /** Devices with another release to go to, or known to run another one. */
  readonly releases: readonly ChangedRelease[];
  readonly skipped: readonly ChangedSkip[];
  /** Who is newly cut off while a device is out, and who is no longer. */
  readonly exposed: readonly ChangedExposure[];
  /** Batches that stay together under another number. */
  readonly renumbered: readonly Change<number>[];
}

export interface AddedDevice {
  readonly device: string;
  readonly batch: number;
  readonly to: string;
  /** Why it was left out before; null where it was not spoken of. */
  readonly before: SkippedDevice | null;
}

export interface RemovedDevice {
  readonly device: string;
  readonly batch: number;
  /** Why it is left out now; null where it is not spoken of any more. */
  readonly now: SkippedDevice | null;
}

export interface MovedDevice {
  readonly device: string;
  readonly batch: Change<number>;
  /** Why it stands where it stands now. */
  readonly reasons: readonly string[];
}

export interface ChangedRelease {
  readonly device: string;
  readonly from: Change<string | null>;
  readonly to: Change<string>;
}

/** A device that neither plan upgrades, and that only one of them names, or for another reason. */
export interface ChangedSkip {
  readonly device: string;
  readonly old: SkippedDevice | null;
  readonly new: SkippedDevice | null;
}

export interface ChangedExposure {
  readonly device: string;
  readonly cutOff: readonly string[];
  readonly noLonger: readonly string[];
}

/** Compares two plans. */
export function diffPlans(before: Plan, after: Plan): PlanDiff {
  const aligned = alignBatches(before, after);
  const parts = {
    added: addedDevices(before, after),
    removed: addedDevices(after, before).map(({ device, batch, before: now }) => ({ device, batch, now })),
    moved: movedDevices(before, after, aligned),
    releases: changedReleases(before, after),
    skipped: changedSkips(before, after),
    exposed: changedExposures(before, after),
    renumbered: [...aligned].filter(([old, now]) => old !== now).map(([old, now]) => ({ old, new: now })),
  };
  const change = <T>(read: (plan: Plan) => T): Change<T> => ({ old: read(before), new: read(after) });
  const figures = {
    source: change(({ source }) => source),
    hitless: change(({ hitless }) => hitless),
    devices: change(({ devices }) => Object.keys(devices).length),
    skippedDevices: change(({ skipped }) => skipped.length),
    batches: change(({ batches }) => batches.length),
    lowerBound: change(({ lowerBound }) => lowerBound),
    estimatedSeconds: change(({ batches }) => totalSeconds(batches)),
  };
  const same =
    Object.values(parts).every((part) => part.length === 0) &&
    Object.values(figures).every((figure) => figure.old === figure.new);
  return { same, hash: change(({ hash }) => hash), ...figures, ...parts };
}

function deviceOf({ devices }: Plan, name: string): PlannedDevice | undefined {
  return Object.hasOwn(devices, name) ? devices[name] : undefined;
}

function namesOf({ devices }: Plan): readonly string[] {
  return Object.keys(devices).toSorted(compareNames);
}

function skipOf({ skipped }: Plan, name: string): SkippedDevice | null {
  return skipped.find(({ device }) => device === name) ?? null;
}

function addedDevices(before: Plan, after: Plan): AddedDevice[] {
  return namesOf(after).flatMap((device) => {
    const planned = deviceOf(after, device);
    if (planned === undefined || deviceOf(before, device) !== undefined) return [];
    return [{ device, batch: planned.batch, to: planned.to, before: skipOf(before, device) }];
  });
}

/**
 * Which batch of the old plan is which of the new one: those with the same devices, leaving out devices that only
 * one of the plans has.
 */
function alignBatches(before: Plan, after: Plan): ReadonlyMap<number, number> {
  const stays = (device: string): boolean =>
    deviceOf(before, device) !== undefined && deviceOf(after, device) !== undefined;
  const key = ({ devices }: PlannedBatch): string => devices.filter(stays).toSorted().join(" ");
  const places = new Map(after.batches.map((batch) => [key(batch), batch.index]));
  places.delete("");
  const aligned = new Map<number, number>();
  for (const batch of before.batches) {
    const place = places.get(key(batch));
    if (place !== undefined) aligned.set(batch.index, place);
  }
  return aligned;
}

function movedDevices(before: Plan, after: Plan, aligned: ReadonlyMap<number, number>): MovedDevice[] {
  return namesOf(after).flatMap((device) => {
    const [old, now] = [deviceOf(before, device), deviceOf(after, device)];
    if (old === undefined || now === undefined) return [];
    if (old.batch === now.batch || aligned.get(old.batch) === now.batch) return [];
    return [{ device, batch: { old: old.batch, new: now.batch }, reasons: now.reasons }];
  });
}

function changedReleases(before: Plan, after: Plan): ChangedRelease[] {
  return namesOf(after).flatMap((device) => {
    const [old, now] = [deviceOf(before, device), deviceOf(after, device)];
    if (old === undefined || now === undefined || (old.to === now.to && old.from === now.from)) return [];
    return [{ device, from: { old: old.from, new: now.from }, to: { old: old.to, new: now.to } }];
  });
}

function changedSkips(before: Plan, after: Plan): ChangedSkip[] {
  const named = new Set([...before.skipped, ...after.skipped].map(({ device }) => device));
  return [...named].toSorted(compareNames).flatMap((device) => {
    if (deviceOf(before, device) !== undefined || deviceOf(after, device) !== undefined) return [];
    const [old, now] = [skipOf(before, device), skipOf(after, device)];
    return old?.reason === now?.reason ? [] : [{ device, old, new: now }];
  });
}

function changedExposures(before: Plan, after: Plan): ChangedExposure[] {
  const endpointsOf = (exposed: readonly ExposedDevice[], name: string): readonly string[] =>
    exposed.find(({ device }) => device === name)?.endpoints ?? [];
  const named = new Set([...before.exposed, ...after.exposed].map(({ device }) => device));
  return [...named].toSorted(compareNames).flatMap((device) => {
    const [old, now] = [endpointsOf(before.exposed, device), endpointsOf(after.exposed, device)];
    const cutOff = now.filter((endpoint) => !old.includes(endpoint));
    const noLonger = old.filter((endpoint) => !now.includes(endpoint));
    return cutOff.length + noLonger.length === 0 ? [] : [{ device, cutOff, noLonger }];
  });
}
