/** Installing, staging and rolling back software, as `request system software` does on a QFX. */
import { takeFault } from "../faults/takeFault.ts";
import { note } from "../world.ts";
import type { DeviceFile, DeviceState, InstallLogEntry, World } from "../world.ts";
import { isDiskFull } from "./lifecycle.ts";

export const PENDING_INSTALL_TEXT =
  "There is already an install pending.\nUse the 'request system reboot' command to complete the install,\n" +
  "or the 'request system software rollback' command to back it out.";

/** Why an installation cannot begin. */
export type InstallRefusal = "NotFound" | "Running" | "Pending" | "NoSpace" | "NotAPackage";

/** What an installation is asked to do, and by whom. */
export interface InstallRequest {
  readonly path: string;
  readonly validate: boolean;
  /** Of the mgd that runs it. */
  readonly processId: number;
}

/** Begins an installation, which ends by itself. Returns the reason where it cannot begin. */
export function beginInstall(
  world: World,
  device: DeviceState,
  request: InstallRequest,
): InstallRefusal | undefined {
  const file = device.files.get(request.path);
  if (isInstalling(device)) return "Running";
  const entry: InstallLogEntry = {
    at: world.now,
    processId: request.processId,
    command: `-X update ${request.validate ? "" : "-no-validate "}${request.path}`,
    output: "",
    result: undefined,
  };
  device.installLog.push(entry);
  const refusal = refusalOf(world, device, file);
  if (refusal !== undefined || file === undefined) {
    entry.result = 1;
    entry.output =
      refusal === "Pending"
        ? "There is pending upgrade. upgrade_in_progress=stage"
        : "ERROR: package cannot be added";
    return refusal ?? "NotFound";
  }
  entry.output = stagingLines(file)[0] ?? "";
  const at = world.now + world.topology.timings.installSeconds * 1000;
  const event = world.queue.schedule(at, { kind: "InstallDone", device: device.name });
  device.install = { file, startedAt: world.now, event, log: entry, result: undefined };
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
    const output = `${staged.slice(0, 2).join("\n")}\nERROR: Package installation failed: signature verification failed`;
    install.result = { ok: false, output };
    note(world, { device: device.name, kind: "InstallFailed", message: file.path });
  } else {
    device.pendingRelease = file.release;
    device.counters.installsFinished += 1;
    install.result = { ok: true, output: staged.join("\n") };
    note(world, { device: device.name, kind: "InstallFinished", message: file.path });
  }
  install.log.output = install.result.output;
  install.log.result = install.result.ok ? 0 : 1;
}

/** The whole log as `show log install` prints it: a line with time and command, then output and result as text. */
export function installLogText(device: DeviceState): string {
  return device.installLog
    .map(({ at, processId, command, output, result }) => {
      const time = `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
      const header = `${time} mgd[${processId}]: /usr/libexec/ui/package ${command}`;
      const end = result === undefined ? "" : `</output>\n<package-result>${result}</package-result>\n`;
      return `${header}\n<output>\n${output}\n${end}`;
    })
    .join("");
}

function refusalOf(
  world: World,
  device: DeviceState,
  file: DeviceFile | undefined,
): InstallRefusal | undefined {
  if (device.pendingRelease !== undefined) return "Pending";
  if (file === undefined) return "NotFound";
  if (file.release === undefined || file.path.includes("vmhost")) return "NotAPackage";
  // Junos unpacks a package before it installs it.
  return freeBytes(world, device) < file.sizeBytes ? "NoSpace" : undefined;
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
export function rollBackSoftware(world: World, device: DeviceState, processId: number): string | undefined {
  const release = device.pendingRelease === undefined ? device.previousRelease : device.release;
  const output =
    release === undefined ? undefined : `Junos version '${release}' will become active at next reboot`;
  device.installLog.push({
    at: world.now,
    processId,
    command: "-X rollback",
    output: output ?? "ERROR: Cannot rollback: no backup software",
    result: output === undefined ? 1 : 0,
  });
  device.pendingRelease = device.pendingRelease === undefined ? device.previousRelease : undefined;
  return output;
}

function stagingLines(file: DeviceFile): readonly string[] {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1).replace(/\.tgz$/, "");
  const inner = `/var/tmp/jinstall-qfx-5e-junos-${file.release ?? ""}-secure-linux.tgz`;
  return [
    `Verified ${name} signed by PackageProductionSHA1RSA_2023 method RSA2048+SHA1`,
    "Pushing Junos image package to the host...",
    `upgrade_platform: Staging the upgrade package - ${inner}..`,
    "upgrade_platform: Checksum verified and OK...",
    `upgrade_platform: Staging of ${inner} completed`,
    "upgrade_platform: System need *REBOOT* to complete the upgrade",
    "Host OS upgrade staged. Reboot the system to complete installation!",
    `JUNOS ${file.release ?? ""} will become active at next reboot`,
    "WARNING: A reboot is required to load this software correctly",
    "WARNING:     Use the 'request system reboot' command",
    "WARNING:         when software installation is complete",
  ];
}
