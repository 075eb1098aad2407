/**
 * Install: the package is staged on one routing engine, to become active at its next reboot. The request runs for
 * minutes and goes on when we are gone; only the engine's install log, its pending install and, on a VM host, its
 * other set of software say what became of it.
 */
import type { Landing, StepName } from "../../api/steps.ts";
import { parseInstant } from "../../api/time.ts";
import { recordOf } from "../../engine/journal.ts";
import type { Intent, Step } from "../../engine/step.ts";
import { readInstallLog, readPendingInstall, requestPackageAdd } from "../../junos/install.ts";
import type { InstallReply } from "../../junos/installReply.ts";
import { isReplyLost, type RpcCaller } from "../../junos/rpcCaller.ts";
import { readVmhostVersion, requestVmhostPackageAdd } from "../../junos/vmhost.ts";
import { readPackageName } from "../../release/packageName.ts";
import { nameSameRelease } from "../../release/version.ts";
import type { PinnedImage, RunContext } from "../driver.ts";
import { insistOnBackup, momentOf, theOnlyEngine, whyNotBackup, type ChooseEngine } from "../engines.ts";
import { judgeReboot, readBoot, readMoment, type ReadBoot } from "../moment.ts";
import { packagePath } from "./stage.ts";

interface InstallParts {
  readonly name: StepName;
  readonly landing: Landing;
  readonly landingBefore?: Landing;
  readonly choose: ChooseEngine;
  /** The engine may be the master: nothing goes through the device, and both are upgraded. */
  readonly whoever?: true;
}

export function installStep({
  name,
  landing,
  landingBefore,
  choose,
  whoever,
}: InstallParts): Step<RunContext> {
  return {
    name,
    once: true,
    landing,
    ...(landingBefore === undefined ? {} : { landingBefore }),
    deadlineSeconds: 3600,
    expectedSeconds: 480,
    onDeadline: "Hang",
    outOfService: true,
    needsFreshProof: landing === "InService",
    silences: false,
    pollSeconds: 30,
    async observe(context) {
      const { device, image, status, clock, connect, lastFailure } = context;
      const controlPlane = choose(context);
      const { main } = await connect(device.name, controlPlane);
      const on = controlPlane === undefined ? "" : ` on ${controlPlane}`;
      const log = await readInstallLog(main);
      const ours = log?.packagePath?.endsWith(image.deviceImageName) === true;
      const intent = status.intent?.step === name ? status.intent : undefined;
      if (ours && log.state === "Running") {
        // The log of an installation that a power failure cut short has no end.
        const now = clock.now();
        return intent !== undefined && wentDownSince(intent, await readBoot(main, now), now)
          ? { is: "Failed", reason: "InstallFailed", message: "the device went down while it was installing" }
          : { is: "Running", message: `${image.osVersion} is being installed${on}` };
      }
      const pending = await readPendingInstall(main);
      if (pending.is === "Pending") {
        return ours && nameSameRelease(log.release ?? "", image.osVersion)
          ? { is: "Done", evidence: { message: `${image.osVersion} is staged${on}` } }
          : { is: "Blocked", reason: "InstallPending", message: pending.message };
      }
      if (ours && log.state === "Staged" && pending.is === "Unknown") {
        return { is: "Done", evidence: { message: `${image.osVersion} is staged${on}, by the install log` } };
      }
      const asked = intent !== undefined;
      if (asked && ours && log.state === "Failed") {
        return { is: "Failed", reason: "InstallFailed", message: lastFailure() ?? lastLine(log.text) };
      }
      const begun = recordOf(status, name).attempts > 0;
      if (begun && pending.is === "Unknown" && isForVmhost(image) && (await isInOtherSet(main, image))) {
        return { is: "Done", evidence: { message: `${image.osVersion} is in the other set${on}` } };
      }
      const failure = asked ? lastFailure() : undefined;
      if (failure !== undefined) return { is: "Failed", reason: "InstallFailed", message: failure };
      const moment = await readMoment(main, clock.now());
      if (controlPlane !== undefined && nameSameRelease(moment.version, image.osVersion)) {
        return { is: "Done", evidence: { message: `${controlPlane} runs ${moment.version} already` } };
      }
      const halfDone = landing === "Forward";
      const against =
        whoever === true ? undefined : await whyNotBackup(context, { name: controlPlane, halfDone });
      return against ?? { is: "Needed", before: momentOf(controlPlane, moment) };
    },
    async start(context) {
      const { device, image, status, connect, fence, inBackground, signal } = context;
      const controlPlane = status.intent?.before.controlPlane;
      const connection = await connect(device.name, controlPlane);
      const session = await connection.longRunning(signal);
      if (whoever !== true) await insistOnBackup(session, controlPlane);
      fence();
      inBackground(
        requestInstall(session, image, signal).then(
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
}

/** Of a device with one routing engine. */
export const install = installStep({ name: "Install", landing: "InService", choose: theOnlyEngine });

/** Whether the package is for host and guest together; other requests install and reboot them. */
export function isForVmhost({ deviceImageName }: Pick<PinnedImage, "deviceImageName">): boolean {
  return readPackageName(deviceImageName)?.vmhost === true;
}

function requestInstall(session: RpcCaller, image: PinnedImage, signal: AbortSignal): Promise<InstallReply> {
  const options = { packagePath: packagePath(image.deviceImageName), validate: true, signal };
  return isForVmhost(image) ? requestVmhostPackageAdd(session, options) : requestPackageAdd(session, options);
}

/** The set of software that does not run holds the release. */
async function isInOtherSet(caller: RpcCaller, { osVersion }: PinnedImage): Promise<boolean> {
  const { currentSet, sets } = await readVmhostVersion(caller);
  return sets.some(({ name, release }) => name !== currentSet && nameSameRelease(release ?? "", osVersion));
}

function wentDownSince({ before, writtenAt }: Intent, boot: ReadBoot, now: number): boolean {
  return judgeReboot(before, boot, (now - parseInstant(writtenAt)) / 1000) === "Rebooted";
}

function lastLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  return (
    lines.findLast((line) => line !== "" && !line.startsWith("<")) ?? "the install log tells of a failure"
  );
}
