/**
 * How a device goes down and comes up. `request-reboot` is followed by a few seconds in which its SSH server
 * still answers; then everything stops at once. NETCONF answers again some time before the line cards and the
 * routing process are up: a device that answers is not yet a device that forwards.
 */
import { readIntent } from "../config/configIntent.ts";
import { storeCommit } from "../config/configDatabase.ts";
import { isFaulty } from "../faults/faultQueries.ts";
import { takeFault } from "../faults/takeFault.ts";
import { SESSION_SIDES } from "../network/routingState.ts";
import { note } from "../world.ts";
import type { DeviceState, World } from "../world.ts";

/** Of the time between down and NETCONF answering: how much has passed when the kernel starts and sets the boot time. */
const KERNEL_STARTS_AFTER = 0.25;

/** Begins a reboot: the device goes down after its shutdown time. */
export function beginReboot(world: World, device: DeviceState, by: string): void {
  cancelScheduledReboot(world, device);
  if (device.power !== "Running") return;
  device.power = "ShuttingDown";
  device.lastRebootReason = "0x4000:VJUNOS reboot";
  note(world, { device: device.name, kind: "RebootRequested", message: `by ${by}` });
  plan(world, device, world.topology.timings.shutdownSeconds, "DeviceDown");
}

/** Plans a reboot for later; one that was planned before is forgotten. */
export function scheduleReboot(
  world: World,
  device: DeviceState,
  options: { readonly at: number; readonly by: string },
): void {
  cancelScheduledReboot(world, device);
  const event = world.queue.schedule(options.at, { kind: "ScheduledReboot", device: device.name });
  device.scheduledReboot = { at: options.at, event, by: options.by };
}

/** False where none was planned. */
export function cancelScheduledReboot(world: World, device: DeviceState): boolean {
  if (device.scheduledReboot === undefined) return false;
  world.queue.cancel(device.scheduledReboot.event);
  device.scheduledReboot = undefined;
  return true;
}

/** Everything stops; the boot begins, unless a fault never lets it end. */
export function goDown(world: World, device: DeviceState): void {
  device.counters.reboots += 1;
  stopEverything(world, device);
  device.power = "Booting";
  note(world, { device: device.name, kind: "WentDown", message: "rebooting" });
  if (takeFault(world, device.name, (fault) => fault.fault === "bootsNever") !== undefined) return;
  planBoot(world, device);
}

/** The power fails: no shutdown, no boot. */
export function losePower(world: World, device: DeviceState): void {
  stopEverything(world, device);
  device.power = "Dead";
  note(world, { device: device.name, kind: "WentDown", message: "no power" });
}

/** The power is back; the device boots. */
export function regainPower(world: World, device: DeviceState): void {
  if (device.power !== "Dead") return;
  device.power = "Booting";
  device.lastRebootReason = "0x1:power cycle/failure";
  planBoot(world, device);
}

/** The operating system runs and NETCONF answers; what was staged is what runs now. */
export function managementUp(world: World, device: DeviceState): void {
  const { bootSeconds } = world.topology.timings;
  device.bootedAt = world.now - bootSeconds * 1000 * (1 - KERNEL_STARTS_AFTER);
  const staged = device.pendingRelease;
  device.pendingRelease = undefined;
  if (
    staged !== undefined &&
    takeFault(world, device.name, (fault) => fault.fault === "bootsOldRelease") === undefined
  ) {
    device.previousRelease = device.release;
    device.release = staged;
  }
  if (takeFault(world, device.name, (fault) => fault.fault === "hostKeyChangesOnReboot") !== undefined) {
    device.hostKeyGeneration += 1;
  }
  device.management = true;
  note(world, { device: device.name, kind: "ManagementUp", message: `runs ${device.release}` });
}

/** Line cards and routing process are up. */
export function forwardingUp(world: World, device: DeviceState): void {
  device.power = "Running";
  device.forwarding = true;
  device.forwardingSince = world.now;
  device.bootEvents.length = 0;
  forgetCounters(world, device);
  world.stale.flows = true;
  world.stale.evpn = true;
  world.stale.underlay = true;
  note(world, { device: device.name, kind: "ForwardingUp", message: "line cards online" });
}

/** What a device counts, it counts from its boot. */
function forgetCounters(world: World, device: DeviceState): void {
  for (const port of device.ports.values()) port.transitions = 0;
  for (const port of device.ports.keys()) world.traffic.ports.delete(`${device.name}/${port}`);
  for (const session of world.sessions) {
    for (const side of SESSION_SIDES) {
      if (session[side].device === device.name) session.sides[side].flaps = 0;
    }
  }
}

function planBoot(world: World, device: DeviceState): void {
  const { bootSeconds, fpcOnlineSeconds } = world.topology.timings;
  plan(world, device, bootSeconds, "ManagementUp");
  plan(world, device, bootSeconds + fpcOnlineSeconds, "ForwardingUp");
}

function plan(
  world: World,
  device: DeviceState,
  seconds: number,
  kind: "DeviceDown" | "ManagementUp" | "ForwardingUp",
): void {
  device.bootEvents.push(world.queue.schedule(world.now + seconds * 1000, { kind, device: device.name }));
}

function stopEverything(world: World, device: DeviceState): void {
  for (const event of device.bootEvents) world.queue.cancel(event);
  device.bootEvents.length = 0;
  cancelScheduledReboot(world, device);
  device.management = false;
  device.managementEpoch += 1;
  device.forwarding = false;
  world.stale.flows = true;
  world.stale.evpn = true;
  world.stale.underlay = true;
  abortInstall(world, device);
  forgetCandidate(world, device);
}

function abortInstall(world: World, device: DeviceState): void {
  if (device.install === undefined || device.install.result !== undefined) return;
  world.queue.cancel(device.install.event);
  device.install.result = { ok: false, output: "ERROR: installation interrupted" };
  note(world, {
    device: device.name,
    kind: "InstallFailed",
    message: "interrupted by the device going down",
  });
}

/** Nothing uncommitted survives a boot, and an unconfirmed commit is rolled back by it. */
function forgetCandidate(world: World, device: DeviceState): void {
  const database = device.config;
  database.candidate = undefined;
  database.lockedBy = undefined;
  const { unconfirmed } = database;
  if (unconfirmed === undefined) return;
  world.queue.cancel(unconfirmed.event);
  database.unconfirmed = undefined;
  storeCommit(database, {
    at: world.now,
    user: "root",
    client: "other",
    log: "rollback at boot",
    tree: unconfirmed.before,
  });
  device.intent = readIntent(database.committed);
  note(world, {
    device: device.name,
    kind: "RolledBack",
    message: "an unconfirmed commit did not survive the boot",
  });
}

/** True where /var takes nothing more. */
export function isDiskFull(world: World, device: DeviceState): boolean {
  return isFaulty(world, device.name, (fault) => fault.fault === "diskFull");
}
