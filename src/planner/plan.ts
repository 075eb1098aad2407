/** Makes a plan: who is selected, what redundancy there is, in which batches, and what speaks against it. */
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import type { ExposedDevice, Plan, PlannedBatch, PlannedDevice, Tier } from "../api/plan.ts";
import type { Explained } from "../api/reasons.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { makeBatches } from "./batches/batches.ts";
import { batchSeconds } from "./estimate.ts";
import { exposureOf, indexByDevice } from "./redundancy/exposure.ts";
import type { RequirementIndex } from "./redundancy/exposure.ts";
import { planHash } from "./hash.ts";
import { explainPlacement, peersOf, placementContext } from "./batches/placement.ts";
import type { PlacementContext } from "./batches/placement.ts";
import { PlanningError } from "./planningError.ts";
import { requirementsOf } from "./redundancy/redundancy.ts";
import type { Requirement } from "./redundancy/requirement.ts";
import { selectDevices } from "./selection.ts";
import type { FabricDevice, SelectedDevice, Selection } from "./selection.ts";
import { buildTopology } from "./topology/topology.ts";
import type { FabricDiscovery, Topology, TopologyProblem } from "./topology/topology.ts";
import { upwardGraph } from "./redundancy/upwardGraph.ts";
import type { UpwardGraph } from "./redundancy/upwardGraph.ts";

export interface PlanInput {
  readonly fabric: Fabric;
  readonly campaign: UpgradeCampaign;
  readonly images: readonly DeviceImage[];
  /** What the devices said; null to plan from the objects alone. */
  readonly discovery: FabricDiscovery | null;
  /** Devices out of service for whatever cause; they carry nothing for anybody. */
  readonly outOfService: readonly string[];
  /** How long the upgrade of one device takes, without soaking. */
  readonly estimateSeconds: (device: FabricDevice, image: DeviceImage) => number;
  /** What the driver says against this image on this device; null for nothing. */
  readonly supports: (device: FabricDevice, image: DeviceImage) => Explained | null;
  /** Hexadecimal SHA-256 of a text in UTF-8. */
  readonly sha256: (text: string) => string;
}

/** Something about a device that people should know. */
export interface DeviceProblem extends Explained {
  readonly device: string;
}

export interface PlanResult {
  readonly plan: Plan;
  readonly problems: readonly DeviceProblem[];
  /** Why the plan cannot be approved; empty when it can. */
  readonly blockers: readonly DeviceProblem[];
  /** What the plan was proven on. */
  readonly topology: Topology;
}

/** Throws `PlanningError` for input that cannot be planned at all. The same input gives the same plan. */
export function makePlan(input: PlanInput): PlanResult {
  const { fabric, campaign, discovery } = input;
  checkAccepted(input);
  const topology = buildTopology(fabric.spec, discovery);
  const selection = selectDevices(input);
  const graph = upwardGraph(topology, input.outOfService);
  const rules = rulesOf(topology, graph);
  const exposed = exposedDevices(selection.selected, { rules, graph });
  const isExposed = new Set(exposed.map(({ device }) => device));
  const { strategy } = campaign.spec;
  const { batches, lowerBound } = makeBatches(
    selection.selected.map(({ device: { name, role, overlayRoles } }) => ({
      name,
      role,
      overlayRoles: overlayRoles ?? [],
      exposed: isExposed.has(name),
    })),
    {
      maxBatchSize: strategy.maxBatchSize,
      canariesPerTier: strategy.canary.devicesPerTier,
      requirementsOf: (tier) => rules(tier).requirements,
    },
  );
  const seconds = new Map(
    selection.selected.map(({ device, image }) => [device.name, input.estimateSeconds(device, image)]),
  );
  const planned = batches.map(({ tier, stage, devices }, place): PlannedBatch => ({
    index: place + 1,
    tier,
    canary: stage === "Canary",
    devices,
    estimateSeconds: batchSeconds(devices, seconds),
  }));
  const unproven = unprovenBlockers(topology, selection, graph);
  const content: Omit<Plan, "hash"> = {
    source: topology.source,
    hitless: exposed.length === 0 && isProven(input, topology),
    lowerBound,
    batches: planned,
    devices: plannedDevices(selection.selected, {
      seconds,
      rules,
      context: placementContext(batches, strategy.maxBatchSize),
    }),
    skipped: selection.skipped,
    exposed,
  };
  const { images, sha256 } = input;
  const hash =
    discovery === null ? null : planHash({ fabric, campaign, images, topology, plan: content, sha256 });
  const blockers = [
    ...unproven,
    ...nonHitlessBlockers(exposed, input),
    ...disabledBlockers(selection, input),
  ];
  return { plan: { hash, ...content }, problems: topology.problems, blockers, topology };
}

interface TierRules {
  readonly requirements: readonly Requirement[];
  readonly index: RequirementIndex;
}

/** The rules of each tier, derived when they are first asked for. */
function rulesOf(topology: Topology, graph: UpwardGraph): (tier: Tier) => TierRules {
  const known = new Map<Tier, TierRules>();
  return (tier) => {
    let rules = known.get(tier);
    if (rules === undefined) {
      const requirements = requirementsOf(topology, tier, graph);
      rules = { requirements, index: indexByDevice(requirements) };
      known.set(tier, rules);
    }
    return rules;
  };
}

function exposedDevices(
  selected: readonly SelectedDevice[],
  { rules, graph }: { rules: (tier: Tier) => TierRules; graph: UpwardGraph },
): ExposedDevice[] {
  return selected.flatMap(({ device }) => {
    const exposure = exposureOf(device.name, { index: rules(device.role).index, graph });
    return exposure === null ? [] : [exposure];
  });
}

function plannedDevices(
  selected: readonly SelectedDevice[],
  plan: {
    seconds: ReadonlyMap<string, number>;
    rules: (tier: Tier) => TierRules;
    context: PlacementContext;
  },
): Record<string, PlannedDevice> {
  const entries = selected.map(({ device: { name, role }, image, from }): [string, PlannedDevice] => {
    const { index } = plan.rules(role);
    const place = plan.context.batchOf.get(name) ?? 0;
    return [
      name,
      {
        from,
        to: image.spec.osVersion,
        batch: place + 1,
        estimateSeconds: plan.seconds.get(name) ?? 0,
        peers: peersOf(name, index),
        reasons: explainPlacement(name, place, { ...plan.context, index }),
      },
    ];
  });
  return Object.fromEntries(entries);
}

function checkAccepted({ fabric, campaign, outOfService }: PlanInput): void {
  const names = new Set(fabric.spec.devices.map(({ name }) => name));
  for (const [index, { device }] of (campaign.spec.strategy.acceptNonHitless ?? []).entries()) {
    if (names.has(device)) continue;
    const field = `spec.strategy.acceptNonHitless[${String(index)}].device`;
    throw new PlanningError("DeviceNotFound", field, `the Fabric has no device ${device}`);
  }
  const unknown = outOfService.find((device) => !names.has(device));
  if (unknown !== undefined) {
    const message = `the ledger names ${unknown}, which the Fabric does not have`;
    throw new PlanningError("DeviceNotFound", "status.outOfService", message);
  }
}

function isAccepted(device: string, { campaign }: PlanInput): boolean {
  return campaign.spec.strategy.acceptNonHitless?.some((accepted) => accepted.device === device) ?? false;
}

/** With discovery switched off nothing is proven, whatever is declared. Plans from files speak of declarations only. */
function isProven({ fabric, discovery }: PlanInput, topology: Topology): boolean {
  return (
    discovery === null || (topology.source === "devices" && fabric.spec.multihoming.discovery !== "Disabled")
  );
}

function nonHitlessBlockers(exposed: readonly ExposedDevice[], input: PlanInput): DeviceProblem[] {
  return exposed
    .filter(({ device }) => !isAccepted(device, input))
    .map(({ device, endpoints }) => ({
      device,
      reason: "NotHitless",
      message: `without ${device} ${listed(endpoints)} ${endpoints.length === 1 ? "is" : "are"} cut off`,
    }));
}

function disabledBlockers({ selected }: Selection, input: PlanInput): DeviceProblem[] {
  if (input.discovery === null || input.fabric.spec.multihoming.discovery !== "Disabled") return [];
  return selected
    .filter(({ device }) => !isAccepted(device.name, input))
    .map(({ device }) => ({
      device: device.name,
      reason: "TopologyUnproven",
      message: "multihoming.discovery is Disabled: who depends on the device was not read",
    }));
}

/** A device whose redundancy is unknown blocks when it is selected itself, or when servers are seen behind it. */
function unprovenBlockers(
  topology: Topology,
  { selected, unread }: Selection,
  graph: UpwardGraph,
): DeviceProblem[] {
  const wanted = new Set(selected.map(({ device }) => device.name));
  const unproven = topology.problems.filter(
    ({ device, reason }: TopologyProblem) =>
      reason === "TopologyUnproven" &&
      graph.inService.has(device) &&
      graph.hasEndpoints(device) &&
      wanted.size > 0,
  );
  const silent = unread
    .filter((device) => wanted.has(device))
    .map((device): DeviceProblem => ({ device, reason: "Unreachable", message: `${device} was not read` }));
  return [...silent, ...unproven];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${String(names.length - 5)} more` : shown;
}
