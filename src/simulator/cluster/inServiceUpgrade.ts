/**
 * The upgrade of both nodes in service, as the device goes about it: validate, copy to the other node, synchronise the
 * kernels, install and reboot the secondary, synchronise sessions, make its line cards ready, switch over, then install and
 * reboot the node that was primary. It goes on whether or not anybody waits for its reply.
 */
import type { ControlPlane, DeviceFile } from "../controlPlane.ts";
import { beginReboot } from "../device/lifecycle.ts";
import { freeBytes } from "../device/software.ts";
import { isFaulty } from "../faults/faultQueries.ts";
import { takeFault } from "../faults/takeFault.ts";
import { controlPlane, deviceState, note } from "../world.ts";
import type { DeviceState, World } from "../world.ts";
import {
  areBothUp,
  isFabricLinkUp,
  isInBandModel,
  isSynchronised,
  otherNode,
  priorityOf,
  UPGRADE_PHASES,
  type ClusterState,
  type InServiceUpgrade,
  type UpgradePhase,
} from "./clusterState.ts";
import { moveGroup } from "./failover.ts";

export interface UpgradeRequest {
  readonly path: string;
  readonly plane: ControlPlane;
  readonly reboot: boolean;
  /** Without sessions. */
  readonly noSync: boolean;
}

/** How long an in-band upgrade interrupts everything. */
const IN_BAND_OUTAGE_SECONDS = 30;
/** How often the device looks whether the nodes are synchronised. */
const LOOK_SECONDS = 5;

/** Begins an upgrade, which goes on by itself. Returns the device's words where it refuses. */
export function beginUpgrade(world: World, device: DeviceState, request: UpgradeRequest): string | undefined {
  const { cluster } = device;
  const { plane, path, noSync } = request;
  const file = plane.files.get(path);
  const refusal =
    cluster === undefined ? "error: Chassis cluster is not enabled" : refusalOf(world, device, request);
  if (cluster === undefined || refusal !== undefined || file === undefined) {
    return refusal ?? `ERROR: package: ${path} is not found or empty`;
  }
  const upgrade: InServiceUpgrade = {
    file,
    startedAt: world.now,
    first: plane.name,
    keepsSessions: !noSync,
    phase: "Validating",
    event: undefined,
    lines: ["ISSU: Validating package"],
    result: undefined,
  };
  cluster.upgrade = upgrade;
  for (const group of cluster.groups) {
    if (group.id > 0) moveGroup(world, device, { group, node: plane.name, manual: true });
  }
  note(world, { device: device.name, kind: "UpgradeStarted", message: file.path });
  enter(world, device, "Validating");
  return undefined;
}

function refusalOf(world: World, device: DeviceState, request: UpgradeRequest): string | undefined {
  const { plane, path, reboot, noSync } = request;
  const file = plane.files.get(path);
  const other = otherNode(device, plane.name);
  if (isInBandModel(device.spec.model) && !noSync) {
    return "ISSU is not supported on this platform; use the no-sync option";
  }
  if (!reboot) return "'reboot' keyword must be specified. Aborting ISSU";
  if (running(device) !== undefined) return "ISSU is in progress. Aborting ISSU";
  if (plane !== device.master)
    return "error: ISSU can only be initiated from the primary node of redundancy group 0";
  if (file?.release === undefined) return `ERROR: package: ${path} is not found or empty`;
  if (other === undefined || !areBothUp(device)) return "ISSU aborted: secondary node is not present";
  if (!noSync && !isFabricLinkUp(world, device)) return "ISSU aborted: fabric link is down";
  if (takeFault(world, device.name, ({ fault }) => fault === "upgradeNotReady") !== undefined) {
    return "ISSU aborted: cluster is not ready for ISSU";
  }
  const unfit = device.cluster?.groups.find(
    (group) => priorityOf(world, device, { group, plane: other }) === 0,
  );
  if (unfit !== undefined) return `ISSU aborted: priority of ${other.name} in group ${String(unfit.id)} is 0`;
  if (isOlder(file.release, plane.release)) return "ISSU aborted: downgrade is not supported";
  const full = device.planes.find((each) => freeBytes(world, each) < file.sizeBytes);
  return full === undefined ? undefined : `ISSU aborted: Insufficient disk space on ${full.name} /var`;
}

/** The upgrade that goes on; undefined when none does. */
export function running(device: DeviceState): InServiceUpgrade | undefined {
  const upgrade = device.cluster?.upgrade;
  return upgrade === undefined || upgrade.result !== undefined ? undefined : upgrade;
}

/** The time of a phase is over. */
export function continueUpgrade(world: World, name: string): void {
  const device = deviceState(world, name);
  const upgrade = running(device);
  if (upgrade === undefined) return;
  upgrade.event = undefined;
  const first = controlPlane(device, upgrade.first);
  const second = otherNode(device, upgrade.first);
  if (second === undefined) return;
  const { phase } = upgrade;
  if (meets(world, device, { phase, fault: "upgradeAborts" })) {
    failUpgrade(world, device, `ISSU aborted in ${phase}`);
    return;
  }
  switch (phase) {
    case "Validating":
      if (isFaulty(world, device.name, (fault) => fault.fault === "validationFails")) {
        failUpgrade(world, device, "ISSU aborted: configuration validation failed");
        break;
      }
      upgrade.lines.push("Validation succeeded", `Pushing bundle to ${second.name}`);
      enter(world, device, "Copying");
      break;
    case "Copying":
      second.files.set(upgrade.file.path, { ...upgrade.file, writtenAt: world.now });
      enter(world, device, upgrade.keepsSessions ? "KernelSync" : "InstallingSecondary");
      break;
    case "KernelSync":
      enter(world, device, "InstallingSecondary");
      break;
    case "InstallingSecondary":
      installed(world, device, { plane: second, file: upgrade.file });
      upgrade.lines.push(
        `finished upgrading on secondary node ${second.name}`,
        "ISSU: rebooting Secondary Node",
      );
      enter(world, device, "SecondaryRebooting");
      beginReboot(world, second, { by: "root", host: second.vmhost !== undefined });
      break;
    case "Synchronising":
      if (upgrade.keepsSessions && !isSynchronised(world, device)) schedule(world, device, LOOK_SECONDS);
      else enter(world, device, "LineCards");
      break;
    case "LineCards":
      switchOver(world, device, upgrade);
      enter(world, device, "InstallingPrimary");
      break;
    case "InstallingPrimary":
      installed(world, device, { plane: first, file: upgrade.file });
      upgrade.lines.push("System going down IMMEDIATELY");
      enter(world, device, "PrimaryRebooting");
      beginReboot(world, first, { by: "root", host: first.vmhost !== undefined });
      break;
    case "Resynchronising":
      if (!isSynchronised(world, device)) schedule(world, device, LOOK_SECONDS);
      else {
        upgrade.result = { ok: true };
        note(world, { device: device.name, kind: "UpgradeFinished", message: upgrade.file.path });
      }
      break;
    case "SecondaryRebooting":
    case "PrimaryRebooting":
      break;
  }
}

/** Goes on when a node that was rebooted is back; ends when the other one is gone. */
export function reconcileUpgrade(world: World, device: DeviceState): void {
  const upgrade = running(device);
  if (upgrade === undefined) return;
  const rebooting = rebootingNode(device, upgrade);
  const others = device.planes.filter((plane) => plane !== rebooting);
  if (others.some(({ power }) => power !== "Running" && power !== "ShuttingDown")) {
    failUpgrade(world, device, "ISSU aborted: a node is lost");
    return;
  }
  if (rebooting === undefined || rebooting.power !== "Running" || rebooting.bootedAt < upgrade.startedAt)
    return;
  if (rebooting.release !== upgrade.file.release) {
    failUpgrade(world, device, `ISSU aborted: ${rebooting.name} did not boot the new image`);
    return;
  }
  if (meets(world, device, { phase: upgrade.phase, fault: "upgradeStalls" })) return;
  if (meets(world, device, { phase: upgrade.phase, fault: "upgradeAborts" })) {
    failUpgrade(world, device, `ISSU aborted in ${upgrade.phase}`);
    return;
  }
  upgrade.lines.push(`${rebooting.name} came up`);
  enter(world, device, upgrade.phase === "SecondaryRebooting" ? "Synchronising" : "Resynchronising");
}

/** Gives a running upgrade up, which is clean until the secondary reboots. Returns the device's words. */
export function abortUpgrade(world: World, device: DeviceState): string {
  const upgrade = running(device);
  if (upgrade === undefined) return "No ISSU is in progress";
  if (UPGRADE_PHASES.indexOf(upgrade.phase) > UPGRADE_PHASES.indexOf("InstallingSecondary")) {
    return "ISSU cannot be aborted after the secondary node has rebooted";
  }
  failUpgrade(world, device, "ISSU aborted by user");
  return "ISSU aborted. Exiting ISSU window";
}

function failUpgrade(world: World, device: DeviceState, why: string): void {
  const upgrade = running(device);
  if (upgrade === undefined) return;
  world.queue.cancel(upgrade.event);
  upgrade.event = undefined;
  upgrade.lines.push(why);
  upgrade.result = { ok: false };
  note(world, { device: device.name, kind: "UpgradeFailed", message: why });
}

function rebootingNode(device: DeviceState, { phase, first }: InServiceUpgrade): ControlPlane | undefined {
  if (phase === "SecondaryRebooting") return otherNode(device, first);
  return phase === "PrimaryRebooting" ? controlPlane(device, first) : undefined;
}

function switchOver(world: World, device: DeviceState, upgrade: InServiceUpgrade): void {
  const second = otherNode(device, upgrade.first);
  const { cluster } = device;
  if (second === undefined || cluster === undefined) return;
  upgrade.lines.push(`ISSU: failover all redundancy-groups 1...n to primary node`);
  for (const group of cluster.groups) {
    moveGroup(world, device, {
      group,
      node: second.name,
      manual: true,
      ...(upgrade.keepsSessions ? {} : { outageSeconds: IN_BAND_OUTAGE_SECONDS }),
    });
  }
}

function installed(
  world: World,
  device: DeviceState,
  { plane, file }: { readonly plane: ControlPlane; readonly file: DeviceFile },
): void {
  plane.pendingRelease = file.release;
  for (const counters of [plane.counters, device.counters]) {
    counters.installsStarted += 1;
    counters.installsFinished += 1;
  }
  note(world, { device: device.name, kind: "InstallFinished", message: `${plane.name}: ${file.path}` });
}

function enter(world: World, device: DeviceState, phase: UpgradePhase): void {
  const upgrade = running(device);
  if (upgrade === undefined) return;
  upgrade.phase = phase;
  note(world, { device: device.name, kind: "UpgradePhase", message: phase });
  if (meets(world, device, { phase, fault: "upgradeStalls" })) return;
  const seconds = secondsOf(world, phase);
  if (seconds !== undefined) schedule(world, device, seconds);
}

/** Undefined for phases that end when a node is back. */
function secondsOf({ topology: { timings } }: World, phase: UpgradePhase): number | undefined {
  switch (phase) {
    case "Validating":
      return timings.upgradeValidateSeconds;
    case "Copying":
      return timings.copySeconds;
    case "KernelSync":
      return timings.replicationSeconds;
    case "InstallingSecondary":
    case "InstallingPrimary":
      return timings.installSeconds;
    case "Synchronising":
    case "Resynchronising":
      return timings.replicationSeconds;
    case "LineCards":
      return timings.upgradeLineCardsSeconds;
    case "SecondaryRebooting":
    case "PrimaryRebooting":
      return undefined;
  }
}

function schedule(world: World, device: DeviceState, seconds: number): void {
  const upgrade = running(device);
  if (upgrade === undefined) return;
  upgrade.event = world.queue.schedule(world.now + seconds * 1000, {
    kind: "UpgradePhase",
    device: device.name,
  });
}

function meets(
  world: World,
  device: DeviceState,
  met: { readonly phase: UpgradePhase; readonly fault: "upgradeAborts" | "upgradeStalls" },
): boolean {
  return isFaulty(world, device.name, (fault) => fault.fault === met.fault && fault.phase === met.phase);
}

/** By the numbers of the release, as far as the device looks. */
function isOlder(target: string, current: string): boolean {
  const numbers = (text: string): readonly number[] => (text.match(/\d+/g) ?? []).map(Number);
  const [a, b] = [numbers(target), numbers(current)];
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** How far the nodes are, for who asks: sessions, and the line cards of the upgraded node. */
export function synchronisation({ upgrade }: ClusterState): { sync: boolean; ready: boolean } | undefined {
  if (upgrade === undefined || upgrade.result !== undefined) return undefined;
  const at = UPGRADE_PHASES.indexOf(upgrade.phase);
  return {
    sync: at > UPGRADE_PHASES.indexOf("Synchronising"),
    ready: at > UPGRADE_PHASES.indexOf("LineCards"),
  };
}
