/**
 * The order of a campaign: tiers one after the other, in each tier canaries, then everything else in as few
 * batches as the redundancy rules allow, gateways last.
 */
import { TIERS } from "../../api/plan.ts";
import type { Tier } from "../../api/plan.ts";
import { fillBatches } from "./fillBatches.ts";
import { sortedNames } from "../naturalOrder.ts";
import { lowerBound, packingOf } from "./packing.ts";
import { GATEWAY_ROLES } from "../redundancy/redundancy.ts";
import type { Requirement } from "../redundancy/requirement.ts";

export interface BatchDevice {
  readonly name: string;
  readonly role: Tier;
  readonly overlayRoles: readonly string[];
  /** It cuts somebody off when it is out; not a device to try an image on first. */
  readonly exposed: boolean;
}

/** Why a batch stands where it stands, beside the redundancy rules. */
export type Stage = "Canary" | "Ordinary" | "Gateway";

export interface Batch {
  readonly tier: Tier;
  readonly stage: Stage;
  readonly devices: readonly string[];
}

export interface BatchOptions {
  readonly maxBatchSize: number;
  readonly canariesPerTier: number;
  readonly requirementsOf: (tier: Tier) => readonly Requirement[];
}

/** `lowerBound`: no order under these rules has fewer batches. */
export function makeBatches(
  devices: readonly BatchDevice[],
  options: BatchOptions,
): { batches: Batch[]; lowerBound: number } {
  const batches: Batch[] = [];
  let bound = 0;
  for (const tier of TIERS) {
    const members = devices.filter(({ role }) => role === tier);
    if (members.length === 0) continue;
    const canaries = chooseCanaries(members, options.canariesPerTier);
    for (const canary of canaries) batches.push({ tier, stage: "Canary", devices: [canary] });
    bound += canaries.length;
    const rest = members.filter(({ name }) => !canaries.includes(name));
    for (const stage of ["Ordinary", "Gateway"] as const) {
      const names = sortedNames(rest.filter((device) => stageOf(device) === stage).map(({ name }) => name));
      if (names.length === 0) continue;
      const requirements = options.requirementsOf(tier);
      const packing = packingOf(names, { requirements, capacity: options.maxBatchSize });
      bound += lowerBound(packing);
      for (const batch of fillBatches(packing)) {
        batches.push({ tier, stage, devices: batch.map((device) => names[device] ?? "") });
      }
    }
  }
  return { batches, lowerBound: bound };
}

/** Ordinary devices before gateways, those that cut nobody off before those that do, then by name. */
function chooseCanaries(members: readonly BatchDevice[], count: number): string[] {
  const order = sortedNames(members.map(({ name }) => name));
  const rank = (name: string): number => {
    const device = members.find((member) => member.name === name);
    if (device === undefined) return 0;
    return (stageOf(device) === "Gateway" ? 2 : 0) + (device.exposed ? 1 : 0);
  };
  const ranks = new Map(order.map((name) => [name, count > 0 ? rank(name) : 0]));
  return order.toSorted((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0)).slice(0, count);
}

function stageOf({ overlayRoles }: BatchDevice): "Ordinary" | "Gateway" {
  return overlayRoles.some((role) => GATEWAY_ROLES.includes(role)) ? "Gateway" : "Ordinary";
}
