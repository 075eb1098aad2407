/** Makes a plan: who is selected, what redundancy there is, in which batches, and what speaks against it. */
import type { PortLoad } from "../api/discovery.ts";
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import type { EstimateSource, Plan, PlanWarning, PlannedWarning, Tier } from "../api/plan.ts";
import type { Explained } from "../api/reasons.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { makeBatches } from "./batches/batches.ts";
import { batchDevices, describeBatches, placeBatches, protectionsOf } from "./plannedBatches.ts";
import type { Selected } from "./plannedBatches.ts";
import { planHash } from "./hash.ts";
import type { Sha256 } from "./hash.ts";
import { shortages, uplinksNeeded, uplinksOf } from "./capacity.ts";
import type { DeviceEffort } from "./impact.ts";
import { listAt } from "./indexes.ts";
import { mixedReleases } from "./mixedReleases.ts";
import { listed } from "./naturalOrder.ts";
import { PlanningError, refuse } from "./planningError.ts";
import type { Complain, PlanningProblem } from "./planningError.ts";
import { exposedDevices } from "./exposedDevices.ts";
import type { Exposures } from "./exposedDevices.ts";
import { fabricGraph, hasEndpoints, nameOf } from "./redundancy/fabricGraph.ts";
import type { FabricGraph } from "./redundancy/fabricGraph.ts";
import { rulesByTier } from "./redundancy/tierRules.ts";
import type { TierRules } from "./redundancy/tierRules.ts";
import { discoveryOf, selectDevices } from "./selection.ts";
import type { Selection, SelectionInput } from "./selection.ts";
import type { FabricDevice } from "./selector.ts";
import { inWindowOrder } from "./windowOrder.ts";
import type { WindowCalendar } from "./windows.ts";
import { namesElsewhere } from "./topology/elsewhere.ts";
import { drainText } from "./topology/drained.ts";
import { buildTopology } from "./topology/topology.ts";
import type { FabricDiscovery, Topology, TopologyProblem } from "./topology/topology.ts";

export interface PlanInput {
  readonly fabric: Fabric;
  readonly campaign: UpgradeCampaign;
  readonly images: readonly DeviceImage[];
  /** What the devices said; null to plan from the objects alone. */
  readonly discovery: FabricDiscovery | null;
  /** Devices out of service for whatever cause; they carry nothing for anybody. Of other fabrics, `fabric/device`. */
  readonly outOfService: readonly string[];
  /** How long the upgrade of one device takes, without soaking. */
  readonly estimateSeconds: (device: FabricDevice, image: DeviceImage) => number;
  /** Where that comes from; without it the plan does not say. */
  readonly estimatedBy?: (device: FabricDevice) => EstimateSource;
  /** What an upgrade of the device means beside its time; without it the plan does not speak of impact. */
  readonly effort?: (device: FabricDevice) => DeviceEffort;
  /** What the driver says against this image on this device; null for nothing. */
  readonly supports: SelectionInput["supports"];
  /** When devices may be out of service; without it, at any time. */
  readonly windows?: WindowCalendar | undefined;
  /** What the ports of devices carry now; without it nothing is said of capacity. */
  readonly loads?: Readonly<Record<string, readonly PortLoad[]>>;
  /** What is wrong with the objects beside what is found here; told together with that. */
  readonly problems?: readonly PlanningProblem[];
  readonly sha256: Sha256;
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

/** Throws `PlanningError`, with all problems, for input that cannot be planned. The same input gives the same plan. */
export function makePlan(input: PlanInput): PlanResult {
  const { fabric, campaign, discovery, images, sha256 } = input;
  const { topology, selection } = resolve(input);
  const { minHeadroomPercent } = campaign.spec.strategy;
  const bare = fabricGraph(topology, input.outOfService);
  const uplinks = uplinksOf(bare, input.loads ?? {});
  const needed = minHeadroomPercent === undefined ? new Map() : uplinksNeeded(uplinks, minHeadroomPercent);
  const graph = { ...bare, uplinksNeeded: needed };
  const selected = selection.selected.map((each): Selected => {
    const hopSeconds = each.hops.map((image) => input.estimateSeconds(each.device, image));
    const seconds = hopSeconds.reduce((sum, one) => sum + one, 0);
    return { ...each, number: graph.numberOf.get(each.device.name) ?? 0, seconds, hopSeconds };
  });
  const rules = rulesByTier(graph);
  const staying = new Set(
    topology.devices.filter(({ staysInService }) => staysInService === true).map(({ name }) => name),
  );
  const exposures = exposedDevices(
    selected.filter(({ device: { name } }) => !staying.has(name)),
    { graph, rules, outOfService: input.outOfService },
  );
  const { exposed } = exposures;
  const protections = protectionsOf(topology);
  const { batches: packed, bound } = makeBatches(batchDevices(selected, { exposed, protections }), {
    maxBatchSize: campaign.spec.strategy.maxBatchSize,
    canariesPerTier: campaign.spec.strategy.canary.devicesPerTier,
    rules,
  });
  const { lengthSeconds } = input.windows ?? {};
  const secondsOf = new Map(selected.map(({ number, seconds }) => [number, seconds]));
  const batches =
    lengthSeconds === undefined
      ? packed
      : inWindowOrder(packed, { lengthSeconds, secondsOf: (device) => secondsOf.get(device) ?? 0 });
  const described = describeBatches(batches, {
    selected,
    rules,
    protections,
    exposed,
    input,
    maxBatchSize: campaign.spec.strategy.maxBatchSize,
  });
  const short = shortages(batches, { graph, uplinks, minHeadroomPercent: minHeadroomPercent ?? 0 });
  const placed = placeBatches(described.batches, input.windows);
  const deviceWarnings = deviceWarningsOf(selected, discovery);
  const content: Omit<Plan, "hash"> = {
    source: topology.source,
    hitless:
      exposed.length === 0 &&
      !deviceWarnings.some(({ warning }) => warning === "UnsupportedProtocol") &&
      !selected.some(({ device: { name } }) => discovery?.[name]?.losesSessions === true) &&
      isProven(input, topology),
    lowerBound: bound.batches,
    lowerBoundSeconds: bound.seconds,
    ...described,
    batches: placed.batches,
    skipped: selection.skipped,
    exposed,
    ...headroomOf(graph, minHeadroomPercent),
    warnings: [...short, ...mixed(selected, { input, rules, graph })],
    ...(deviceWarnings.length === 0 ? {} : { deviceWarnings }),
  };
  const hash =
    discovery === null ? null : planHash({ fabric, campaign, images, topology, plan: content, sha256 });
  const blockers = [
    ...unprovenBlockers(topology, selection, graph),
    ...nonHitlessBlockers(exposures, input),
    ...disabledBlockers(selection, input),
    ...placed.blockers,
    ...(minHeadroomPercent === undefined ? [] : short.flatMap(capacityBlocker)),
    ...warningBlockers(deviceWarnings, input),
  ];
  return { plan: { hash, ...content }, problems: topology.problems, blockers, topology };
}

/** The topology and who is selected. Whatever is wrong with the objects is told together. */
function resolve(input: PlanInput): { topology: Topology; selection: Selection } {
  const { fabric, discovery } = input;
  const problems = [...(input.problems ?? [])];
  let topology: Topology | null = null;
  try {
    topology = buildTopology(fabric.spec, discovery);
  } catch (error) {
    if (!(error instanceof PlanningError)) throw error;
    problems.push(...error.problems);
  }
  const complain = (problem: PlanningProblem): void => {
    problems.push(problem);
  };
  checkElsewhere(fabric, complain);
  const selection = selectDevices(input, complain);
  checkAccepted(input, complain);
  checkAcceptedWarnings(input, complain);
  refuse(problems);
  if (topology === null) throw new Error("a fabric without problems has a topology");
  return { topology, selection };
}

/** Its own devices are members as such. */
function checkElsewhere({ metadata, spec }: Fabric, complain: Complain): void {
  for (const [index, { name, elsewhere = [] }] of (spec.redundancyGroups ?? []).entries()) {
    for (const [place, { fabricRef }] of elsewhere.entries()) {
      if (fabricRef.name !== metadata.name) continue;
      const field = `spec.redundancyGroups[${String(index)}].elsewhere[${String(place)}].fabricRef.name`;
      complain({
        reason: "FabricInvalid",
        field,
        message: `group ${name} names its own fabric as another one`,
      });
    }
  }
}

/** Loads are not kept: so that the plan can be explained later, it has what followed from them. */
function headroomOf(graph: FabricGraph, percent: number | undefined): Pick<Plan, "headroom"> {
  const needed = [...graph.uplinksNeeded].filter(
    ([device, count]) => count > Math.ceil(listAt(graph.above, device).length / 2),
  );
  if (percent === undefined || needed.length === 0) return {};
  const kept = Object.fromEntries(needed.map(([device, count]) => [nameOf(graph, device), count]));
  return { headroom: { percent, uplinksNeeded: kept } };
}

/** What is a warning otherwise blocks where a limit was set. */
function capacityBlocker({ reason, devices: [device], message }: PlanWarning): DeviceProblem[] {
  return device === undefined ? [] : [{ device, reason, message }];
}

function mixed(
  selected: readonly Selected[],
  { input, rules, graph }: { input: PlanInput; rules: (tier: Tier) => TierRules; graph: FabricGraph },
): PlanWarning[] {
  const planned = new Map(selected.map((each) => [each.number, each]));
  const devices = selected.map(({ number, device }) => ({ number, rules: rules(device.role) }));
  return mixedReleases(devices, (number) => {
    const { from, image } = planned.get(number) ?? {};
    const before = from ?? discoveryOf(input.discovery, graph.names[number] ?? "")?.release ?? null;
    return before === null ? null : { before, after: image?.spec.osVersion ?? before };
  });
}

function checkAccepted({ fabric, campaign, outOfService }: PlanInput, complain: Complain): void {
  const names = new Set(fabric.spec.devices.map(({ name }) => name));
  for (const [index, { device }] of (campaign.spec.strategy.acceptNonHitless ?? []).entries()) {
    if (names.has(device)) continue;
    const field = `spec.strategy.acceptNonHitless[${String(index)}].device`;
    complain({ reason: "DeviceNotFound", field, message: `the Fabric has no device ${device}` });
  }
  const elsewhere = new Set(namesElsewhere(fabric.spec));
  for (const unknown of outOfService.filter((device) => !names.has(device) && !elsewhere.has(device))) {
    const message = `the ledger names ${unknown}, which the Fabric does not have`;
    complain({ reason: "DeviceNotFound", field: "status.outOfService", message });
  }
}

function checkAcceptedWarnings({ fabric, campaign }: PlanInput, complain: Complain): void {
  const names = new Set(fabric.spec.devices.map(({ name }) => name));
  for (const [index, { device }] of (campaign.spec.strategy.acceptWarnings ?? []).entries()) {
    if (names.has(device)) continue;
    const field = `spec.strategy.acceptWarnings[${String(index)}].device`;
    complain({ reason: "DeviceNotFound", field, message: `the Fabric has no device ${device}` });
  }
}

function isAccepted(device: string, { campaign }: PlanInput): boolean {
  return campaign.spec.strategy.acceptNonHitless?.some((accepted) => accepted.device === device) ?? false;
}

/** With discovery switched off nothing is proven, whatever is declared. Plans from files speak of declarations only. */
function isProven({ discovery }: PlanInput, topology: Topology): boolean {
  return discovery === null || topology.source === "devices";
}

function nonHitlessBlockers({ exposed, dueTo }: Exposures, input: PlanInput): DeviceProblem[] {
  return exposed
    .filter(({ device }) => !isAccepted(device, input))
    .map((each) => {
      const { device, endpoints } = each;
      const cutOff = `without ${device} ${listed(endpoints)} ${endpoints.length === 1 ? "is" : "are"} cut off`;
      return { device, reason: "NotHitless", message: [cutOff, ...dueTo(each).map(drainText)].join("; ") };
    });
}

/** What the selected devices' upgrades cost, as their drivers read it. */
function deviceWarningsOf(
  selected: readonly Selected[],
  discovery: FabricDiscovery | null,
): readonly PlannedWarning[] {
  return selected.flatMap(({ device: { name } }) =>
    (discovery?.[name]?.warnings ?? []).map((each) => ({ device: name, ...each })),
  );
}

function warningBlockers(warnings: readonly PlannedWarning[], { campaign }: PlanInput): DeviceProblem[] {
  const accepted = campaign.spec.strategy.acceptWarnings ?? [];
  return warnings
    .filter(({ device, warning }) =>
      accepted.every((each) => each.device !== device || each.warning !== warning),
    )
    .map(({ device, warning, message }) => ({
      device,
      reason: "WarningsNotAccepted",
      message: `${warning}: ${message}`,
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
  graph: FabricGraph,
): DeviceProblem[] {
  const wanted = new Set(selected.map(({ device }) => device.name));
  const unproven = topology.problems.filter(({ device, reason }: TopologyProblem) => {
    const number = graph.numberOf.get(device) ?? -1;
    // One that is out of service has no endpoints.
    return reason === "TopologyUnproven" && hasEndpoints(graph, number) && wanted.size > 0;
  });
  const silent = unread
    .filter((device) => wanted.has(device))
    .map((device): DeviceProblem => ({ device, reason: "Unreachable", message: `${device} was not read` }));
  return [...silent, ...unproven];
}
