/**
 * The fabric as the planner sees it: which devices are in service, and for each the neighbours above it and
 * beside it over working links.
 */
import { insert } from "../indexes.ts";
import { layerOf, topLayer } from "../topology/layers.ts";
import { sortedNames } from "../naturalOrder.ts";
import type { Endpoint, Topology } from "../topology/topology.ts";

export interface UpwardGraph {
  readonly inService: ReadonlySet<string>;
  readonly layer: ReadonlyMap<string, number>;
  readonly top: number;
  /** Neighbours of a higher layer, in service, over links that are up. */
  readonly above: ReadonlyMap<string, ReadonlySet<string>>;
  /** Neighbours of the same layer. */
  readonly beside: ReadonlyMap<string, ReadonlySet<string>>;
  /** Devices that have something below them. */
  readonly carriesOthers: ReadonlySet<string>;
  /** Whether any link is known of a device, working or not. */
  readonly linked: ReadonlySet<string>;
  readonly hasEndpoints: (device: string) => boolean;
  /** The endpoints with a live attachment on a device; the device itself where there is none. */
  readonly namesOn: (device: string) => string[];
}

export function upwardGraph(topology: Topology, outOfService: Iterable<string>): UpwardGraph {
  const out = new Set(outOfService);
  const inService = new Set<string>();
  for (const { name, knowledge } of topology.devices) {
    if (knowledge !== "Unknown" && !out.has(name)) inService.add(name);
  }
  const layer = new Map(topology.devices.map(({ name, role }) => [name, layerOf(role)]));
  const above = new Map<string, Set<string>>();
  const beside = new Map<string, Set<string>>();
  const carriesOthers = new Set<string>();
  const linked = new Set<string>();
  for (const { a, b, up } of topology.links) {
    linked.add(a.device).add(b.device);
    if (!up || !inService.has(a.device) || !inService.has(b.device)) continue;
    const rise = (layer.get(b.device) ?? 0) - (layer.get(a.device) ?? 0);
    if (rise === 0) {
      insert(beside, a.device, b.device);
      insert(beside, b.device, a.device);
    } else {
      const [low, high] = rise > 0 ? [a.device, b.device] : [b.device, a.device];
      insert(above, low, high);
      carriesOthers.add(high);
    }
  }
  const endpointNames = new Map<string, Set<string>>();
  for (const { name, attachments } of topology.endpoints) {
    for (const { device, up } of attachments) {
      if (up && inService.has(device)) insert(endpointNames, device, name);
    }
  }
  return {
    inService,
    layer,
    above,
    beside,
    carriesOthers,
    linked,
    top: topLayer(topology.devices),
    hasEndpoints: (device) => endpointNames.has(device),
    namesOn: (device) => [...(endpointNames.get(device) ?? [device])],
  };
}

/** The devices above a device that it has a working link to, by name. */
export function uplinksOf(graph: UpwardGraph, device: string): string[] {
  return sortedNames(graph.above.get(device) ?? []);
}

/** Devices where traffic enters: leaves, borders and firewalls in service, and whatever else has endpoints. */
export function edgeDevices(graph: UpwardGraph): string[] {
  return [...graph.inService].filter(
    (device) => (graph.layer.get(device) ?? 0) <= 1 || graph.hasEndpoints(device),
  );
}

/** The device of each attachment that is up and in service. */
export function liveDevices({ attachments }: Endpoint, graph: UpwardGraph): string[] {
  return attachments
    .filter(({ device, up }) => up && graph.inService.has(device))
    .map(({ device }) => device);
}
