/** Installing, staging and rolling back software on one control plane, as `request system software` and its kin do. */
import { isVmhostPackage } from "../controlPlane.ts";
import type { ControlPlane, DeviceFile, InstallLogEntry } from "../controlPlane.ts";
import { takePlaneFault } from "../faults/takeFault.ts";
import { deviceState, note } from "../world.ts";
import type { World } from "../world.ts";
import { isDiskFull, named, otherSet } from "./lifecycle.ts";

export const PENDING_INSTALL_TEXT =
  "There is already an install pending.\nUse the 'request system reboot' command to complete the install,\n" +
  "or the 'request system software rollback' command to back it out.";

/** Why an installation cannot begin. */
export type InstallRefusal = "NotFound" | "Running" | "Pending" | "NoSpace" | "NotAPackage";

/** What an installation is asked to do, and by whom. */
export interface InstallRequest {
  readonly path: string;
  readonly validate: boolean;
  /** By the request for VM hosts. */
  readonly host?: boolean;
  /** Of the mgd that runs it. */
  readonly processId: number;
}

/** Begins an installation, which ends by itself. Returns the reason where it cannot begin. */
export function beginInstall(
  world: World,
  plane: ControlPlane,
  request: InstallRequest,
): InstallRefusal | undefined {
  const file = plane.files.get(request.path);
  if (isInstalling(plane)) return "Running";
  const entry: InstallLogEntry = {
    at: world.now + plane.clockOffsetMilliseconds,
    processId: request.processId,
    command: `-X update ${request.validate ? "" : "-no-validate "}${request.path}`,
    output: "",
    result: undefined,
  };
  plane.installLog.push(entry);
  const refusal = refusalOf(world, plane, { file, host: request.host ?? false });
  if (refusal !== undefined || file === undefined) {
    entry.result = 1;
    entry.output =
      refusal === "Pending"
        ? "There is pending upgrade. upgrade_in_progress=stage"
        : "ERROR: package cannot be added";
    return refusal ?? "NotFound";
  }
  entry.output = stagingLines(plane, file)[0] ?? "";
  const at = world.now + world.topology.timings.installSeconds * 1000;
  const event = world.queue.schedule(at, {
    kind: "InstallDone",
    device: plane.device,
    controlPlane: plane.name,
  });
  plane.install = { file, startedAt: world.now, event, log: entry, result: undefined };
  countInstall(world, plane, "installsStarted");
  note(world, {
    device: plane.device,
    kind: "InstallStarted",
    message: `${named(world, plane)}${file.path}`,
  });
  return undefined;
}

/** The installation is over; what it installed runs after the next boot. */
export function finishInstall(world: World, plane: ControlPlane): void {
  const { install } = plane;
  if (install === undefined || install.result !== undefined) return;
  const { file } = install;
  const staged = stagingLines(plane, file);
  if (takePlaneFault(world, plane, (fault) => fault.fault === "installFails") !== undefined) {
    const output = `${staged.slice(0, 2).join("\n")}\nERROR: Package installation failed: signature verification failed`;
    install.result = { ok: false, output };
    note(world, {
      device: plane.device,
      kind: "InstallFailed",
      message: `${named(world, plane)}${file.path}`,
    });
  } else {
    plane.pendingRelease = file.release;
    if (plane.vmhost !== undefined && file.release !== undefined) {
      plane.vmhost.releases[otherSet(plane.vmhost)] = file.release;
    }
    countInstall(world, plane, "installsFinished");
    install.result = { ok: true, output: staged.join("\n") };
    note(world, {
      device: plane.device,
      kind: "InstallFinished",
      message: `${named(world, plane)}${file.path}`,
    });
  }
  install.log.output = install.result.output;
  install.log.result = install.result.ok ? 0 : 1;
}

/** The whole log as `show log install` prints it: a line with time and command, then output and result as text. */
export function installLogText(plane: ControlPlane): string {
  return plane.installLog
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
  plane: ControlPlane,
  { file, host }: { readonly file: DeviceFile | undefined; readonly host: boolean },
): InstallRefusal | undefined {
  if (plane.pendingRelease !== undefined) return "Pending";
  if (file === undefined) return "NotFound";
  if (
    file.release === undefined ||
    isVmhostPackage(file.path) !== host ||
    host !== (plane.vmhost !== undefined)
  ) {
    return "NotAPackage";
  }
  // Junos unpacks a package before it installs it.
  return freeBytes(world, plane) < file.sizeBytes ? "NoSpace" : undefined;
}

export function isInstalling(plane: ControlPlane): boolean {
  return plane.install !== undefined && plane.install.result === undefined;
}

/** What is left in /var, the files there and a fault considered. */
export function freeBytes(world: World, plane: ControlPlane): number {
  if (isDiskFull(world, plane)) return 0;
  const now = [...plane.files.values()].reduce((sum, file) => sum + file.sizeBytes, 0);
  return Math.max(0, plane.diskFreeBytes + plane.initialFileBytes - now);
}

/** Takes back what is staged, or stages what ran before. Undefined where there is nothing to go back to. */
export function rollBackSoftware(world: World, plane: ControlPlane, processId: number): string | undefined {
  const release = plane.pendingRelease === undefined ? plane.previousRelease : plane.release;
  const output =
    release === undefined ? undefined : `Junos version '${release}' will become active at next reboot`;
  plane.installLog.push({
    at: world.now,
    processId,
    command: "-X rollback",
    output: output ?? "ERROR: Cannot rollback: no backup software",
    result: output === undefined ? 1 : 0,
  });
  plane.pendingRelease = plane.pendingRelease === undefined ? plane.previousRelease : undefined;
  return output;
}

function countInstall(world: World, plane: ControlPlane, what: "installsStarted" | "installsFinished"): void {
  plane.counters[what] += 1;
  deviceState(world, plane.device).counters[what] += 1;
}

function stagingLines(plane: ControlPlane, file: DeviceFile): readonly string[] {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1).replace(/\.tgz$/, "");
  if (plane.vmhost !== undefined) return vmhostLines(name);
  if (plane.engineModel.startsWith("RE-S-")) return routerLines(name, file.release ?? "");
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

function routerLines(name: string, release: string): readonly string[] {
  return [
    `Verified ${name} signed by PackageProductionECP256_2023 method ECDSA256+SHA256`,
    `Adding ${name} ...`,
    "Saving package file in /var/sw/pkg ...",
    `NOTICE: 'pending' set will be activated at next reboot...`,
    `JUNOS ${release} will become active at next reboot`,
    "WARNING: A reboot is required to load this software correctly",
    "WARNING:     Use the 'request system reboot' command",
    "WARNING:         when software installation is complete",
  ];
}

function vmhostLines(name: string): readonly string[] {
  return [
    `Verified ${name} signed by PackageProductionECP256_2023 method ECDSA256+SHA256`,
    "Copied the config and other data to the aux disk.",
    "Starting upgrade ...",
    "Finding alternate root for upgrade",
    "Done with Junos Upgrade",
    "A REBOOT IS REQUIRED TO LOAD THIS SOFTWARE CORRECTLY. Use the 'request vmhost reboot' command",
  ];
}
