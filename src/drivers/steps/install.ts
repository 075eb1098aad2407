/**
 * Install: the package is staged, to become active at the next reboot. The request runs for minutes and goes on
 * when we are gone; only the device's install log and its pending install say what became of it.
 */
import { parseInstant } from "../../api/time.ts";
import type { Intent, Step } from "../../engine/step.ts";
import { readInstallLog, readPendingInstall, requestPackageAdd } from "../../junos/install.ts";
import { isReplyLost } from "../../junos/rpcCaller.ts";
import { nameSameRelease } from "../../release/version.ts";
import type { RunContext } from "../driver.ts";
import { judgeReboot, readBoot, readMoment, type ReadBoot } from "../moment.ts";
import { packagePath } from "./stage.ts";

export const install: Step<RunContext> = {
  name: "Install",
  once: true,
  landing: "InService",
  deadlineSeconds: 3600,
  expectedSeconds: 480,
  onDeadline: "Hang",
  outOfService: true,
  needsFreshProof: true,
  silences: false,
  pollSeconds: 30,
  async observe({ device, image, status, clock, connect, lastFailure }) {
    const { main } = await connect(device.name);
    const log = await readInstallLog(main);
    const ours = log?.packagePath?.endsWith(image.deviceImageName) === true;
    const intent = status.intent?.step === "Install" ? status.intent : undefined;
    if (ours && log.state === "Running") {
      // The log of an installation that a power failure cut short has no end.
      const now = clock.now();
      return intent !== undefined && wentDownSince(intent, await readBoot(main, now), now)
        ? { is: "Failed", reason: "InstallFailed", message: "the device went down while it was installing" }
        : { is: "Running", message: `${image.osVersion} is being installed` };
    }
    const pending = await readPendingInstall(main);
    if (pending.is === "Pending") {
      return ours && nameSameRelease(log.release ?? "", image.osVersion)
        ? { is: "Done", evidence: { message: `${image.osVersion} is staged` } }
        : { is: "Blocked", reason: "InstallPending", message: pending.message };
    }
    if (ours && log.state === "Staged" && pending.is === "Unknown") {
      return { is: "Done", evidence: { message: `${image.osVersion} is staged, by the install log` } };
    }
    const asked = intent !== undefined;
    if (asked && ours && log.state === "Failed") {
      return { is: "Failed", reason: "InstallFailed", message: lastFailure() ?? lastLine(log.text) };
    }
    const failure = asked ? lastFailure() : undefined;
    if (failure !== undefined) return { is: "Failed", reason: "InstallFailed", message: failure };
    const { version, bootedAt, uptimeSeconds } = await readMoment(main, clock.now());
    return { is: "Needed", before: { version, bootedAt, uptimeSeconds } };
  },
  async start({ device, image, connect, fence, inBackground, signal }) {
    const connection = await connect(device.name);
    const session = await connection.longRunning(signal);
    fence();
    inBackground(
      requestPackageAdd(session, {
        packagePath: packagePath(image.deviceImageName),
        validate: true,
        signal,
      }).then(
        ({ verdict, message }) => {
          if (verdict === "Refused") throw new Error(message);
        },
        // A lost reply says nothing of the install; the device's log does.
        (error: unknown) => {
          if (!isReplyLost(error)) throw error;
        },
      ),
    );
  },
};

function wentDownSince({ before, writtenAt }: Intent, boot: ReadBoot, now: number): boolean {
  return judgeReboot(before, boot, (now - parseInstant(writtenAt)) / 1000) === "Rebooted";
}

function lastLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return (
    lines.findLast((line) => line !== "" && !line.startsWith("<")) ?? "the install log tells of a failure"
  );
}
