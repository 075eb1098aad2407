/**
 * A control plane: one routing engine of a chassis, or one node of a chassis cluster. Each has its own software,
 * disk, boot time and configuration; one of them is the master, which routes and holds the device's address.
 */
import type { Instant } from "../api/time.ts";
import type { ConfigDatabase } from "./config/configDatabase.ts";

/**
 * `ShuttingDown` still answers; `Booting` does not until its event comes; `Halted` waits for somebody at the
 * console; `Dead` has no power; `Absent` is an empty slot.
 */
export type Power = "Running" | "ShuttingDown" | "Booting" | "Halted" | "Dead" | "Absent";

export interface ControlPlane {
  /** The device it belongs to. */
  readonly device: string;
  /** `re0`, `re1`, `node0`, `node1`. */
  readonly name: string;
  readonly slot: number;
  /** Of its own management interface, as the Fabric gives it. */
  readonly address: string | undefined;
  /** `RE-S-1800x4`. */
  readonly engineModel: string;
  readonly serialNumber: string;
  power: Power;
  /** SSH and NETCONF answer. */
  management: boolean;
  /** Rises whenever all its sessions die. */
  managementEpoch: number;
  release: string;
  /** What runs after the next boot, if something is staged. */
  pendingRelease: string | undefined;
  previousRelease: string | undefined;
  /** On a VM host, the two sets of host and guest; elsewhere undefined. */
  readonly vmhost: VmhostDisk | undefined;
  bootedAt: Instant;
  /** By how much its clock is ahead; the times it states are off by that, boot time included. */
  clockOffsetMilliseconds: number;
  /** Since when it is up as master or backup. */
  readySince: Instant;
  lastRebootReason: string;
  hostKeyGeneration: number;
  readonly files: Map<string, DeviceFile>;
  /** Of /var, without what the files take. */
  diskFreeBytes: number;
  /** What the files took at the start. */
  readonly initialFileBytes: number;
  install: RunningInstall | undefined;
  /** Oldest first; `show log install`. */
  readonly installLog: InstallLogEntry[];
  scheduledReboot: { readonly at: Instant; readonly event: number; readonly by: string } | undefined;
  /** The reboot that is under way was asked of the host, which alone changes to the other set. */
  rebootsHost: boolean;
  readonly bootEvents: number[];
  readonly config: ConfigDatabase;
  nextSessionId: number;
  readonly counters: ControlPlaneCounters;
}

/** Two sets of software on the disk of a VM host; the one that does not run takes the next installation. */
export interface VmhostDisk {
  currentSet: VmhostSetName;
  readonly releases: Record<VmhostSetName, string>;
}

export type VmhostSetName = "p" | "b";

export interface DeviceFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly md5: string;
  readonly writtenAt: Instant;
  /** What it installs; undefined for a file that is no package. */
  readonly release: string | undefined;
}

export interface RunningInstall {
  readonly file: DeviceFile;
  readonly startedAt: Instant;
  readonly event: number;
  readonly log: InstallLogEntry;
  /** Set when it is over; the device forgets it when the next one starts. */
  result: { readonly ok: boolean; readonly output: string } | undefined;
}

/** What one run of the package tool wrote; a run that was cut off has no result. */
export interface InstallLogEntry {
  readonly at: Instant;
  readonly processId: number;
  /** `-X update -no-validate /var/tmp/…`, `-X rollback`. */
  readonly command: string;
  output: string;
  result: 0 | 1 | undefined;
}

/** For tests and invariants; a device does not show them. */
export interface ControlPlaneCounters {
  reboots: number;
  installsStarted: number;
  installsFinished: number;
}

/** It has booted and is not on its way down. */
export function isUp(plane: ControlPlane): boolean {
  return plane.power === "Running";
}

/** Models of routing engines that run Junos as a guest of a host. */
const VMHOST_MODELS = /^(?:RE-S-X6|REMX2K-X8|RE-MX-X|RE-S-1600x8|RE-PTX-X8|RE-QFX10002-60C|SRX5K-RE3)/i;

export function isVmhostModel(engineModel: string): boolean {
  return VMHOST_MODELS.test(engineModel);
}

/** By its name, as Junos tells them apart. */
export function isVmhostPackage(path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).includes("vmhost");
}
