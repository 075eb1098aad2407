/**
 * A topology as numbered devices and lists of neighbours, as the proof looks at it. It is not the planner's graph:
 * the two share nothing but the topology.
 */
import type { Tier } from "../../api/plan.ts";
import type { Attachment, Endpoint, Topology } from "../topology/topology.ts";

/** How high a device stands; traffic goes up, then down. */
const HEIGHT = { Firewall: 0, Leaf: 1, Border: 1, Spine: 2, SuperSpine: 3 } as const satisfies Record<
  Tier,
  number
>;

/** The parts of a topology that do not depend on which devices are out. */
export interface Graph {
  readonly topology: Topology;
  readonly numberOf: ReadonlyMap<string, number>;
  readonly height: Uint8Array;
  /** The height of the highest devices: they may carry for each other. */
  readonly top: number;
  /** Neighbours over links that are up: above, below, and of the same height. */
  readonly up: Neighbours;
  readonly down: Neighbours;
  readonly flat: Neighbours;
  /** The highest devices that have such neighbours. */
  readonly joined: readonly number[];
  /** For each endpoint the device of each attachment that is up. */
  readonly attachedTo: Neighbours;
  /** For each device the endpoints with such an attachment on it. */
  readonly endpointsOn: Neighbours;
  /** The EVPN peers of each device; `OUTSIDE` stands for one that is not of the fabric. */
  readonly peersOf: Neighbours;
  /** The devices that have a session with a device. */
  readonly clientsOf: Neighbours;
  readonly holdersOf: ReadonlyMap<string, readonly number[]>;
}

export type Neighbours = readonly (readonly number[])[];

/** A peer outside the fabric. */
export const OUTSIDE = -1;

/** The fabric with certain devices out. */
export interface State {
  readonly graph: Graph;
  readonly isIn: (device: number) => boolean;
  /** Whether a device of another fabric (`fabric/device`) is in service. */
  readonly isInElsewhere: (name: string) => boolean;
}

const NOBODY: readonly number[] = [];

export function of(neighbours: Neighbours, device: number): readonly number[] {
  return neighbours[device] ?? NOBODY;
}

export function graphOf(topology: Topology): Graph {
  const { devices } = topology;
  const numberOf = new Map(devices.map(({ name }, number) => [name, number]));
  const height = Uint8Array.from(devices, ({ role }) => HEIGHT[role]);
  const lists = (): number[][] => devices.map(() => []);
  const insert = (list: readonly number[][], device: number, neighbour: number): void => {
    list[device]?.push(neighbour);
  };
  const [up, down, flat] = [lists(), lists(), lists()];
  for (const link of topology.links) {
    if (!link.up) continue;
    const [a, b] = [numberOf.get(link.a.device) ?? 0, numberOf.get(link.b.device) ?? 0];
    const rise = (height[b] ?? 0) - (height[a] ?? 0);
    if (rise === 0) {
      insert(flat, a, b);
      insert(flat, b, a);
    } else {
      insert(up, rise > 0 ? a : b, rise > 0 ? b : a);
      insert(down, rise > 0 ? b : a, rise > 0 ? a : b);
    }
  }
  const attachedTo = topology.endpoints.map((endpoint) => devicesOf(endpoint, numberOf));
  const endpointsOn = lists();
  for (let endpoint = 0; endpoint < attachedTo.length; endpoint += 1) {
    for (const device of of(attachedTo, endpoint)) insert(endpointsOn, device, endpoint);
  }
  const [peersOf, clientsOf] = [lists(), lists()];
  for (const session of topology.evpnSessions) {
    const device = numberOf.get(session.device) ?? 0;
    const peer = session.peer === null ? OUTSIDE : (numberOf.get(session.peer) ?? OUTSIDE);
    insert(peersOf, device, peer);
    if (peer !== OUTSIDE) insert(clientsOf, peer, device);
  }
  const holdersOf = new Map<string, number[]>();
  for (const [number, { overlayRoles }] of devices.entries()) {
    for (const role of new Set(overlayRoles)) {
      const holders = holdersOf.get(role);
      if (holders === undefined) holdersOf.set(role, [number]);
      else holders.push(number);
    }
  }
  const top = Math.max(...height);
  return {
    topology,
    numberOf,
    height,
    top,
    up: once(up),
    down: once(down),
    flat: once(flat),
    joined: [...devices.keys()].filter((device) => height[device] === top && of(flat, device).length > 0),
    attachedTo,
    endpointsOn: once(endpointsOn),
    peersOf: once(peersOf),
    clientsOf: once(clientsOf),
    holdersOf,
  };
}

/**
 * The fabric with devices out of service; those that should have been read and were not are out as well, and those
 * that traffic keeps off by their own configuration.
 */
export function stateOf(graph: Graph, outOfService: Iterable<string>): State {
  const out = new Set(outOfService);
  const isIn = Uint8Array.from(graph.topology.devices, ({ name, knowledge, drainedBy }) =>
    knowledge === "Unknown" || drainedBy !== undefined || out.has(name) ? 0 : 1,
  );
  return { graph, isIn: (device) => isIn[device] === 1, isInElsewhere: (name) => !out.has(name) };
}

/** A state with further devices out. */
export function without({ graph, isIn, isInElsewhere }: State, removed: ReadonlySet<number>): State {
  return { graph, isIn: (device) => isIn(device) && !removed.has(device), isInElsewhere };
}

/** Each list in ascending order, each number once: there may be several links to one neighbour. */
function once(lists: readonly number[][]): Neighbours {
  return lists.map((list) => {
    if (list.every((number, place) => place === 0 || number > (list[place - 1] ?? 0))) return list;
    return [...new Set(list)].toSorted((a, b) => a - b);
  });
}

function devicesOf({ attachments }: Endpoint, numberOf: Graph["numberOf"]): number[] {
  const all = attachments.map(({ device }) => numberOf.get(device) ?? 0);
  return attachments.every(({ up }) => up) ? all : all.filter((_, place) => attachments[place]?.up);
}

export function nameOf({ topology }: Graph, device: number): string {
  return topology.devices[device]?.name ?? "";
}

export function endpointAt({ topology }: Graph, number: number): Endpoint {
  const endpoint = topology.endpoints[number];
  if (endpoint === undefined) throw new RangeError(`no endpoint ${String(number)}`);
  return endpoint;
}

/** Where traffic enters: leaves, borders, firewalls, and whatever else has endpoints. */
export function isEntry({ height, endpointsOn }: Graph, device: number): boolean {
  return (height[device] ?? 0) <= HEIGHT.Leaf || of(endpointsOn, device).length > 0;
}

/** How many attachments of an endpoint carry traffic. */
export function attachmentsLeft({ graph, isIn }: State, endpoint: number): number {
  let left = 0;
  for (const device of of(graph.attachedTo, endpoint)) if (isIn(device)) left += 1;
  return left;
}

/** The attachments of an endpoint that carry traffic. */
export function liveAttachments({ graph, isIn }: State, endpoint: number): Attachment[] {
  return endpointAt(graph, endpoint).attachments.filter(
    ({ device, up }) => up && isIn(graph.numberOf.get(device) ?? -1),
  );
}

/** For messages: `leaf1/ae3, leaf2/ae3`. */
export function portList(attachments: Endpoint["attachments"]): string {
  return attachments.map((port) => `${port.device}/${port.interface}`).join(", ");
}

/** The endpoints of a device, or the device itself where none is known. */
export function namesOn(graph: Graph, device: number): string[] {
  const endpoints = of(graph.endpointsOn, device);
  return endpoints.length === 0
    ? [nameOf(graph, device)]
    : endpoints.map((endpoint) => endpointAt(graph, endpoint).name);
}
