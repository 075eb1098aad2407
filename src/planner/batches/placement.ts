/** Why a device stands in its batch and not in an earlier one, and who carries its traffic meanwhile. */
import { ascending } from "../indexes.ts";
import { nameOf } from "../redundancy/fabricGraph.ts";
import { breaks, waysLeft } from "../redundancy/requirement.ts";
import type { Requirement } from "../redundancy/requirement.ts";
import type { TierRules } from "../redundancy/tierRules.ts";
import type { Batch } from "./batches.ts";

/** A plan explains itself with so many rules per device; the rest says the same of other batches. */
const MAX_REASONS = 4;
/** A device names so many that carry for it; a role may have hundreds of holders. */
const MAX_PEERS = 64;

export interface PlacementContext {
  readonly batches: readonly Batch[];
  /** The place of each device's batch. */
  readonly batchOf: ReadonlyMap<number, number>;
  /** For each batch the place of the first one of its tier and stage; those batches stand together. */
  readonly stageStart: readonly number[];
  /** For each batch how many full ones of the same tier and stage stand before it. */
  readonly fullBefore: readonly number[];
  readonly secondsOf: (device: number) => number;
  /** The names of the protected endpoints on a device. */
  readonly protectedBy: (device: number) => readonly string[];
  readonly maxBatchSize: number;
}

/** With the rules of the tier that is spoken of. */
type TierContext = PlacementContext & { readonly rules: TierRules };

export function placementContext(
  batches: readonly Batch[],
  {
    maxBatchSize,
    secondsOf,
    protectedBy,
  }: Pick<PlacementContext, "maxBatchSize" | "secondsOf" | "protectedBy">,
): PlacementContext {
  const batchOf = new Map<number, number>();
  const fullBefore: number[] = [];
  const stageStart: number[] = [];
  for (const [place, { tier, stage, level, devices }] of batches.entries()) {
    for (const device of devices) batchOf.set(device, place);
    const before = batches[place - 1];
    const isStart = before?.tier !== tier || before.stage !== stage || before.level !== level;
    stageStart.push(isStart ? place : (stageStart[place - 1] ?? place));
    const isAfterFull = (before?.devices.length ?? 0) >= maxBatchSize;
    fullBefore.push(isStart ? 0 : (fullBefore[place - 1] ?? 0) + Number(isAfterFull));
  }
  return { batches, batchOf, stageStart, fullBefore, secondsOf, protectedBy, maxBatchSize };
}

export function explainPlacement(device: number, context: TierContext): string[] {
  const { batches, batchOf, stageStart, fullBefore } = context;
  const batch = batchOf.get(device) ?? -1;
  const own = batches[batch];
  const start = stageStart[batch] ?? batch;
  if (own === undefined) return [];
  if (own.stage === "Canary") return [`goes alone as a canary of tier ${own.tier}`];
  if (own.stage === "Protected") {
    const what = context.protectedBy(device).join(", ");
    return [`carries ${what}, which is protected: it goes last in tier ${own.tier}, alone`];
  }
  if (start === batch) return [firstText(batch, context)];
  const conflicts = new Map<number, string>();
  for (const place of rivalBatches(device, context)) {
    if (conflicts.size === MAX_REASONS) break;
    const conflict = conflictWith(device, place, context);
    if (conflict !== null) conflicts.set(place, conflict);
  }
  const explainedFull = [...conflicts.keys()].filter((place) => isFull(place, context));
  const otherFull = (fullBefore[batch] ?? 0) - explainedFull.length;
  const reasons = [...conflicts.values()];
  if (otherFull > 0) reasons.push(fullText(otherFull, { batch, explainedFull, context }));
  return reasons.length > 0 ? reasons : [chosenText(device, context)];
}

function firstText(place: number, { batches }: PlacementContext): string {
  const { tier = "", stage, level = 1 } = batches[place] ?? {};
  if (stage === "Gateway") return `gateways go last in tier ${tier}`;
  const before = batches[place - 1];
  const isNewLevel = level > 1 && before?.level !== level;
  if (isNewLevel) return "waits for the assignments that its own depends on";
  const canaries = batches
    .slice(0, place)
    .filter((each) => each.stage === "Canary" && each.tier === tier && each.level === level).length;
  if (canaries === 0) return `first of tier ${tier}`;
  return `waits for the ${canaries === 1 ? "canary" : "canaries"} of tier ${tier}`;
}

function isFull(place: number, { batches, maxBatchSize }: PlacementContext): boolean {
  return (batches[place]?.devices.length ?? 0) >= maxBatchSize;
}

/**
 * Earlier batches of the same stage that may not take the device: those that hold a device of a shared
 * requirement and, where paths matter, those with room.
 */
function rivalBatches(device: number, context: TierContext): readonly number[] {
  const { rules, batchOf, stageStart } = context;
  const batch = batchOf.get(device) ?? -1;
  const start = stageStart[batch] ?? batch;
  const places: number[] = [];
  for (const { ways } of rules.of(device)) {
    for (const way of ways) {
      for (const other of way) {
        const place = batchOf.get(other) ?? -1;
        if (place >= start && place < batch) places.push(place);
      }
    }
  }
  if (rules.paths.concerns(device)) {
    for (let place = start; place < batch; place += 1) if (!isFull(place, context)) places.push(place);
  }
  return ascending(places);
}

function conflictWith(device: number, place: number, { batches, rules }: TierContext): string | null {
  const members = batches[place]?.devices ?? [];
  const isMember = (other: number): boolean => members.includes(other);
  for (const requirement of rules.of(device)) {
    if (
      breaks(requirement, (other) => other === device || isMember(other)) &&
      !breaks(requirement, isMember) &&
      !breaks(requirement, (other) => other === device)
    ) {
      return describe(device, { requirement, isMember, place, rules });
    }
  }
  if (rules.paths.mayJoin(members, device)) return null;
  return describeLost(device, { members, place, rules });
}

/** `place` counts from 0, people from 1. */
function batchText(place: number): string {
  return `batch ${String(place + 1)}`;
}

function describeLost(
  device: number,
  { members, place, rules }: { members: readonly number[]; place: number; rules: TierRules },
): string | null {
  const { graph, paths } = rules;
  const pairs = paths.lost([...members, device]);
  const [first] = pairs;
  if (first === undefined) return null;
  const [from, to] = first.map(({ devices: [one = device] }) => nameOf(graph, one));
  const more = pairs.length > 1 ? ` and ${String(pairs.length - 1)} more` : "";
  const others = members.filter((member) => paths.concerns(member) && !paths.mayJoin([member], device));
  const blamed = names(others.length > 0 ? others : members, rules);
  return `${from ?? ""} to ${to ?? ""}${more} ${pairs.length > 1 ? "need" : "needs"} it while ${blamed} is out (${batchText(place)})`;
}

function names(devices: readonly number[], { graph }: TierRules): string {
  return ascending(devices)
    .map((device) => nameOf(graph, device))
    .join(", ");
}

function describe(
  device: number,
  {
    requirement,
    isMember,
    place,
    rules,
  }: { requirement: Requirement; isMember: (other: number) => boolean; place: number; rules: TierRules },
): string {
  const { kind, subject, alike, ways, minimum } = requirement;
  const involved = ways.flat();
  const others = names(
    involved.filter((other) => other !== device && isMember(other)),
    rules,
  );
  const where = batchText(place);
  const more = alike > 0 ? ` and ${String(alike)} more` : "";
  switch (kind) {
    case "Endpoint":
      return `shares ${subject}${more} with ${others} (${where})`;
    case "Uplink":
    case "EvpnPeer": {
      const left = involved.filter((way) => !isMember(way));
      const what = kind === "Uplink" ? "" : " as EVPN peer";
      const keeps = left.length <= 3 ? names(left, rules) : `${String(left.length)} uplinks`;
      const needs = minimum > 1 ? `, and needs ${String(minimum)}` : "";
      return `${subject}${more} ${alike > 0 ? "keep" : "keeps"} only ${keeps}${what} while ${others} is out (${where})${needs}`;
    }
    case "Path":
      return `${subject} needs it while ${others} is out (${where})`;
    case "Role":
      return `holds the overlay role ${subject} like ${others} (${where}); ${String(minimum)} must stay`;
    case "Group": {
      const left = waysLeft(requirement, isMember);
      return `group ${subject} keeps ${String(left)} while ${others} is out (${where}); ${String(minimum)} must stay`;
    }
    case "OneByOne":
      return `goes after ${others} (${where}): nothing proves that both may be out`;
  }
}

function fullText(
  count: number,
  {
    batch,
    explainedFull,
    context,
  }: { batch: number; explainedFull: readonly number[]; context: TierContext },
): string {
  const size = `(${String(context.maxBatchSize)})`;
  if (count > 1) return `${String(count)} earlier batches are full ${size}`;
  let place = context.stageStart[batch] ?? batch;
  while (!isFull(place, context) || explainedFull.includes(place)) place += 1;
  return `${batchText(place)} is full ${size}`;
}

/** Nothing forbids an earlier batch: what decided was the number of batches, or the time they take. */
function chosenText(device: number, { batches, batchOf, stageStart, secondsOf }: TierContext): string {
  const place = batchOf.get(device) ?? -1;
  const own = batches[place];
  const tier = own?.tier ?? "";
  const takesAsLong = (other: number): boolean => secondsOf(other) >= secondsOf(device);
  const hasCompany = (own?.devices ?? []).some((other) => other !== device && takesAsLong(other));
  const earlier = batches.slice(stageStart[place] ?? place, place);
  const wouldSlow = earlier.some(({ devices }) => !devices.some(takesAsLong));
  return hasCompany && wouldSlow
    ? `goes with devices that take as long, so that tier ${tier} takes the least time`
    : `stands here so that tier ${tier} needs the fewest batches`;
}

/** The devices that a device's traffic depends on while it is out, in natural order. */
export function peersOf(device: number, rules: TierRules): string[] {
  const peers: number[] = [];
  for (const { kind, ways } of rules.of(device)) {
    if (kind === "OneByOne" || kind === "Path") continue;
    for (const other of ways.flat()) if (other !== device) peers.push(other);
  }
  return ascending(peers)
    .slice(0, MAX_PEERS)
    .map((peer) => nameOf(rules.graph, peer));
}
