/** A device at one moment: release, boot time and uptime, read together. What proves a reboot, and nothing less. */
import { formatInstant, parseInstant } from "../api/time.ts";
import type { DeviceMoment } from "../engine/step.ts";
import type { RpcCaller } from "../junos/rpcCaller.ts";
import { readSoftware } from "../junos/software.ts";
import { readSystemUptime } from "../junos/systemUptime.ts";

/** By how much a boot time may move without a reboot: NTP sets the clock, and Junos computes the time from it. */
const BOOT_TIME_TOLERANCE_SECONDS = 60;

export interface ReadMoment extends DeviceMoment {
  /** The device's own clock against its boot time and its uptime; a large value means that one of them lies. */
  readonly inconsistencySeconds: number;
}

/** Reads a single routing engine. The release is empty where the device does not say it. */
export async function readMoment(caller: RpcCaller, now: number): Promise<ReadMoment> {
  const software = await readSoftware(caller);
  return { version: software.engines[0]?.release ?? "", ...(await readBoot(caller, now)) };
}

/** A moment without the release: all that is needed to see whether the device was rebooted. */
export type ReadBoot = Omit<ReadMoment, "version">;

/** As `readMoment`, without the release. `now` stands in where the device does not tell its clock; milliseconds since 1970. */
export async function readBoot(caller: RpcCaller, now: number): Promise<ReadBoot> {
  const [uptime] = await readSystemUptime(caller);
  const bootedAt = uptime?.bootedAt ?? 0;
  const age = ((uptime?.currentTime ?? now) - bootedAt) / 1000;
  const uptimeSeconds = uptime?.uptimeSeconds ?? age;
  return {
    bootedAt: formatInstant(bootedAt),
    uptimeSeconds: Math.max(0, Math.floor(uptimeSeconds)),
    inconsistencySeconds: Math.abs(age - uptimeSeconds),
  };
}

export type RebootVerdict = "Rebooted" | "NotRebooted" | "Contradiction";

/**
 * Whether a device was rebooted between two moments. Boot time and uptime have to agree: a boot time alone moves
 * when the clock is set. `elapsedSeconds` is how long ago the first moment was, by the controller's clock.
 */
export function judgeReboot(before: DeviceMoment, after: ReadBoot, elapsedSeconds: number): RebootVerdict {
  if (after.inconsistencySeconds > 2 * BOOT_TIME_TOLERANCE_SECONDS) return "Contradiction";
  const moved = (parseInstant(after.bootedAt) - parseInstant(before.bootedAt)) / 1000;
  const expected = before.uptimeSeconds + elapsedSeconds;
  const fellShort = expected - after.uptimeSeconds;
  const byBootTime = moved > BOOT_TIME_TOLERANCE_SECONDS;
  const byUptime = after.uptimeSeconds < before.uptimeSeconds || fellShort > BOOT_TIME_TOLERANCE_SECONDS;
  if (byBootTime !== byUptime) return "Contradiction";
  return byBootTime ? "Rebooted" : "NotRebooted";
}
