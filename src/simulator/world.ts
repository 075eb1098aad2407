/**
 * The whole state of a simulation, as data. The modules beside it change it; nothing else does. Between two
 * events nothing in here changes, which is what makes the counting of lost packets exact.
 */
import type { Instant } from "../api/time.ts";
import type { ConfigIntent } from "./config/configIntent.ts";
import type { ClusterState } from "./cluster/clusterState.ts";
import type { ControlPlane } from "./controlPlane.ts";
import type { EventQueue } from "./eventQueue.ts";
import type { Fault } from "./fault.ts";
import type { ModelEvent, WorldLogEntry } from "./modelEvent.ts";
import type {
  BgpSession,
  DeviceRoutes,
  EvpnTables,
  EvpnView,
  UnderlayTables,
} from "./network/routingState.ts";
import type { Topology, TopologyDevice } from "./topology.ts";
import type { TrafficState } from "./traffic/trafficState.ts";

export interface World {
  now: Instant;
  readonly startedAt: Instant;
  readonly topology: Topology;
  readonly queue: EventQueue<ModelEvent>;
  readonly devices: ReadonlyMap<string, DeviceState>;
  /** By link number: the cable is whole. */
  readonly linkIntact: boolean[];
  readonly sessions: readonly BgpSession[];
  readonly attachments: readonly Attachment[];
  /** `installed` is what devices forward by; `target` is where they converge to. */
  readonly underlay: { readonly installed: Map<string, DeviceRoutes>; target: UnderlayTables };
  readonly evpn: { readonly installed: Map<string, EvpnView>; target: EvpnTables };
  readonly traffic: TrafficState;
  readonly faults: ActiveFault[];
  /** What must be worked out again before time goes on. */
  readonly stale: { underlay: boolean; evpn: boolean; flows: boolean };
  readonly log: WorldLogEntry[];
}

export interface DeviceState {
  readonly name: string;
  readonly spec: TopologyDevice;
  /** In the order of their slots; a switch has one. */
  readonly planes: readonly ControlPlane[];
  /** The one that routes, and that answers at the device's address. */
  master: ControlPlane;
  /** Rises whenever mastership moves: sessions through the device's address die. */
  mastershipEpoch: number;
  mastershipSince: Instant;
  /** Since when the backup copies the state of kernel and protocols; undefined while it does not. */
  replication: { readonly kernelSince: Instant | undefined; readonly protocolsSince: Instant | undefined };
  /** Undefined on a device that is no chassis cluster. */
  readonly cluster: ClusterState | undefined;
  /** The forwarding plane and the routing process are up. */
  forwarding: boolean;
  forwardingSince: Instant;
  /** When line cards that restart will be up again. */
  forwardingEvent: number | undefined;
  intent: ConfigIntent;
  readonly alarms: DeviceAlarm[];
  /** Physical ports with a cable: whether they are up, since when, and how often that changed. */
  readonly ports: Map<string, PortState>;
  /** Of all control planes together. */
  readonly counters: DeviceCounters;
  readonly rpcCounts: Map<string, number>;
  readonly rpcLog: RpcLogEntry[];
}

export interface PortState {
  up: boolean;
  changedAt: Instant;
  transitions: number;
}

export interface DeviceAlarm {
  readonly since: Instant;
  readonly class: "Major" | "Minor";
  readonly description: string;
  readonly source: "chassis" | "system";
}

/** For tests and invariants; a device does not show them. */
export interface DeviceCounters {
  reboots: number;
  installsStarted: number;
  installsFinished: number;
  commits: number;
  /** RPCs that change the device. */
  writes: number;
  /** How often mastership moved. */
  switchovers: number;
}

export interface RpcLogEntry {
  readonly at: Instant;
  readonly sessionId: number;
  /** The control plane that received it. */
  readonly controlPlane: string;
  readonly rpc: string;
  readonly write: boolean;
  outcome: "running" | "ok" | "error" | "lost";
}

/** A server's cable to a leaf. */
export interface Attachment {
  readonly index: number;
  readonly server: number;
  readonly device: string;
  readonly port: string;
  /** The leaf collects and distributes on it. */
  leafUp: boolean;
  /** The server sends into it. */
  serverUp: boolean;
  intact: boolean;
  upEvent: number | undefined;
  serverEvent: number | undefined;
}

export interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  /** `Waiting` for its trigger, `Armed` for its occasion or in effect, `Over` when it has fired or was cleared. */
  state: "Waiting" | "Armed" | "Over";
  readonly events: number[];
}

/** The device's state. The name must be one of the topology's. */
export function deviceState(world: World, name: string): DeviceState {
  const device = world.devices.get(name);
  if (device === undefined) throw new RangeError(`no device ${name}`);
  return device;
}

/** The control plane of that name. The device must have it. */
export function controlPlane(device: DeviceState, name: string): ControlPlane {
  const plane = device.planes.find((each) => each.name === name);
  if (plane === undefined) throw new RangeError(`${device.name} has no ${name}`);
  return plane;
}

/** The control plane that would take over; undefined on a device with one, or where the other is not up. */
export function standbyOf(device: DeviceState): ControlPlane | undefined {
  return device.planes.find((plane) => plane !== device.master && plane.power === "Running");
}

/** Notes what happened, for people and tests. */
export function note(world: World, entry: Omit<WorldLogEntry, "at">): void {
  world.log.push({ at: world.now, ...entry });
}
