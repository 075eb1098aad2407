/** Moves the model: takes event after event, and after each lets everything that depends on it follow. */
import type { Instant } from "../api/time.ts";
import { reconcileGroups } from "./cluster/failover.ts";
import { continueUpgrade, reconcileUpgrade } from "./cluster/inServiceUpgrade.ts";
import { createDevice } from "./device/createDevice.ts";
import { rollBackUnconfirmed } from "./device/commit.ts";
import { forwardingUp } from "./device/forwarding.ts";
import { beginReboot, goDown, managementUp } from "./device/lifecycle.ts";
import { reconcileReplication } from "./device/mastership.ts";
import { finishInstall } from "./device/software.ts";
import type { ControlPlane } from "./controlPlane.ts";
import type { SimulationDescription } from "./description.ts";
import { EventQueue } from "./eventQueue.ts";
import { addFault, beginFault, endFault, triggerByReboot } from "./faults/faultEngine.ts";
import { isFaulty } from "./faults/faultQueries.ts";
import type { ModelEvent } from "./modelEvent.ts";
import { attachmentUp, createAttachments, reconcileAccess, serverNotices } from "./network/access.ts";
import { computeEvpn } from "./network/evpn.ts";
import { recordPortChanges } from "./network/ports.ts";
import type { EvpnTables, UnderlayTables } from "./network/routingState.ts";
import { createSessions, reconcileSessions, sessionSideDown, sessionUp } from "./network/sessions.ts";
import { computeUnderlay } from "./network/underlay.ts";
import { buildTopology } from "./topology.ts";
import { countTraffic, createTraffic, rerouteTraffic } from "./traffic/traffic.ts";
import { controlPlane, deviceState } from "./world.ts";
import type { World } from "./world.ts";

/** A fabric that has long been up and has converged. */
export function createWorld(description: SimulationDescription, startedAt: Instant): World {
  const topology = buildTopology(description);
  const world: World = {
    now: startedAt,
    startedAt,
    topology,
    queue: new EventQueue<ModelEvent>(),
    devices: new Map(
      [...topology.devices.values()].map((spec) => [spec.name, createDevice(topology, spec, startedAt)]),
    ),
    linkIntact: topology.links.map(() => true),
    sessions: createSessions(topology, startedAt),
    attachments: createAttachments(topology),
    underlay: { installed: new Map(), target: new Map() },
    evpn: { installed: new Map(), target: new Map() },
    traffic: createTraffic(topology, startedAt),
    faults: [],
    stale: { underlay: false, evpn: false, flows: true },
    log: [],
  };
  world.underlay.target = computeUnderlay(world);
  installUnderlay(world, world.underlay.target);
  world.evpn.target = computeEvpn(world);
  installEvpn(world, world.evpn.target);
  for (const fault of description.faults) addFault(world, fault);
  follow(world);
  return world;
}

/** Runs the model up to `at`. Nothing happens when it is there already. */
export function advanceWorld(world: World, at: Instant): void {
  for (let next = world.queue.nextAt(); next !== undefined && next <= at; next = world.queue.nextAt()) {
    const instant = Math.max(next, world.now);
    countTraffic(world, instant);
    world.now = instant;
    for (
      let entry = world.queue.takeUntil(instant);
      entry !== undefined;
      entry = world.queue.takeUntil(instant)
    ) {
      handle(world, entry.event);
    }
    follow(world);
  }
  if (at <= world.now) return;
  countTraffic(world, at);
  world.now = at;
}

/** After a change from outside (a commit, an RPC, a fault): everything that depends on it follows. */
export function follow(world: World): void {
  for (const device of world.devices.values()) {
    reconcileReplication(world, device);
    reconcileGroups(world, device);
    reconcileUpgrade(world, device);
  }
  reconcileAccess(world);
  reconcileSessions(world);
  recordPortChanges(world);
  if (world.stale.underlay) {
    world.stale.underlay = false;
    const tables = computeUnderlay(world);
    if (!sameSignatures(tables, world.underlay.target)) {
      world.underlay.target = tables;
      schedule(world, world.topology.timings.underlayConvergeSeconds, { kind: "UnderlayInstalled", tables });
    }
  }
  if (world.stale.evpn) {
    world.stale.evpn = false;
    const tables = computeEvpn(world);
    if (!sameSignatures(tables, world.evpn.target)) {
      world.evpn.target = tables;
      schedule(world, world.topology.timings.evpnConvergeSeconds, { kind: "EvpnInstalled", tables });
    }
  }
  if (world.stale.flows) {
    world.stale.flows = false;
    rerouteTraffic(world);
  }
}

function handle(world: World, event: ModelEvent): void {
  switch (event.kind) {
    case "DeviceDown":
      goDown(world, planeOf(world, event));
      break;
    case "ManagementUp":
      managementUp(world, planeOf(world, event));
      triggerByReboot(world, event.device);
      break;
    case "ForwardingUp":
      forwardingUp(world, deviceState(world, event.device));
      break;
    case "ClusterForwards":
      world.stale.flows = true;
      break;
    case "UpgradePhase":
      continueUpgrade(world, event.device);
      break;
    case "ScheduledReboot": {
      const plane = planeOf(world, event);
      beginReboot(world, plane, { by: plane.scheduledReboot?.by ?? "root" });
      break;
    }
    case "InstallDone":
      finishInstall(world, planeOf(world, event));
      break;
    case "ConfirmTimeout":
      rollBackUnconfirmed(world, planeOf(world, event));
      break;
    case "SessionUp": {
      const session = world.sessions[event.session];
      if (session !== undefined) sessionUp(world, session);
      break;
    }
    case "SessionSideDown": {
      const session = world.sessions[event.session];
      if (session !== undefined) sessionSideDown(world, session, { side: event.side, error: event.error });
      break;
    }
    case "AttachmentUp": {
      const attachment = world.attachments[event.attachment];
      if (attachment !== undefined) attachmentUp(world, attachment);
      break;
    }
    case "ServerNotices": {
      const attachment = world.attachments[event.attachment];
      if (attachment !== undefined) serverNotices(world, attachment);
      break;
    }
    case "UnderlayInstalled":
      installUnderlay(world, event.tables);
      break;
    case "EvpnInstalled":
      installEvpn(world, event.tables);
      break;
    case "Wake":
      break;
    case "FaultBegins": {
      const fault = world.faults[event.fault];
      if (fault !== undefined) beginFault(world, fault);
      break;
    }
    case "FaultEnds": {
      const fault = world.faults[event.fault];
      if (fault !== undefined) endFault(world, fault);
      break;
    }
  }
}

function planeOf(
  world: World,
  place: { readonly device: string; readonly controlPlane: string },
): ControlPlane {
  return controlPlane(deviceState(world, place.device), place.controlPlane);
}

function installUnderlay(world: World, tables: UnderlayTables): void {
  for (const [device, routes] of tables)
    if (!isStuck(world, device)) world.underlay.installed.set(device, routes);
  world.stale.flows = true;
}

function installEvpn(world: World, tables: EvpnTables): void {
  for (const [device, view] of tables) if (!isStuck(world, device)) world.evpn.installed.set(device, view);
  world.stale.flows = true;
}

function isStuck(world: World, device: string): boolean {
  return isFaulty(world, device, (fault) => fault.fault === "stuckFlow");
}

function schedule(world: World, seconds: number, event: ModelEvent): void {
  world.queue.schedule(world.now + seconds * 1000, event);
}

function sameSignatures(
  left: ReadonlyMap<string, { readonly signature: string }>,
  right: ReadonlyMap<string, { readonly signature: string }>,
): boolean {
  return (
    left.size === right.size &&
    [...left].every(([name, table]) => right.get(name)?.signature === table.signature)
  );
}
