/** Installing, staging and rolling back software, as `request system software` does on a QFX. */
import { takeFault } from "../faults/takeFault.ts";
import { note } from "../world.ts";
import type { DeviceFile, DeviceState, World } from "../world.ts";
import { isDiskFull } from "./lifecycle.ts";

export const PENDING_INSTALL_TEXT =
  "There is already an install pending.\nUse the 'request system reboot' command to complete the install,\n" +
  "or the 'request system software rollback' command to back it out.";

/** Why an installation cannot begin. */
export type InstallRefusal = "NotFound" | "Running" | "Pending" | "NoSpace" | "NotAPackage";

/** Begins an installation, which ends by itself. Returns the reason where it cannot begin. */
export function beginInstall(world: World, device: DeviceState, path: string): InstallRefusal | undefined {
  const file = device.files.get(path);
  if (isInstalling(device)) return "Running";
  if (device.pendingRelease !== undefined) return "Pending";
  if (file === undefined) return "NotFound";
  if (file.release === undefined || file.path.includes("vmhost")) return "NotAPackage";
  // Junos unpacks a package before it installs it.
  if (freeBytes(world, device) < file.sizeBytes) return "NoSpace";
  const at = world.now + world.topology.timings.installSeconds * 1000;
  const event = world.queue.schedule(at, { kind: "InstallDone", device: device.name });
  device.install = { file, startedAt: world.now, event, result: undefined };
  device.counters.installsStarted += 1;
  note(world, { device: device.name, kind: "InstallStarted", message: file.path });
  return undefined;
}

/** The installation is over; what it installed runs after the next boot. */
export function finishInstall(world: World, device: DeviceState): void {
  const { install } = device;
  if (install === undefined || install.result !== undefined) return;
  const { file } = install;
  const staged = stagingLines(file);
  if (takeFault(world, device.name, (fault) => fault.fault === "installFails") !== undefined) {
    install.result = {
      ok: false,
      output: `${staged.slice(0, 2).join("\n")}\nERROR: Package installation failed: signature verification failed`,
    };
    note(world, { device: device.name, kind: "InstallFailed", message: file.path });
  } else {
    device.pendingRelease = file.release;
    device.counters.installsFinished += 1;
    install.result = { ok: true, output: staged.join("\n") };
    note(world, { device: device.name, kind: "InstallFinished", message: file.path });
  }
  device.installLog.push(install.result.output);
}

export function isInstalling(device: DeviceState): boolean {
  return device.install !== undefined && device.install.result === undefined;
}

/** What is left in /var, the files there and a fault considered. */
export function freeBytes(world: World, device: DeviceState): number {
  if (isDiskFull(world, device)) return 0;
  const initial = device.spec.packages.reduce((sum, each) => sum + each.sizeBytes, 0);
  const now = [...device.files.values()].reduce((sum, file) => sum + file.sizeBytes, 0);
  return Math.max(0, device.diskFreeBytes + initial - now);
}

/** Takes back what is staged, or stages what ran before. Undefined where there is nothing to go back to. */
export function rollBackSoftware(device: DeviceState): string | undefined {
  if (device.pendingRelease !== undefined) {
    device.pendingRelease = undefined;
    return `Junos version '${device.release}' will become active at next reboot`;
  }
  if (device.previousRelease === undefined) return undefined;
  device.pendingRelease = device.previousRelease;
  return `Junos version '${device.previousRelease}' will become active at next reboot`;
}

function stagingLines(file: DeviceFile): readonly string[] {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  return [
    `Verified ${name.replace(/\.tgz$/, "")} signed by PackageProductionSHA1RSA_2023 method RSA2048+SHA1`,
    "upgrade_platform: Checksum verified and OK...",
    "Host OS upgrade staged. Reboot the system to complete installation!",
    `upgrade_platform: Staging of /var/tmp/${name} completed`,
    "upgrade_platform: System needs *REBOOT* to complete the upgrade",
    "upgrade_platform: Use 'request system reboot' to reboot the system",
    `JUNOS ${file.release ?? ""} will become active at next reboot`,
    "WARNING: A reboot is required to load this software correctly",
    "WARNING:     Use the 'request system reboot' command",
    "WARNING:         when software installation is complete",
  ];
}
