/**
 * The order of a campaign: levels, in each the tiers one after the other, in each tier canaries, then everything
 * else in as few batches as the redundancy rules allow, then gateways, and last what is protected.
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
  /** Devices of a level go after all of those before it. */
  readonly level: number;
  /** It carries what is needed to upgrade the fabric: it goes last, alone. */
  readonly isProtected: boolean;
  /** It cuts somebody off when it is out; not a device to try an image on first. */
  readonly exposed: boolean;
  readonly seconds: number;
}

/** Why a batch stands where it stands, beside the redundancy rules. */
export type Stage = "Canary" | "Ordinary" | "Gateway" | "Protected";

export interface Batch {
  readonly tier: Tier;
  readonly stage: Stage;
  readonly level: number;
  readonly devices: readonly number[];
}

export interface BatchOptions {
  readonly maxBatchSize: number;
  readonly canariesPerTier: number;
  readonly rules: (tier: Tier) => TierRules;
}

/** `devices`: in natural order. `bound`: no order under these rules has fewer batches, and none with so few takes less time. */
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
  for (const { level, tier, members } of partsOf(devices)) {
    const alone = (stage: Stage, { device, seconds }: BatchDevice): void => {
      batches.push({ tier, stage, level, devices: [device] });
      add({ batches: 1, seconds });
    };
    const free = members.filter(({ isProtected }) => !isProtected);
    const canaries = new Set(byCaution(free).slice(0, canariesPerTier));
    for (const canary of canaries) alone("Canary", canary);
    for (const stage of ["Ordinary", "Gateway"] as const) {
      const own = free.filter((member) => stageOf(member) === stage && !canaries.has(member));
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
        batches.push({ tier, stage, level, devices: batch.map((place) => numbers[place] ?? 0) });
      }
    }
    for (const member of members) if (member.isProtected) alone("Protected", member);
  }
  return { batches, bound };
}

interface Part {
  readonly level: number;
  readonly tier: Tier;
  readonly members: readonly BatchDevice[];
}

/** The devices by level and tier, in their order. */
function partsOf(devices: readonly BatchDevice[]): Part[] {
  const levels = [...new Set(devices.map(({ level }) => level))].toSorted((a, b) => a - b);
  return levels.flatMap((level) =>
    TIERS.map((tier) => {
      const members = devices.filter((member) => member.role === tier && member.level === level);
      return { level, tier, members };
    }),
  );
}

/** Whom to try an image on first: ordinary devices, those that cut nobody off, then by name. */
function byCaution(members: readonly BatchDevice[]): BatchDevice[] {
  const rank = (member: BatchDevice): number =>
    (stageOf(member) === "Gateway" ? 2 : 0) + (member.exposed ? 1 : 0);
  return members.toSorted((a, b) => rank(a) - rank(b));
}

function stageOf({ overlayRoles }: BatchDevice): "Ordinary" | "Gateway" {
  return overlayRoles.some((role) => GATEWAY_ROLES.includes(role)) ? "Gateway" : "Ordinary";
}
