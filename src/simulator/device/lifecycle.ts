/**
 * How a control plane goes down and comes up. `request-reboot` is followed by a few seconds in which its SSH
 * server still answers; then everything on it stops at once. NETCONF answers again some time before the line
 * cards and the routing process are up: a device that answers is not yet a device that forwards. Where there is a
 * second control plane, it takes over (`mastership.ts`).
 */
import { nodeGone } from "../cluster/failover.ts";
import { readIntent } from "../config/configIntent.ts";
import { storeCommit } from "../config/configDatabase.ts";
import type { ControlPlane, VmhostDisk } from "../controlPlane.ts";
import { isFaultyPlane, slowestBoot } from "../faults/faultQueries.ts";
import { takePlaneFault } from "../faults/takeFault.ts";
import { deviceState, note } from "../world.ts";
import type { DeviceState, World } from "../world.ts";
import { planForwarding, stopForwarding } from "./forwarding.ts";
import { becomeMaster, takeOver } from "./mastership.ts";

/** Of the time between down and NETCONF answering: how much has passed when the kernel starts and sets the boot time. */
const KERNEL_STARTS_AFTER = 0.25;

/** What is asked for: a boot, of the host too where there is one, or a halt. */
export interface RebootRequest {
  readonly by: string;
  readonly host?: boolean;
}

/** Begins a reboot: the control plane goes down after its shutdown time. */
export function beginReboot(world: World, plane: ControlPlane, { by, host = false }: RebootRequest): void {
  cancelScheduledReboot(world, plane);
  if (plane.power !== "Running") return;
  plane.power = "ShuttingDown";
  plane.rebootsHost = host;
  plane.lastRebootReason = rebootReason(plane, host);
  note(world, { device: plane.device, kind: "RebootRequested", message: `${named(world, plane)}by ${by}` });
  plan(world, plane, { seconds: world.topology.timings.shutdownSeconds, kind: "DeviceDown" });
}

/** Only a guest of a host is told of by its host. */
function rebootReason({ vmhost }: ControlPlane, host: boolean): string {
  if (vmhost === undefined) return "0x200:normal shutdown";
  return host ? "0x2000:hypervisor reboot" : "0x4000:VJUNOS reboot";
}

/** Plans a reboot for later; one that was planned before is forgotten. */
export function scheduleReboot(
  world: World,
  plane: ControlPlane,
  options: { readonly at: number; readonly by: string },
): void {
  cancelScheduledReboot(world, plane);
  const event = world.queue.schedule(options.at, {
    kind: "ScheduledReboot",
    device: plane.device,
    controlPlane: plane.name,
  });
  plane.scheduledReboot = { at: options.at, event, by: options.by };
}

/** False where none was planned. */
export function cancelScheduledReboot(world: World, plane: ControlPlane): boolean {
  if (plane.scheduledReboot === undefined) return false;
  world.queue.cancel(plane.scheduledReboot.event);
  plane.scheduledReboot = undefined;
  return true;
}

/** Everything on it stops; the boot begins, unless a fault never lets it end. */
export function goDown(world: World, plane: ControlPlane): void {
  const device = deviceState(world, plane.device);
  plane.counters.reboots += 1;
  device.counters.reboots += 1;
  stopEverything(world, plane);
  plane.power = "Booting";
  note(world, { device: plane.device, kind: "WentDown", message: `${named(world, plane)}rebooting` });
  passOn(world, device, plane);
  if (takePlaneFault(world, plane, (fault) => fault.fault === "bootsNever") !== undefined) return;
  planBoot(world, plane);
}

/** The whole device loses its power: no shutdown, no boot. */
export function losePower(world: World, device: DeviceState): void {
  for (const plane of present(device)) {
    stopEverything(world, plane);
    plane.power = "Dead";
  }
  stopForwarding(world, device);
  note(world, { device: device.name, kind: "WentDown", message: "no power" });
}

/** The power is back; the device boots. */
export function regainPower(world: World, device: DeviceState): void {
  for (const plane of present(device)) {
    if (plane.power !== "Dead") continue;
    plane.power = "Booting";
    plane.lastRebootReason = "0x1:power cycle/failure";
    planBoot(world, plane);
  }
}

/** One control plane fails for good, or is pulled; the other takes over. */
export function fail(world: World, plane: ControlPlane, power: "Absent" | "Halted"): void {
  const device = deviceState(world, plane.device);
  stopEverything(world, plane);
  plane.power = power;
  note(world, {
    device: plane.device,
    kind: "WentDown",
    message: `${named(world, plane)}${power.toLowerCase()}`,
  });
  passOn(world, device, plane);
}

/** The other one takes over what a control plane had that went down. */
function passOn(world: World, device: DeviceState, gone: ControlPlane): void {
  if (device.cluster === undefined) takeOver(world, device, gone);
  else nodeGone(world, device, gone);
}

/** What failed is whole again, and boots. */
export function recover(world: World, plane: ControlPlane): void {
  if (plane.power !== "Absent" && plane.power !== "Halted") return;
  plane.power = "Booting";
  plane.lastRebootReason = "0x1:power cycle/failure";
  planBoot(world, plane);
}

/** The operating system runs and NETCONF answers; what was staged is what runs now. */
export function managementUp(world: World, plane: ControlPlane): void {
  const device = deviceState(world, plane.device);
  const { bootSeconds } = world.topology.timings;
  plane.bootedAt = world.now - bootSeconds * 1000 * (1 - KERNEL_STARTS_AFTER);
  activateStaged(world, plane);
  if (takePlaneFault(world, plane, (fault) => fault.fault === "hostKeyChangesOnReboot") !== undefined) {
    plane.hostKeyGeneration += 1;
  }
  plane.management = true;
  plane.rebootsHost = false;
  note(world, {
    device: plane.device,
    kind: "ManagementUp",
    message: `${named(world, plane)}runs ${plane.release}`,
  });
  if (device.master === plane) return;
  plane.power = "Running";
  plane.readySince = world.now;
  plane.bootEvents.length = 0;
  // A chassis whose other routing engine is away needs this one to route.
  if (!device.master.management) becomeMaster(world, device, plane);
}

/** A guest that boots alone comes up with the set it ran before: only its host changes to the other one. */
function activateStaged(world: World, plane: ControlPlane): void {
  const other = takePlaneFault(world, plane, (fault) => fault.fault === "bootsRelease");
  if (other?.fault === "bootsRelease") {
    plane.pendingRelease = undefined;
    plane.previousRelease = plane.release;
    plane.release = other.release;
    return;
  }
  const staged = plane.pendingRelease;
  if (staged === undefined || (plane.vmhost !== undefined && !plane.rebootsHost)) return;
  plane.pendingRelease = undefined;
  if (takePlaneFault(world, plane, (fault) => fault.fault === "bootsOldRelease") !== undefined) return;
  plane.previousRelease = plane.release;
  plane.release = staged;
  if (plane.vmhost !== undefined) plane.vmhost.currentSet = otherSet(plane.vmhost);
}

/** The set that does not run. */
export function otherSet({ currentSet }: VmhostDisk): "p" | "b" {
  return currentSet === "p" ? "b" : "p";
}

function planBoot(world: World, plane: ControlPlane): void {
  const { bootSeconds, fpcOnlineSeconds } = world.topology.timings;
  const device = deviceState(world, plane.device);
  const seconds = bootSeconds + slowestBoot(world, plane);
  plan(world, plane, { seconds, kind: "ManagementUp" });
  if (device.master !== plane || device.forwarding) return;
  planForwarding(world, device, seconds + fpcOnlineSeconds);
}

function plan(
  world: World,
  plane: ControlPlane,
  { seconds, kind }: { readonly seconds: number; readonly kind: "DeviceDown" | "ManagementUp" },
): void {
  plane.bootEvents.push(
    world.queue.schedule(world.now + seconds * 1000, {
      kind,
      device: plane.device,
      controlPlane: plane.name,
    }),
  );
}

function stopEverything(world: World, plane: ControlPlane): void {
  for (const event of plane.bootEvents) world.queue.cancel(event);
  plane.bootEvents.length = 0;
  cancelScheduledReboot(world, plane);
  plane.management = false;
  plane.managementEpoch += 1;
  abortInstall(world, plane);
  forgetCandidate(world, plane);
}

function abortInstall(world: World, plane: ControlPlane): void {
  if (plane.install === undefined || plane.install.result !== undefined) return;
  world.queue.cancel(plane.install.event);
  plane.install.result = { ok: false, output: "ERROR: installation interrupted" };
  note(world, {
    device: plane.device,
    kind: "InstallFailed",
    message: `${named(world, plane)}interrupted by the device going down`,
  });
}

/** Nothing uncommitted survives a boot, and an unconfirmed commit is rolled back by it. */
function forgetCandidate(world: World, plane: ControlPlane): void {
  const device = deviceState(world, plane.device);
  const database = plane.config;
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
  if (device.master === plane) device.intent = readIntent(database.committed);
  note(world, {
    device: plane.device,
    kind: "RolledBack",
    message: "an unconfirmed commit did not survive the boot",
  });
}

function present(device: DeviceState): readonly ControlPlane[] {
  return device.planes.filter((plane) => plane.power !== "Absent");
}

/** `re1: ` on a device that has more than one; nothing on others. */
export function named(world: World, plane: ControlPlane): string {
  return deviceState(world, plane.device).planes.length > 1 ? `${plane.name}: ` : "";
}

/** True where /var takes nothing more. */
export function isDiskFull(world: World, plane: ControlPlane): boolean {
  return isFaultyPlane(world, plane, (fault) => fault.fault === "diskFull");
}
