/**
 * Who can reach whom in a fabric with some devices out, as a graph question and nothing else. A device reaches
 * another if a way up from the one and a way up from the other meet: traffic goes up and then down, never down
 * and up again through a leaf. Used by `verify` only; the planner has its own, different, account of the same.
 */
import { append, insert } from "../indexes.ts";
import { layerOf, topLayer } from "../topology/layers.ts";
import { portText } from "../topology/ports.ts";
import type { Endpoint, Topology } from "../topology/topology.ts";

/** The parts of a topology that do not depend on which devices are out. */
export interface FabricGraph {
  readonly topology: Topology;
  readonly layer: ReadonlyMap<string, number>;
  readonly top: number;
  readonly up: ReadonlyMap<string, ReadonlySet<string>>;
  readonly down: ReadonlyMap<string, ReadonlySet<string>>;
  /** Neighbours of the same layer. */
  readonly flat: ReadonlyMap<string, ReadonlySet<string>>;
  readonly endpointsOn: ReadonlyMap<string, readonly Endpoint[]>;
  /** The EVPN peers of each device; null stands for one outside the fabric. */
  readonly peersOf: ReadonlyMap<string, readonly (string | null)[]>;
  /** The devices that have a session with a device. */
  readonly clientsOf: ReadonlyMap<string, readonly string[]>;
  readonly holdersOf: ReadonlyMap<string, readonly string[]>;
  readonly classes: MeetingClasses;
}

/** Devices whose ways up end at the same meeting points are alike; each such set has a number. */
export interface MeetingClasses {
  readonly intern: (points: ReadonlySet<string>) => number;
  /** Two different devices of these classes reach each other. */
  readonly meet: (a: number, b: number) => boolean;
}

/** The fabric with a certain set of devices out. */
export interface FabricState {
  readonly graph: FabricGraph;
  readonly inService: (device: string) => boolean;
  readonly meetingClass: (device: string) => number;
}

export function graphOf(topology: Topology): FabricGraph {
  const layer = new Map(topology.devices.map(({ name, role }) => [name, layerOf(role)]));
  const up = new Map<string, Set<string>>();
  const down = new Map<string, Set<string>>();
  const flat = new Map<string, Set<string>>();
  for (const link of topology.links) {
    if (!link.up) continue;
    const [a, b] = [link.a.device, link.b.device];
    const difference = (layer.get(a) ?? 0) - (layer.get(b) ?? 0);
    if (difference === 0) {
      insert(flat, a, b);
      insert(flat, b, a);
    } else {
      insert(up, difference < 0 ? a : b, difference < 0 ? b : a);
      insert(down, difference < 0 ? b : a, difference < 0 ? a : b);
    }
  }
  const endpointsOn = new Map<string, Endpoint[]>();
  for (const endpoint of topology.endpoints) {
    const devices = new Set(endpoint.attachments.map((attachment) => attachment.device));
    for (const device of devices) append(endpointsOn, device, endpoint);
  }
  const peersOf = new Map<string, (string | null)[]>();
  const clientsOf = new Map<string, string[]>();
  for (const { device, peer } of topology.evpnSessions) {
    append(peersOf, device, peer);
    if (peer !== null) append(clientsOf, peer, device);
  }
  const holdersOf = new Map<string, string[]>();
  for (const { name, overlayRoles } of topology.devices) {
    for (const role of new Set(overlayRoles)) append(holdersOf, role, name);
  }
  return {
    topology,
    layer,
    top: topLayer(topology.devices),
    up,
    down,
    flat,
    endpointsOn,
    peersOf,
    clientsOf,
    holdersOf,
    classes: meetingClasses(),
  };
}

/** The fabric with `out` out of service; devices that should have been read and were not are out as well. */
export function stateOf(graph: FabricGraph, out: ReadonlySet<string>): FabricState {
  const unknown = new Set(
    graph.topology.devices.filter(({ knowledge }) => knowledge === "Unknown").map(({ name }) => name),
  );
  const inService = (device: string): boolean => !out.has(device) && !unknown.has(device);
  return memoised(graph, inService, null);
}

/** `before` with further devices taken out; what they cannot influence is not computed again. */
export function without(
  before: FabricState,
  removed: ReadonlySet<string>,
): FabricState & { affected: ReadonlySet<string> } {
  const { graph } = before;
  const inService = (device: string): boolean => !removed.has(device) && before.inService(device);
  const affected = below(before, removed);
  const state = memoised(graph, inService, { before, affected });
  return { ...state, affected };
}

/** The attachments of an endpoint that carry traffic. */
export function liveAttachments(state: FabricState, endpoint: Endpoint): Endpoint["attachments"] {
  return endpoint.attachments.filter(({ device, up }) => up && state.inService(device));
}

/** For messages: `leaf1/ae3, leaf2/ae3`. */
export function portList(attachments: Endpoint["attachments"]): string {
  return attachments.map(portText).join(", ");
}

function memoised(
  graph: FabricGraph,
  inService: (device: string) => boolean,
  earlier: { before: FabricState; affected: ReadonlySet<string> } | null,
): FabricState {
  const known = new Map<string, number>();
  let islands: ReadonlyMap<string, string> | null = null;
  function meetingClass(device: string): number {
    if (earlier !== null && !earlier.affected.has(device)) return earlier.before.meetingClass(device);
    let found = known.get(device);
    if (found === undefined) {
      islands ??= topIslands(graph, inService);
      found = graph.classes.intern(meetingPoints(device, { graph, inService, islands }));
      known.set(device, found);
    }
    return found;
  }
  return { graph, inService, meetingClass };
}

/**
 * Where ways up from a device may meet others': every device above it, the islands of the top layer, and the
 * links to neighbours beside it. The device itself is one only if something hangs below it.
 */
function meetingPoints(
  device: string,
  {
    graph,
    inService,
    islands,
  }: { graph: FabricGraph; inService: (device: string) => boolean; islands: ReadonlyMap<string, string> },
): Set<string> {
  const points = new Set<string>();
  if (!inService(device)) return points;
  const seen = new Set([device]);
  for (const here of seen) {
    if (here !== device || graph.down.has(here)) points.add(here);
    const island = islands.get(here);
    if (island !== undefined) points.add(`island ${island}`);
    for (const above of graph.up.get(here) ?? []) if (inService(above)) seen.add(above);
  }
  if (graph.layer.get(device) !== graph.top) {
    for (const beside of graph.flat.get(device) ?? []) {
      if (inService(beside)) points.add(device < beside ? `${device} - ${beside}` : `${beside} - ${device}`);
    }
  }
  return points;
}

/** Top-layer devices that reach each other over links among themselves, by the least name of each island. */
function topIslands(graph: FabricGraph, inService: (device: string) => boolean): Map<string, string> {
  const islands = new Map<string, string>();
  for (const start of graph.flat.keys()) {
    if (graph.layer.get(start) !== graph.top || islands.has(start) || !inService(start)) continue;
    const island = new Set([start]);
    for (const here of island) {
      for (const beside of graph.flat.get(here) ?? []) if (inService(beside)) island.add(beside);
    }
    if (island.size === 1) continue;
    const least = [...island].reduce((a, b) => (a < b ? a : b));
    for (const member of island) islands.set(member, least);
  }
  return islands;
}

/** Devices whose ways up may change: everything below or beside what is removed. */
function below({ graph }: FabricState, removed: ReadonlySet<string>): ReadonlySet<string> {
  const start = new Set(removed);
  for (const device of removed) {
    const beside = graph.flat.get(device);
    if (beside === undefined) continue;
    for (const neighbour of beside) start.add(neighbour);
    // An island of the top layer may fall apart, which everybody below it feels.
    if (graph.layer.get(device) === graph.top) {
      for (const other of graph.flat.keys()) if (graph.layer.get(other) === graph.top) start.add(other);
    }
  }
  const affected = new Set(start);
  for (const here of affected) for (const lower of graph.down.get(here) ?? []) affected.add(lower);
  return affected;
}

function meetingClasses(): MeetingClasses {
  const numbers = new Map<string, number>();
  const sets: ReadonlySet<string>[] = [];
  const answers: (boolean | undefined)[][] = [];
  function intern(points: ReadonlySet<string>): number {
    const key = [...points].toSorted().join("\n");
    let number = numbers.get(key);
    if (number === undefined) {
      number = sets.push(points) - 1;
      numbers.set(key, number);
    }
    return number;
  }
  function meet(a: number, b: number): boolean {
    const row = (answers[a] ??= []);
    let answer = row[b];
    if (answer === undefined) {
      const [left, right] = [sets[a], sets[b]];
      answer = left !== undefined && right !== undefined && haveCommon(left, right);
      row[b] = answer;
    }
    return answer;
  }
  return { intern, meet };
}

function haveCommon(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const point of a) if (b.has(point)) return true;
  return false;
}
