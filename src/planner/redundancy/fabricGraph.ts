/**
 * The fabric as the planner sees it: numbered devices, which of them are in service, and for each the neighbours
 * above it and beside it over working links. A device's number is its place in natural order.
 */
import type { Tier } from "../../api/plan.ts";
import { ascending, emptyLists, listAt } from "../indexes.ts";
import type { Lists } from "../indexes.ts";
import { sortedNames } from "../naturalOrder.ts";
import { layerOf, topLayer } from "../topology/layers.ts";
import type { Endpoint, Topology } from "../topology/topology.ts";

export interface FabricGraph {
  readonly topology: Topology;
  readonly names: readonly string[];
  readonly numberOf: ReadonlyMap<string, number>;
  readonly tiers: readonly Tier[];
  readonly layers: Uint8Array;
  readonly top: number;
  /** 1 for a device in service. */
  readonly inService: Uint8Array;
  /** Neighbours of a higher layer, in service, over links that are up. */
  readonly above: Lists;
  /** How many neighbours above a device has to keep for its traffic, where a plan asks for that. */
  readonly uplinksNeeded: ReadonlyMap<number, number>;
  /** Neighbours of the same layer. */
  readonly beside: Lists;
  /** 1 for devices that have something below them. */
  readonly carriesOthers: Uint8Array;
  /** 1 where any link is known of a device, working or not. */
  readonly linked: Uint8Array;
  /** For each endpoint the device of each attachment that is up and in service. */
  readonly liveDevices: Lists;
  /** For each device the endpoints with such an attachment on it; twice where there are two. */
  readonly endpointsOn: Lists;
  /**
   * Devices of other fabrics that groups name and that are in service. They have the numbers after those of the fabric's
   * own, and stand in groups only: nothing here takes them out.
   */
  readonly elsewhere: readonly string[];
}

export function fabricGraph(topology: Topology, outOfService: Iterable<string>): FabricGraph {
  const { devices, links, endpoints } = topology;
  const out = new Set(outOfService);
  const count = devices.length;
  const names = devices.map(({ name }) => name);
  const numberOf = new Map(names.map((name, number) => [name, number]));
  const tiers = devices.map(({ role }) => role);
  const layers = Uint8Array.from(tiers, layerOf);
  const inService = Uint8Array.from(devices, ({ name, knowledge, drainedBy }) =>
    knowledge !== "Unknown" && drainedBy === undefined && !out.has(name) ? 1 : 0,
  );
  const above = emptyLists(count);
  const beside = emptyLists(count);
  const carriesOthers = new Uint8Array(count);
  const linked = new Uint8Array(count);
  for (const link of links) {
    const [a, b] = [numberOf.get(link.a.device) ?? 0, numberOf.get(link.b.device) ?? 0];
    linked[a] = linked[b] = 1;
    if (!link.up || inService[a] !== 1 || inService[b] !== 1) continue;
    const rise = (layers[b] ?? 0) - (layers[a] ?? 0);
    if (rise === 0) {
      beside[a]?.push(b);
      beside[b]?.push(a);
    } else {
      const [low, high] = rise > 0 ? [a, b] : [b, a];
      above[low]?.push(high);
      carriesOthers[high] = 1;
    }
  }
  const liveDevices = endpoints.map((endpoint) => devicesOf(endpoint, { numberOf, inService }));
  return {
    topology,
    names,
    numberOf,
    tiers,
    layers,
    top: topLayer(devices),
    inService,
    above: above.map(ascending),
    uplinksNeeded: new Map(),
    beside: beside.map(ascending),
    carriesOthers,
    linked,
    liveDevices,
    endpointsOn: endpointsByDevice(liveDevices, count),
    elsewhere: sortedNames(topology.groups.flatMap((group) => group.elsewhere ?? [])).filter(
      (name) => !out.has(name),
    ),
  };
}

function devicesOf(
  { attachments }: Endpoint,
  { numberOf, inService }: Pick<FabricGraph, "numberOf" | "inService">,
): number[] {
  const devices = attachments.map(({ device, up }) => (up ? (numberOf.get(device) ?? -1) : -1));
  const isLive = (device: number): boolean => inService[device] === 1;
  // Almost always all of them are: the list is not copied for nothing.
  return devices.every(isLive) ? devices : devices.filter(isLive);
}

function endpointsByDevice(liveDevices: Lists, count: number): Lists {
  const endpointsOn = emptyLists(count);
  for (let endpoint = 0; endpoint < liveDevices.length; endpoint += 1) {
    for (const device of listAt(liveDevices, endpoint)) endpointsOn[device]?.push(endpoint);
  }
  return endpointsOn;
}

export function nameOf({ names, elsewhere }: FabricGraph, device: number): string {
  return names[device] ?? elsewhere[device - names.length] ?? "";
}

/** The names of the endpoints on a device; its own where none is known. */
export function namesOn(graph: FabricGraph, device: number): string[] {
  const endpoints = listAt(graph.endpointsOn, device);
  if (endpoints.length === 0) return [nameOf(graph, device)];
  return endpoints.map((endpoint) => graph.topology.endpoints[endpoint]?.name ?? "");
}

export function hasEndpoints({ endpointsOn }: FabricGraph, device: number): boolean {
  return listAt(endpointsOn, device).length > 0;
}

/** Leaves, borders and firewalls: whatever their place, traffic enters there. */
export function isEdge({ layers }: FabricGraph, device: number): boolean {
  return (layers[device] ?? 0) <= 1;
}

/** Devices in service where traffic enters: edges, and whatever else has endpoints. */
export function entryDevices(graph: FabricGraph): number[] {
  return [...graph.names.keys()].filter(
    (device) => graph.inService[device] === 1 && (isEdge(graph, device) || hasEndpoints(graph, device)),
  );
}

/** The devices of a tier that are in service. */
export function tierMembers({ tiers, inService }: FabricGraph, tier: Tier): number[] {
  return [...tiers.keys()].filter((device) => tiers[device] === tier && inService[device] === 1);
}
