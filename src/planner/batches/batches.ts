/**
 * The order of a campaign: tiers one after the other, in each tier canaries, then everything else in as few
 * batches as the redundancy rules allow, gateways last.
 */
import { TIERS } from "../../api/plan.ts";
import type { Tier } from "../../api/plan.ts";
import { GATEWAY_ROLES } from "../redundancy/redundancy.ts";
import type { TierRules } from "../redundancy/tierRules.ts";
import type { Bound } from "./bounds.ts";
import { fillBatches } from "./fillBatches.ts";
import { packingOf } from "./packing.ts";

export interface BatchDevice {
  /** Its number in the fabric, which is its place in natural order. */
  readonly device: number;
  readonly role: Tier;
  readonly overlayRoles: readonly string[];
  /** It cuts somebody off when it is out; not a device to try an image on first. */
  readonly exposed: boolean;
  readonly seconds: number;
}

/** Why a batch stands where it stands, beside the redundancy rules. */
export type Stage = "Canary" | "Ordinary" | "Gateway";

export interface Batch {
  readonly tier: Tier;
  readonly stage: Stage;
  readonly devices: readonly number[];
}

export interface BatchOptions {
  readonly maxBatchSize: number;
  readonly canariesPerTier: number;
  readonly rules: (tier: Tier) => TierRules;
}

/** `bound`: no order under these rules has fewer batches, and none with so few takes less time. */
export function makeBatches(
  devices: readonly BatchDevice[],
  { maxBatchSize, canariesPerTier, rules }: BatchOptions,
): { batches: Batch[]; bound: Bound } {
  const batches: Batch[] = [];
  let bound: Bound = { batches: 0, seconds: 0 };
  const add = (more: Bound): void => {
    bound = { batches: bound.batches + more.batches, seconds: bound.seconds + more.seconds };
  };
  const secondsOf = new Map(devices.map(({ device, seconds }) => [device, seconds]));
  const secondsFor = (device: number): number => secondsOf.get(device) ?? 0;
  for (const tier of TIERS) {
    const members = inOrder(devices.filter(({ role }) => role === tier));
    const canaries = new Set(byCaution(members).slice(0, canariesPerTier));
    for (const canary of byCaution([...canaries])) {
      batches.push({ tier, stage: "Canary", devices: [canary.device] });
      add({ batches: 1, seconds: canary.seconds });
    }
    for (const stage of ["Ordinary", "Gateway"] as const) {
      const own = members.filter((member) => stageOf(member) === stage && !canaries.has(member));
      if (own.length === 0) continue;
      const numbers = own.map(({ device }) => device);
      const packing = packingOf(numbers, {
        rules: rules(tier),
        capacity: maxBatchSize,
        secondsOf: secondsFor,
      });
      const filled = fillBatches(packing);
      add(filled.bound);
      for (const batch of filled.batches) {
        batches.push({ tier, stage, devices: batch.map((place) => numbers[place] ?? 0) });
      }
    }
  }
  return { batches, bound };
}

function inOrder(members: readonly BatchDevice[]): BatchDevice[] {
  return members.toSorted((a, b) => a.device - b.device);
}

/** Whom to try an image on first: ordinary devices, those that cut nobody off, then by name. */
function byCaution(members: readonly BatchDevice[]): BatchDevice[] {
  const rank = (member: BatchDevice): number =>
    (stageOf(member) === "Gateway" ? 2 : 0) + (member.exposed ? 1 : 0);
  return members.toSorted((a, b) => rank(a) - rank(b) || a.device - b.device);
}

function stageOf({ overlayRoles }: BatchDevice): "Ordinary" | "Gateway" {
  return overlayRoles.some((role) => GATEWAY_ROLES.includes(role)) ? "Gateway" : "Ordinary";
}
