/**
 * Redundancy groups move: by hand, because a node is gone, or because the better node is back. Between synchronised nodes
 * sessions go along, and it costs what the neighbours need to send to the other node; without, every session is lost.
 */
import type { ControlPlane } from "../controlPlane.ts";
import { planForwarding, stopForwarding } from "../device/forwarding.ts";
import { becomeMaster, forgetReplication } from "../device/mastership.ts";
import { controlPlane, note } from "../world.ts";
import type { DeviceState, World } from "../world.ts";
import { holdSeconds, isSynchronised, type ClusterGroup } from "./clusterState.ts";

export interface GroupMove {
  readonly group: ClusterGroup;
  /** The new primary. */
  readonly node: string;
  /** A failover by hand holds the group there. */
  readonly manual: boolean;
  /** What it costs when sessions are not carried over; the time line cards need where nothing is said. */
  readonly outageSeconds?: number;
}

/** Makes a node primary for a group. Nothing happens where it is that already, apart from the failover bit. */
export function moveGroup(
  world: World,
  device: DeviceState,
  { group, node, manual, outageSeconds }: GroupMove,
): void {
  if (manual) group.manual = node;
  if (group.primary === node) return;
  const synchronised = isSynchronised(world, device);
  group.held = { node: group.primary, until: world.now + holdSeconds(group) * 1000 };
  group.primary = node;
  group.failovers += 1;
  note(world, { device: device.name, kind: "GroupMoved", message: `group ${String(group.id)} to ${node}` });
  if (group.id === 0) becomeMaster(world, device, controlPlane(device, node));
  const { clusterFailoverSeconds, fpcOnlineSeconds } = world.topology.timings;
  if (group.id === 0) return;
  if (synchronised && outageSeconds === undefined) darken(world, device, clusterFailoverSeconds);
  else if (device.forwarding) interrupt(world, device, outageSeconds ?? fpcOnlineSeconds);
}

/** A node has gone down: the other one takes what it had, if it is up. Otherwise nobody forwards. */
export function nodeGone(world: World, device: DeviceState, gone: ControlPlane): void {
  const { cluster } = device;
  if (cluster === undefined) return;
  const survivor = device.planes.find((plane) => plane !== gone && plane.power === "Running");
  const synchronised = device.replication.kernelSince !== undefined;
  const lost = cluster.groups.filter(({ primary }) => primary === gone.name);
  if (survivor === undefined) {
    stopForwarding(world, device);
    forgetReplication(device);
    return;
  }
  const { clusterDetectSeconds, fpcOnlineSeconds } = world.topology.timings;
  for (const group of lost) {
    group.primary = survivor.name;
    group.failovers += 1;
    group.held = undefined;
    if (group.id === 0) becomeMaster(world, device, survivor);
  }
  for (const group of cluster.groups) if (group.manual === gone.name) group.manual = undefined;
  forgetReplication(device);
  if (lost.length === 0) return;
  if (synchronised) darken(world, device, clusterDetectSeconds);
  else interrupt(world, device, fpcOnlineSeconds);
}

/** What follows by itself: groups without a living primary, the group of who routes, and preemption. */
export function reconcileGroups(world: World, device: DeviceState): void {
  const { cluster } = device;
  if (cluster === undefined) return;
  for (const group of cluster.groups) {
    if (group.id === 0 && group.primary !== device.master.name) {
      group.held = { node: group.primary, until: world.now + holdSeconds(group) * 1000 };
      group.primary = device.master.name;
      group.failovers += 1;
    }
    const living = device.planes.filter(({ power }) => power === "Running");
    const isAlive = living.some(({ name }) => name === group.primary);
    const [survivor] = living;
    if (!isAlive && survivor !== undefined && group.id > 0) group.primary = survivor.name;
    const better = [...group.priorities].toSorted(([, a], [, b]) => b - a)[0]?.[0];
    const { upgrade } = cluster;
    const isUpgrading = upgrade !== undefined && upgrade.result === undefined;
    const mayPreempt = group.preempt && group.manual === undefined && !isUpgrading;
    if (mayPreempt && better !== undefined && better !== group.primary && isSynchronised(world, device)) {
      moveGroup(world, device, { group, node: better, manual: false });
    }
  }
}

/** Frames go to the wrong node for so long; sessions and neighbours stay. */
function darken(world: World, { name, cluster }: DeviceState, seconds: number): void {
  if (cluster === undefined || seconds <= 0) return;
  cluster.darkUntil = Math.max(cluster.darkUntil, world.now + seconds * 1000);
  world.stale.flows = true;
  world.queue.schedule(cluster.darkUntil, { kind: "ClusterForwards", device: name });
}

/** Every session is lost, and neighbours with it. */
function interrupt(world: World, device: DeviceState, seconds: number): void {
  if (seconds <= 0) return;
  stopForwarding(world, device);
  planForwarding(world, device, seconds);
}
