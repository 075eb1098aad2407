/**
 * The rule of Contrail's hitless image upgrade, written anew to compare with: greedy first-fit in list order over
 * the selected devices alone. Devices that share a segment go apart, at most half of the selected spines go
 * together (rounded up), and at most half of the selected holders of three overlay roles. It knows no links, no
 * pods, no state, and no time but one constant; tiers are taken in our order, in its favour.
 */
import { TIERS } from "../src/api/plan.ts";
import type { Tier } from "../src/api/plan.ts";

export interface ListedDevice {
  readonly name: string;
  readonly role: Tier;
  readonly overlayRoles: readonly string[];
}

export interface ListOrderInput {
  /** The selected devices in list order. */
  readonly devices: readonly ListedDevice[];
  /** The devices of each segment, as configured. */
  readonly segments: readonly (readonly string[])[];
  readonly maxBatchSize: number;
}

const LIMITED_ROLES = ["CRB-MCAST-Gateway", "DC-Gateway", "DCI-Gateway"];

/** Batches of names; each of one tier. */
export function planInListOrder({ devices, segments, maxBatchSize }: ListOrderInput): string[][] {
  const buddies = buddiesOf(segments);
  const limits = new Map(
    LIMITED_ROLES.map((role) => [
      role,
      half(devices.filter(({ overlayRoles }) => overlayRoles.includes(role)).length),
    ]),
  );
  const spines = half(devices.filter(({ role }) => role === "Spine").length);
  return TIERS.flatMap((tier) => {
    const batches: ListedDevice[][] = [];
    let firstOpen = 0;
    for (const device of devices) {
      if (device.role !== tier) continue;
      const own = buddies.get(device.name);
      let target: ListedDevice[] | undefined;
      for (let place = firstOpen; place < batches.length && target === undefined; place += 1) {
        const batch = batches[place] ?? [];
        const isOpen =
          batch.length < maxBatchSize &&
          !batch.some(({ name }) => own?.has(name)) &&
          (tier !== "Spine" || batch.length < spines) &&
          isWithin(limits, batch, device);
        if (isOpen) target = batch;
      }
      if (target === undefined) batches.push([device]);
      else target.push(device);
      while ((batches[firstOpen]?.length ?? 0) >= maxBatchSize) firstOpen += 1;
    }
    return batches.map((batch) => batch.map(({ name }) => name));
  });
}

function half(count: number): number {
  return Math.ceil(count / 2);
}

function isWithin(
  limits: ReadonlyMap<string, number>,
  batch: readonly ListedDevice[],
  device: ListedDevice,
): boolean {
  return device.overlayRoles.every((role) => {
    const limit = limits.get(role);
    return (
      limit === undefined || batch.filter(({ overlayRoles }) => overlayRoles.includes(role)).length < limit
    );
  });
}

function buddiesOf(segments: ListOrderInput["segments"]): Map<string, Set<string>> {
  const buddies = new Map<string, Set<string>>();
  for (const segment of segments) {
    for (const name of segment) {
      const own = buddies.get(name) ?? new Set();
      buddies.set(name, own);
      for (const other of segment) if (other !== name) own.add(other);
    }
  }
  return buddies;
}
