/** Why a device stands in its batch and not in an earlier one, and who carries its traffic meanwhile. */
import type { Batch } from "./batches.ts";
import type { RequirementIndex } from "./exposure.ts";
import { sortedNames } from "./naturalOrder.ts";
import { breaks, waysLeft } from "./requirement.ts";
import type { Requirement } from "./requirement.ts";

/** A plan explains itself with so many rules per device; the rest says the same of other batches. */
const MAX_REASONS = 4;

export interface PlacementContext {
  readonly batches: readonly Batch[];
  readonly batchOf: ReadonlyMap<string, number>;
  readonly index: RequirementIndex;
  readonly maxBatchSize: number;
}

/** `batch` is a place in `batches`, counted from 0. */
export function explainPlacement(device: string, batch: number, context: PlacementContext): string[] {
  const { batches, maxBatchSize } = context;
  const own = batches[batch];
  if (own === undefined) return [];
  if (own.stage === "Canary") return [`goes alone as a canary of tier ${own.tier}`];
  if (!isRival(batches[batch - 1], own)) {
    return [own.stage === "Gateway" ? `gateways go last in tier ${own.tier}` : `first of tier ${own.tier}`];
  }
  const reasons: string[] = [];
  const explained = new Set<number>();
  for (const place of rivalBatches(device, batch, context)) {
    const conflict = conflictWith(device, place, context);
    if (conflict === null) continue;
    explained.add(place);
    if (reasons.length < MAX_REASONS) reasons.push(conflict);
  }
  const full: number[] = [];
  for (let place = batch - 1; isRival(batches[place], own); place -= 1) {
    const isFull = (batches[place]?.devices.length ?? 0) >= maxBatchSize;
    if (isFull && !explained.has(place)) full.push(place + 1);
  }
  if (full.length > 0) reasons.push(fullText(full, maxBatchSize));
  if (reasons.length === 0) reasons.push(`stands here so that tier ${own.tier} needs the fewest batches`);
  return reasons;
}

/** Whether a device of `own` could have gone in this batch by tier and stage; those batches stand together. */
function isRival(batch: Batch | undefined, own: Batch): boolean {
  return batch?.tier === own.tier && batch.stage === own.stage;
}

/** Earlier batches of the same stage that hold a device of a shared requirement. */
function rivalBatches(
  device: string,
  batch: number,
  { index, batches, batchOf }: PlacementContext,
): number[] {
  const own = batches[batch];
  const places = new Set<number>();
  for (const { ways } of index.get(device) ?? []) {
    for (const other of ways.flat()) {
      const place = batchOf.get(other);
      if (place === undefined || place >= batch) continue;
      if (own !== undefined && isRival(batches[place], own)) places.add(place);
    }
  }
  return [...places].sort((a, b) => a - b);
}

function conflictWith(device: string, place: number, { batches, index }: PlacementContext): string | null {
  const members = new Set(batches[place]?.devices);
  const joined = new Set([...members, device]);
  for (const requirement of index.get(device) ?? []) {
    if (
      breaks(requirement, joined) &&
      !breaks(requirement, members) &&
      !breaks(requirement, new Set([device]))
    ) {
      return describe(device, { requirement, members, batch: place + 1 });
    }
  }
  return null;
}

function describe(
  device: string,
  { requirement, members, batch }: { requirement: Requirement; members: ReadonlySet<string>; batch: number },
): string {
  const { kind, subject, alike, ways, minimum } = requirement;
  const others = sortedNames(ways.flat().filter((other) => other !== device && members.has(other))).join(
    ", ",
  );
  const place = `batch ${String(batch)}`;
  const more = alike > 0 ? ` and ${String(alike)} more` : "";
  switch (kind) {
    case "Endpoint":
      return `shares ${subject}${more} with ${others} (${place})`;
    case "Uplink":
    case "EvpnPeer": {
      const left = ways.flat().filter((way) => !members.has(way));
      const what = kind === "Uplink" ? "" : " as EVPN peer";
      const keeps = left.length <= 3 ? sortedNames(left).join(", ") : `${String(left.length)} uplinks`;
      const needs = minimum > 1 && left.length > 1 ? `, and needs ${String(minimum)}` : "";
      return `${subject}${more} ${alike > 0 ? "keep" : "keeps"} only ${keeps}${what} while ${others} is out (${place})${needs}`;
    }
    case "Path":
      return `${subject}${more} ${alike > 0 ? "need" : "needs"} it while ${others} is out (${place})`;
    case "Role":
      return `holds the overlay role ${subject} like ${others} (${place}); ${String(minimum)} must stay`;
    case "Group": {
      const left = waysLeft(requirement, members);
      return `group ${subject} keeps ${String(left)} while ${others} is out (${place}); ${String(minimum)} must stay`;
    }
    case "OneByOne":
      return `goes after ${others} (${place}): nothing proves that both may be out`;
  }
}

function fullText(batches: readonly number[], maxBatchSize: number): string {
  const size = `(${String(maxBatchSize)})`;
  if (batches.length === 1) return `batch ${batches.join("")} is full ${size}`;
  return `${String(batches.length)} earlier batches are full ${size}`;
}

/** The devices that a device's traffic depends on while it is out. */
export function peersOf(device: string, index: RequirementIndex): string[] {
  const peers = new Set<string>();
  for (const { kind, ways } of index.get(device) ?? []) {
    if (kind === "OneByOne" || kind === "Path") continue;
    for (const other of ways.flat()) if (other !== device) peers.add(other);
  }
  return sortedNames(peers);
}
