/**
 * Which of two control planes is the master, and what a change of it costs. With graceful switchover and nonstop
 * routing both ready it costs nothing; with graceful switchover alone the routing process starts anew; without
 * either the line cards restart, too.
 */
import { readIntent } from "../config/configIntent.ts";
import { areLinksUp } from "../cluster/clusterState.ts";
import type { ControlPlane } from "../controlPlane.ts";
import { deviceState, note, standbyOf } from "../world.ts";
import type { DeviceState, World } from "../world.ts";
import { planForwarding, stopForwarding } from "./forwarding.ts";

/** Whether a switchover would be graceful, and for how long it would have to be waited for. */
export interface SwitchoverReadiness {
  readonly kernel: boolean;
  readonly protocols: boolean;
  /** Seconds after which a graceful switchover is taken; 0 when it is now. */
  readonly holdSeconds: number;
}

export function switchoverReadiness(world: World, device: DeviceState): SwitchoverReadiness {
  const { replicationSeconds, switchoverHoldSeconds } = world.topology.timings;
  const { kernelSince, protocolsSince } = device.replication;
  const isReady = (since: number | undefined): boolean =>
    since !== undefined && world.now >= since + replicationSeconds * 1000;
  const upSince = Math.max(device.mastershipSince, ...device.planes.map(({ readySince }) => readySince));
  return {
    kernel: isReady(kernelSince),
    protocols: isReady(protocolsSince),
    holdSeconds: Math.max(0, Math.ceil((upSince - world.now) / 1000 + switchoverHoldSeconds)),
  };
}

/** Starts and ends the copying of state, as configuration, releases and the other routing engine allow. */
export function reconcileReplication(world: World, device: DeviceState): void {
  if (device.planes.length < 2) return;
  const standby = standbyOf(device);
  const { redundancy } = device.intent;
  const isCluster = device.cluster !== undefined;
  // Cluster nodes synchronise across releases, which is what makes their upgrade in service possible.
  const possible =
    standby !== undefined &&
    (isCluster ? areLinksUp(world, device) : standby.release === device.master.release);
  const kernel = possible && (isCluster || redundancy.gracefulSwitchover);
  const keepsRouting = isCluster ? redundancy.gracefulRestart : redundancy.nonstopRouting;
  const protocols = kernel && keepsRouting && device.forwarding;
  const { kernelSince, protocolsSince } = device.replication;
  if (kernel === (kernelSince !== undefined) && protocols === (protocolsSince !== undefined)) return;
  device.replication = {
    kernelSince: kernel ? (kernelSince ?? world.now) : undefined,
    protocolsSince: protocols ? (protocolsSince ?? world.now) : undefined,
  };
}

export function forgetReplication(device: DeviceState): void {
  device.replication = { kernelSince: undefined, protocolsSince: undefined };
}

/** The master has gone down: the other one takes over, if it is up. Otherwise nobody routes. */
export function takeOver(world: World, device: DeviceState, gone: ControlPlane): void {
  if (device.master !== gone) return;
  const standby = standbyOf(device);
  if (standby === undefined) stopForwarding(world, device);
  else becomeMaster(world, device, standby);
}

/** Mastership moves to that control plane, at the price that its readiness sets. */
export function becomeMaster(world: World, device: DeviceState, plane: ControlPlane): void {
  if (device.master === plane) return;
  const readiness = switchoverReadiness(world, device);
  const { fpcOnlineSeconds, routingRestartSeconds } = world.topology.timings;
  device.master = plane;
  device.mastershipEpoch += 1;
  device.mastershipSince = world.now;
  device.counters.switchovers += 1;
  // What cluster nodes have of each other they keep when their parts change.
  if (device.cluster === undefined) forgetReplication(device);
  device.intent = readIntent(plane.config.committed);
  world.stale.underlay = true;
  world.stale.evpn = true;
  world.stale.flows = true;
  const isLossless = readiness.kernel && readiness.protocols;
  const price = isLossless ? "nonstop" : readiness.kernel ? "routing restarts" : "line cards restart";
  note(world, { device: device.name, kind: "MastershipMoved", message: `to ${plane.name}: ${price}` });
  if (isLossless && device.forwarding) return;
  stopForwarding(world, device);
  const seconds = readiness.kernel ? routingRestartSeconds : fpcOnlineSeconds;
  planForwarding(world, device, seconds);
}

/** Mastership moves without anybody having asked. */
export function moveByItself(world: World, name: string): void {
  const device = deviceState(world, name);
  const standby = standbyOf(device);
  if (standby !== undefined) becomeMaster(world, device, standby);
}
