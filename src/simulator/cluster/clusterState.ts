/**
 * A chassis cluster: two nodes that are one firewall. Its redundancy groups say which node does what: the primary of
 * group 0 is the master, which routes and answers at the device's address; the primaries of the others forward.
 */
import type { Instant } from "../../api/time.ts";
import type { ControlPlane, DeviceFile } from "../controlPlane.ts";
import type { DescribedCluster, DescribedDevice } from "../description.ts";
import { isFaulty, isFaultyPlane } from "../faults/faultQueries.ts";
import type { DeviceState, World } from "../world.ts";

export interface ClusterState {
  readonly clusterId: number;
  readonly groups: readonly ClusterGroup[];
  /** Until when neighbours send to a node that does not forward for a group any more. */
  darkUntil: Instant;
  /** The last upgrade in service, running or over. */
  upgrade: InServiceUpgrade | undefined;
}

export interface ClusterGroup {
  readonly id: number;
  /** By node, as configured. */
  readonly priorities: ReadonlyMap<string, number>;
  /** The node with the higher priority takes the group back by itself. */
  readonly preempt: boolean;
  primary: string;
  /** The node that a failover by hand holds at priority 255. */
  manual: string | undefined;
  failovers: number;
  /** The node that gave the group away may not have it back yet. */
  held: { readonly node: string; readonly until: Instant } | undefined;
}

/** What an upgrade in service does, in order. Up to `InstallingSecondary` it can be given up cleanly. */
export const UPGRADE_PHASES = [
  "Validating",
  "Copying",
  "KernelSync",
  "InstallingSecondary",
  "SecondaryRebooting",
  "Synchronising",
  "LineCards",
  "InstallingPrimary",
  "PrimaryRebooting",
  "Resynchronising",
] as const;
export type UpgradePhase = (typeof UPGRADE_PHASES)[number];

export interface InServiceUpgrade {
  readonly file: DeviceFile;
  readonly startedAt: Instant;
  /** The node that was asked, and is upgraded last. */
  readonly first: string;
  /** Sessions are carried over; an in-band upgrade (`no-sync`) loses them. */
  readonly keepsSessions: boolean;
  phase: UpgradePhase;
  event: number | undefined;
  /** What the device prints to who asked. */
  readonly lines: string[];
  /** Set when it is over. */
  result: { readonly ok: boolean } | undefined;
}

/** Small models lose sessions, whatever their command is called. */
const IN_BAND_MODELS = /^(?:srx3\d\d|srx550|vsrx)/i;

export function isInBandModel(model: string): boolean {
  return IN_BAND_MODELS.test(model);
}

/** How long a node that gave a group away is on hold. */
const GROUP_ZERO_HOLD_SECONDS = 300;
const GROUP_HOLD_SECONDS = 1;

export function holdSeconds({ id }: ClusterGroup): number {
  return id === 0 ? GROUP_ZERO_HOLD_SECONDS : GROUP_HOLD_SECONDS;
}

const DEFAULT_GROUPS: DescribedCluster = {
  groups: [
    { id: 0, priorities: [200, 100] },
    { id: 1, priorities: [200, 100] },
  ],
};

/** Whether the device is described as a cluster: its control planes are nodes. */
export function isDescribedCluster({ controlPlanes = [] }: DescribedDevice): boolean {
  return controlPlanes.length === 2 && controlPlanes.every(({ name }) => name.startsWith("node"));
}

/** The redundancy groups of a cluster; two where the description names none. */
export function describedGroups({ cluster }: DescribedDevice): DescribedCluster["groups"] {
  return (cluster ?? DEFAULT_GROUPS).groups;
}

export function createCluster(spec: DescribedDevice, clusterId: number): ClusterState | undefined {
  if (!isDescribedCluster(spec)) return undefined;
  return {
    clusterId,
    groups: describedGroups(spec).map(
      ({ id, priorities: [node0, node1], preempt = false, primary = "node0" }) => ({
        id,
        priorities: new Map([
          ["node0", node0],
          ["node1", node1],
        ]),
        preempt,
        primary,
        manual: undefined,
        failovers: 1,
        held: undefined,
      }),
    ),
    darkUntil: 0,
    upgrade: undefined,
  };
}

/** Frames go to the wrong node: the groups have just moved. */
export function isDark(world: World, { cluster }: DeviceState): boolean {
  return cluster !== undefined && world.now < cluster.darkUntil;
}

/** What a node is in a group, as `show chassis cluster status` prints it. */
export function statusOf(world: World, group: ClusterGroup, plane: ControlPlane): string {
  if (plane.power !== "Running" && plane.power !== "ShuttingDown") return "lost";
  if (group.primary === plane.name) return "primary";
  const isHeld = group.held?.node === plane.name && world.now < group.held.until;
  return isHeld ? "secondary-hold" : "secondary";
}

/** The priority that counts now: 255 after a failover by hand, 0 where the node is not fit. */
export function priorityOf(
  world: World,
  device: DeviceState,
  at: { group: ClusterGroup; plane: ControlPlane },
): number {
  const { group, plane } = at;
  if (statusOf(world, group, plane) === "lost") return 0;
  const isZero = isFaultyPlane(
    world,
    plane,
    (fault) => fault.fault === "priorityZero" && (fault.group === undefined || fault.group === group.id),
  );
  if (
    isZero ||
    (group.id > 0 && group.primary !== plane.name && monitorFailures(world, device, plane) !== "")
  )
    return 0;
  return group.manual === plane.name ? 255 : (group.priorities.get(plane.name) ?? 0);
}

/** The codes of what keeps a node from taking over; empty when nothing does. */
export function monitorFailures(world: World, device: DeviceState, plane: ControlPlane): string {
  const codes: string[] = [];
  if (plane !== device.master && !isSynchronised(world, device)) codes.push("CS");
  if (isFaultyPlane(world, plane, ({ fault }) => fault === "interfaceMonitorFails")) codes.push("IF");
  return codes.join(" ");
}

export function isFabricLinkUp(world: World, device: DeviceState): boolean {
  return !isFaulty(world, device.name, ({ fault }) => fault === "fabricLinkDown") && areBothUp(device);
}

export function isControlLinkUp(world: World, device: DeviceState): boolean {
  return !isFaulty(world, device.name, ({ fault }) => fault === "controlLinkDown") && areBothUp(device);
}

export function areLinksUp(world: World, device: DeviceState): boolean {
  return isControlLinkUp(world, device) && isFabricLinkUp(world, device);
}

/** Sessions and state of one node are on the other one, too. */
export function isSynchronised(world: World, device: DeviceState): boolean {
  const { kernelSince } = device.replication;
  return (
    areBothUp(device) &&
    kernelSince !== undefined &&
    world.now >= kernelSince + world.topology.timings.replicationSeconds * 1000
  );
}

export function areBothUp(device: DeviceState): boolean {
  return device.planes.every(({ power }) => power === "Running" || power === "ShuttingDown");
}

/** The other node. */
export function otherNode(device: DeviceState, name: string): ControlPlane | undefined {
  return device.planes.find((plane) => plane.name !== name);
}
