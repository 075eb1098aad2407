/** Makes faults begin and end. Those that change the physical world do so here; the others wait to be met. */
import { fail, losePower, recover, regainPower } from "../device/lifecycle.ts";
import { moveByItself } from "../device/mastership.ts";
import type { ControlPlane } from "../controlPlane.ts";
import type { Fault } from "../fault.ts";
import { placeMistake } from "../faultCheck.ts";
import { SimulationError } from "../simulationError.ts";
import { topologyDevice } from "../topology.ts";
import { leaveChanges } from "../config/configDatabase.ts";
import { deviceState, note } from "../world.ts";
import type { ActiveFault, DeviceState, World } from "../world.ts";
import { concerns } from "./faultQueries.ts";

/** Takes a fault in. It begins by its trigger, at once without one. Returns its number. */
export function addFault(world: World, fault: Fault): number {
  checkFault(world, fault);
  const active: ActiveFault = { id: world.faults.length, fault, state: "Waiting", events: [] };
  world.faults.push(active);
  const { when } = fault;
  if (when === undefined) beginFault(world, active);
  else if ("atSeconds" in when) {
    const at = Math.max(world.now, world.startedAt + when.atSeconds * 1000);
    active.events.push(world.queue.schedule(at, { kind: "FaultBegins", fault: active.id }));
  }
  return active.id;
}

/** The fault is in effect from now on. */
export function beginFault(world: World, active: ActiveFault): void {
  if (active.state !== "Waiting") return;
  active.state = "Armed";
  const { fault } = active;
  note(world, { device: fault.device, kind: "FaultBegan", message: fault.fault });
  markAllStale(world);
  if (fault.forSeconds !== undefined) {
    active.events.push(
      world.queue.schedule(world.now + fault.forSeconds * 1000, { kind: "FaultEnds", fault: active.id }),
    );
  }
  const device = deviceState(world, fault.device);
  switch (fault.fault) {
    case "deviceDead":
      losePower(world, device);
      break;
    case "engineAbsent":
      fail(world, planeOf(world, fault), "Absent");
      break;
    case "engineHalted":
      fail(world, planeOf(world, fault), "Halted");
      break;
    case "mastershipMoves":
      moveByItself(world, device.name);
      break;
    case "linkDown":
      setCable(world, fault, false);
      break;
    case "candidateDirty":
      for (const { config } of device.planes) leaveChanges(config);
      break;
    case "clockSteps":
      for (const plane of concernedPlanes(device, fault))
        plane.clockOffsetMilliseconds += fault.seconds * 1000;
      break;
    case "alarm":
      device.alarms.push({
        since: world.now,
        class: fault.class,
        description: fault.description,
        source: fault.source,
      });
      break;
    default:
      // The others are met: by a boot, a commit, an installation, an RPC, or by who works out sessions and routes.
      break;
  }
}

/** The fault is over: what it broke is whole again. */
export function endFault(world: World, active: ActiveFault): void {
  const wasArmed = active.state === "Armed";
  active.state = "Over";
  for (const event of active.events) world.queue.cancel(event);
  if (!wasArmed) return;
  const { fault } = active;
  note(world, { device: fault.device, kind: "FaultEnded", message: fault.fault });
  markAllStale(world);
  const device = deviceState(world, fault.device);
  switch (fault.fault) {
    case "deviceDead":
      regainPower(world, device);
      break;
    case "engineAbsent":
    case "engineHalted":
      recover(world, planeOf(world, fault));
      break;
    case "linkDown":
      setCable(world, fault, true);
      break;
    case "candidateDirty":
      for (const { config } of device.planes) if (config.lockedBy === undefined) config.candidate = undefined;
      break;
    case "alarm": {
      const index = device.alarms.findIndex((alarm) => alarm.description === fault.description);
      if (index !== -1) device.alarms.splice(index, 1);
      break;
    }
    case "stuckFlow":
      // What the device ignored so far, it takes now.
      world.queue.schedule(world.now, { kind: "UnderlayInstalled", tables: world.underlay.target });
      world.queue.schedule(world.now, { kind: "EvpnInstalled", tables: world.evpn.target });
      break;
    default:
      break;
  }
}

/** Begins the faults that wait for an RPC, which has just been counted. True where there were any. */
export function triggerByRpc(
  world: World,
  device: string,
  rpc: { readonly name: string; readonly count: number },
): boolean {
  const beginning = waiting(world, device).filter(
    ({ fault: { when } }) =>
      when !== undefined &&
      "onRpc" in when &&
      when.onRpc === rpc.name &&
      rpc.count === (when.occurrence ?? 1),
  );
  for (const active of beginning) beginFault(world, active);
  return beginning.length > 0;
}

/** Begins the faults that wait for a device to have come up from a reboot. */
export function triggerByReboot(world: World, device: string): void {
  for (const active of waiting(world, device)) {
    const { when } = active.fault;
    if (when === undefined || !("afterReboot" in when)) continue;
    if (deviceState(world, device).counters.reboots === when.afterReboot) beginFault(world, active);
  }
}

function waiting(world: World, device: string): readonly ActiveFault[] {
  return world.faults.filter((active) => active.state === "Waiting" && active.fault.device === device);
}

function checkFault(world: World, fault: Fault): void {
  topologyDevice(world.topology, fault.device);
  const mistake = placeMistake(fault, world.topology.description);
  if (mistake !== undefined) throw new SimulationError("FaultInvalid", mistake.found, { hint: mistake.hint });
}

function concernedPlanes(device: DeviceState, fault: Fault): readonly ControlPlane[] {
  return device.planes.filter((plane) => concerns(fault, plane));
}

/** The control plane that the fault names, the last one where it names none. */
function planeOf(world: World, fault: Fault): ControlPlane {
  const device = deviceState(world, fault.device);
  return (
    device.planes.find(({ name }) => name === fault.controlPlane) ?? device.planes.at(-1) ?? device.master
  );
}

function setCable(world: World, fault: Fault & { readonly fault: "linkDown" }, intact: boolean): void {
  const use = deviceState(world, fault.device).spec.ports.get(fault.interface);
  if (use?.kind === "fabric") world.linkIntact[use.link] = intact;
  const attachment = use?.kind === "server" ? world.attachments[use.attachment] : undefined;
  if (attachment !== undefined) attachment.intact = intact;
}

function markAllStale(world: World): void {
  world.stale.underlay = true;
  world.stale.evpn = true;
  world.stale.flows = true;
}
