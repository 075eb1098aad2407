/** From numbers to what a plan says: its devices as the packing takes them, and its batches as people read them. */
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type {
  EstimateSource,
  ExposedDevice,
  Plan,
  PlannedBatch,
  PlannedDevice,
  PlannedHop,
  Tier,
} from "../api/plan.ts";
import type { Explained } from "../api/reasons.ts";
import { formatInstant } from "../api/time.ts";
import type { Batch, BatchDevice } from "./batches/batches.ts";
import { explainPlacement, peersOf, placementContext } from "./batches/placement.ts";
import { impactOf } from "./impact.ts";
import type { DeviceEffort } from "./impact.ts";
import { append } from "./indexes.ts";
import type { TierRules } from "./redundancy/tierRules.ts";
import type { SelectedDevice } from "./selection.ts";
import type { FabricDevice } from "./selector.ts";
import type { Topology } from "./topology/topology.ts";
import { placeInWindows } from "./windows.ts";
import type { WindowCalendar } from "./windows.ts";

/** A selected device with its number in the fabric and what its upgrade takes. */
export interface Selected extends SelectedDevice {
  readonly number: number;
  readonly seconds: number;
  /** For each of its images. */
  readonly hopSeconds: readonly number[];
}

/** By device, what stands on it and must not go. */
export type Protections = ReadonlyMap<string, readonly string[]>;

export function protectionsOf({ protectedEndpoints }: Topology): Protections {
  const protections = new Map<string, string[]>();
  for (const { name, devices } of protectedEndpoints) {
    for (const device of devices) append(protections, device, name);
  }
  return protections;
}

export function batchDevices(
  selected: readonly Selected[],
  { exposed, protections }: { exposed: readonly ExposedDevice[]; protections: Protections },
): BatchDevice[] {
  const isExposed = new Set(exposed.map(({ device }) => device));
  return selected.map(({ number, level, seconds, device: { name, role, overlayRoles } }) => ({
    device: number,
    role,
    level,
    isProtected: protections.has(name),
    overlayRoles: overlayRoles ?? [],
    exposed: isExposed.has(name),
    seconds,
  }));
}

/** What drivers say of devices. */
interface Said {
  readonly estimatedBy?: (device: FabricDevice) => EstimateSource;
  readonly effort?: (device: FabricDevice) => DeviceEffort;
}

/** The batches and devices of a plan, with reasons, estimates and impact. */
export function describeBatches(
  batches: readonly Batch[],
  {
    selected,
    rules,
    protections,
    exposed,
    maxBatchSize,
    input: { estimatedBy, effort },
  }: {
    input: Said;
    exposed: readonly ExposedDevice[];
    selected: readonly Selected[];
    rules: (tier: Tier) => TierRules;
    protections: Protections;
    maxBatchSize: number;
  },
): Pick<Plan, "batches" | "devices"> {
  const byNumber = new Map(selected.map((each) => [each.number, each]));
  const secondsOf = (device: number): number => byNumber.get(device)?.seconds ?? 0;
  const nameAt = (device: number): string => byNumber.get(device)?.device.name ?? "";
  const protectedBy = (device: number): readonly string[] => protections.get(nameAt(device)) ?? [];
  const context = placementContext(batches, { maxBatchSize, secondsOf, protectedBy });
  const exposedBy = new Map(exposed.map((each) => [each.device, each]));
  const impact = (batch: Batch): Pick<PlannedBatch, "impact"> =>
    effort === undefined
      ? {}
      : {
          impact: impactOf(batch, {
            rules: rules(batch.tier),
            exposedOf: (device) => exposedBy.get(nameAt(device)),
            effortsOf: (devices) =>
              devices.flatMap((device) => {
                const own = byNumber.get(device);
                return own === undefined ? [] : [effortFor(own, effort)];
              }),
          }),
        };
  const hasLevels = batches.some(({ level }) => level > 1);
  return {
    batches: batches.map((batch, place): PlannedBatch => {
      const { tier, stage, level, devices } = batch;
      return {
        index: place + 1,
        tier,
        canary: stage === "Canary",
        ...(stage === "Protected" ? { protects: devices.flatMap(protectedBy) } : {}),
        ...(hasLevels ? { level } : {}),
        devices: devices.map(nameAt),
        estimateSeconds: Math.max(...devices.map(secondsOf)),
        ...impact(batch),
      };
    }),
    devices: Object.fromEntries(
      selected.map(({ number, seconds, from, image, hops, hopSeconds, device }): [string, PlannedDevice] => [
        device.name,
        {
          from,
          to: image.spec.osVersion,
          ...(hops.length > 1 ? { hops: plannedHops(hops, hopSeconds) } : {}),
          batch: (context.batchOf.get(number) ?? -1) + 1,
          estimateSeconds: seconds,
          ...(estimatedBy === undefined ? {} : { estimatedBy: estimatedBy(device) }),
          peers: peersOf(number, rules(device.role)),
          reasons: explainPlacement(number, { ...context, rules: rules(device.role) }),
        },
      ]),
    ),
  };
}

/** The batches with their windows, and those that no window takes. */
export function placeBatches(
  batches: readonly PlannedBatch[],
  calendar: WindowCalendar | undefined,
): { batches: readonly PlannedBatch[]; blockers: (Explained & { readonly device: string })[] } {
  if (calendar === undefined) return { batches, blockers: [] };
  const { windows, misfits } = placeInWindows(
    batches.map(({ estimateSeconds }) => estimateSeconds),
    calendar,
  );
  return {
    batches: batches.map((batch, place) => {
      const window = windows[place] ?? null;
      if (window === null) return batch;
      return { ...batch, window: { from: formatInstant(window.from), until: formatInstant(window.until) } };
    }),
    blockers: misfits.flatMap(({ batch: place, longestSeconds }) => {
      const { index, devices: [device = ""] = [], estimateSeconds } = batches[place] ?? {};
      if (index === undefined || estimateSeconds === undefined) return [];
      const minutes = (seconds: number): string => `${String(Math.ceil(seconds / 60))} min`;
      const message = `batch ${String(index)} takes about ${minutes(estimateSeconds)}, the longest maintenance window is ${minutes(longestSeconds)}: ${minutes(estimateSeconds - longestSeconds)} too short`;
      return [{ device, reason: "DoesNotFit" as const, message }];
    }),
  };
}

/** A device goes out once for each of its images, and goes back the same way. */
function effortFor({ device, hops }: Selected, effort: NonNullable<Said["effort"]>): DeviceEffort {
  const { outSeconds, goBackSeconds, backup } = effort(device);
  const times = hops.length;
  return { outSeconds: outSeconds * times, goBackSeconds: goBackSeconds * times, backup };
}

function plannedHops(hops: readonly DeviceImage[], seconds: readonly number[]): PlannedHop[] {
  return hops.map(({ metadata, spec }, place) => ({
    image: metadata.name,
    to: spec.osVersion,
    estimateSeconds: seconds[place] ?? 0,
  }));
}
