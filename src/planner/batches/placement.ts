/** Why a device stands in its batch and not in an earlier one, and who carries its traffic meanwhile. */
import type { Batch } from "./batches.ts";
import type { RequirementIndex } from "../redundancy/exposure.ts";
import { append } from "../indexes.ts";
import { sortedNames } from "../naturalOrder.ts";
import { breaks, waysLeft } from "../redundancy/requirement.ts";
import type { Requirement } from "../redundancy/requirement.ts";

/** A plan explains itself with so many rules per device; the rest says the same of other batches. */
const MAX_REASONS = 4;

export interface PlacementContext {
  readonly batches: readonly Batch[];
  readonly batchOf: ReadonlyMap<string, number>;
  /** The places of full batches of the same tier and stage, by the place of the stage's first batch. */
  readonly fullBatches: ReadonlyMap<number, readonly number[]>;
  /** For each batch the place of the first one of its tier and stage; those batches stand together. */
  readonly stageStart: readonly number[];
  readonly maxBatchSize: number;
}

/** With the rules of the tier that is spoken of. */
type IndexedContext = PlacementContext & { readonly index: RequirementIndex };

export function placementContext(batches: readonly Batch[], maxBatchSize: number): PlacementContext {
  const batchOf = new Map<string, number>();
  const fullBatches = new Map<number, number[]>();
  const stageStart: number[] = [];
  for (const [place, { tier, stage, devices }] of batches.entries()) {
    for (const device of devices) batchOf.set(device, place);
    const before = batches[place - 1];
    const start = before?.tier === tier && before.stage === stage ? (stageStart[place - 1] ?? place) : place;
    stageStart.push(start);
    if (devices.length >= maxBatchSize) append(fullBatches, start, place);
  }
  return { batches, batchOf, fullBatches, stageStart, maxBatchSize };
}

/** `batch` is a place in `batches`, counted from 0. */
export function explainPlacement(device: string, batch: number, context: IndexedContext): string[] {
  const { batches, stageStart, maxBatchSize } = context;
  const own = batches[batch];
  const start = stageStart[batch] ?? batch;
  if (own === undefined) return [];
  if (own.stage === "Canary") return [`goes alone as a canary of tier ${own.tier}`];
  if (start === batch) {
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
  const allFull = context.fullBatches.get(start) ?? [];
  const full = allFull.slice(0, allFull.findLastIndex((place) => place < batch) + 1);
  const unexplained = explained.size === 0 ? full : full.filter((place) => !explained.has(place));
  if (unexplained.length > 0) reasons.push(fullText(unexplained, maxBatchSize));
  if (reasons.length === 0) reasons.push(`stands here so that tier ${own.tier} needs the fewest batches`);
  return reasons;
}

/** Earlier batches of the same stage that hold a device of a shared requirement. */
function rivalBatches(
  device: string,
  batch: number,
  { index, batchOf, stageStart }: IndexedContext,
): number[] {
  const places = new Set<number>();
  for (const { ways } of index.get(device) ?? []) {
    for (const way of ways) {
      for (const other of way) {
        const place = batchOf.get(other);
        if (place !== undefined && place < batch && stageStart[place] === stageStart[batch])
          places.add(place);
      }
    }
  }
  return [...places].toSorted((a, b) => a - b);
}

function conflictWith(device: string, place: number, { batches, index }: IndexedContext): string | null {
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

/** `batches` are places, people count from 1. */
function fullText(batches: readonly number[], maxBatchSize: number): string {
  const size = `(${String(maxBatchSize)})`;
  if (batches.length === 1) return `batch ${String((batches[0] ?? 0) + 1)} is full ${size}`;
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
