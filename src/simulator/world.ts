/**
 * The whole state of a simulation, as data. The modules beside it change it; nothing else does. Between two
 * events nothing in here changes, which is what makes the counting of lost packets exact.
 */
import type { Instant } from "../api/time.ts";
import type { ConfigDatabase } from "./config/configDatabase.ts";
import type { ConfigIntent } from "./config/configIntent.ts";
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

/** `ShuttingDown` still answers and forwards; `Booting` does neither until its events come; `Dead` has no power. */
export type Power = "Running" | "ShuttingDown" | "Booting" | "Dead";

export interface DeviceState {
  readonly name: string;
  readonly spec: TopologyDevice;
  power: Power;
  /** SSH and NETCONF answer. */
  management: boolean;
  /** The forwarding plane and the routing process are up. */
  forwarding: boolean;
  /** Rises whenever all sessions die. */
  managementEpoch: number;
  release: string;
  /** What runs after the next boot, if something is staged. */
  pendingRelease: string | undefined;
  previousRelease: string | undefined;
  bootedAt: Instant;
  forwardingSince: Instant;
  lastRebootReason: string;
  hostKeyGeneration: number;
  readonly files: Map<string, DeviceFile>;
  /** Of /var, without what the files take. */
  diskFreeBytes: number;
  install: RunningInstall | undefined;
  /** Oldest first; `show log install`. */
  readonly installLog: InstallLogEntry[];
  scheduledReboot: { readonly at: Instant; readonly event: number; readonly by: string } | undefined;
  readonly bootEvents: number[];
  readonly config: ConfigDatabase;
  intent: ConfigIntent;
  readonly alarms: DeviceAlarm[];
  nextSessionId: number;
  /** Physical ports with a cable: whether they are up, since when, and how often that changed. */
  readonly ports: Map<string, PortState>;
  readonly counters: DeviceCounters;
  readonly rpcCounts: Map<string, number>;
  readonly rpcLog: RpcLogEntry[];
}

export interface PortState {
  up: boolean;
  changedAt: Instant;
  transitions: number;
}

export interface DeviceFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly md5: string;
  readonly writtenAt: Instant;
  /** What it installs; undefined for a file that is no package. */
  readonly release: string | undefined;
}

export interface RunningInstall {
  readonly file: DeviceFile;
  readonly startedAt: Instant;
  readonly event: number;
  readonly log: InstallLogEntry;
  /** Set when it is over; the device forgets it when the next one starts. */
  result: { readonly ok: boolean; readonly output: string } | undefined;
}

/** What one run of the package tool wrote; a run that was cut off has no result. */
export interface InstallLogEntry {
  readonly at: Instant;
  readonly processId: number;
  /** `-X update -no-validate /var/tmp/…`, `-X rollback`. */
  readonly command: string;
  output: string;
  result: 0 | 1 | undefined;
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
}

export interface RpcLogEntry {
  readonly at: Instant;
  readonly sessionId: number;
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

/** Notes what happened, for people and tests. */
export function note(world: World, entry: Omit<WorldLogEntry, "at">): void {
  world.log.push({ at: world.now, ...entry });
}
