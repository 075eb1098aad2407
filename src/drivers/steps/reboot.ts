/**
 * Reboot: into the staged release, exactly once. It is proven by boot time, uptime and release agreeing; a silent
 * device, a lost reply or a passed time-out prove nothing.
 */
import type { Landing, StepName } from "../../api/steps.ts";
import { parseInstant } from "../../api/time.ts";
import { recordOf } from "../../engine/journal.ts";
import type { Observation, Step } from "../../engine/step.ts";
import { readScheduledReboot, requestReboot } from "../../junos/reboot.ts";
import { isReplyLost, type RpcCaller } from "../../junos/rpcCaller.ts";
import { requestVmhostReboot } from "../../junos/vmhost.ts";
import { nameSameRelease } from "../../release/version.ts";
import { whyNotReboot } from "../beforeReboot.ts";
import type { PinnedImage, RunContext } from "../driver.ts";
import { insistOnBackup, momentOf, theOnlyEngine, whyNotBackup, type ChooseEngine } from "../engines.ts";
import { judgeReboot, readMoment } from "../moment.ts";
import { bootedFrom } from "../vmhostBoot.ts";
import { isForVmhost } from "./install.ts";

/** How long a device that was asked to reboot may take to end its daemons; before, it looks as if nobody had asked. */
const SHUTDOWN_SECONDS = 300;

interface RebootParts {
  readonly name: StepName;
  /** The step that staged what is booted. */
  readonly after: StepName;
  readonly landingBefore?: Landing;
  readonly choose: ChooseEngine;
  /** The engine may be the master: nothing goes through the device, and both are upgraded. */
  readonly whoever?: true;
}

export function rebootStep({
  name,
  after: staging,
  landingBefore,
  choose,
  whoever,
}: RebootParts): Step<RunContext> {
  return {
    name,
    once: true,
    landing: "Forward",
    ...(landingBefore === undefined ? {} : { landingBefore }),
    deadlineSeconds: 2400,
    expectedSeconds: 720,
    onDeadline: "Hang",
    outOfService: true,
    needsFreshProof: true,
    silences: true,
    pollSeconds: 30,
    async observe(context): Promise<Observation> {
      const { device, image, status, clock, connect } = context;
      const controlPlane = choose(context);
      const called = controlPlane === undefined ? device.name : `${device.name} ${controlPlane}`;
      const { main } = await connect(device.name, controlPlane);
      const now = clock.now();
      const after = await readMoment(main, now);
      const intent = status.intent?.step === name ? status.intent : undefined;
      const before = intent?.before;
      const runsTarget = nameSameRelease(after.version, image.osVersion);
      if (intent === undefined || before === undefined) {
        if (!runsTarget) {
          const halfDone = landingBefore === "Forward";
          const against =
            (whoever === true ? undefined : await whyNotBackup(context, { name: controlPlane, halfDone })) ??
            // Half of the way back is no safer place than half of the way forward.
            (halfDone ? undefined : await whyNotReboot(context));
          return against ?? { is: "Needed", before: momentOf(controlPlane, after) };
        }
        // An engine that nothing was installed on has been there already: an earlier run got that far.
        return controlPlane !== undefined && recordOf(status, staging).attempts === 0
          ? { is: "Done", evidence: { message: `${called} runs ${after.version} already` } }
          : {
              is: "Unknown",
              reason: "StateUnknown",
              message: `${called} runs ${after.version} already, and nobody here rebooted it`,
            };
      }
      const elapsedSeconds = (now - parseInstant(intent.writtenAt)) / 1000;
      switch (judgeReboot(before, after, elapsedSeconds)) {
        case "Contradiction":
          return {
            is: "Unknown",
            reason: "StateUnknown",
            message: `boot time ${after.bootedAt} and uptime ${String(after.uptimeSeconds)} s contradict each other`,
          };
        case "NotRebooted": {
          const schedule = await readScheduledReboot(main);
          if (schedule.scheduled) return { is: "Running", message: schedule.message };
          if (elapsedSeconds < SHUTDOWN_SECONDS) {
            return { is: "Running", message: "asked to reboot; it still answers" };
          }
          // One that has become the master was not asked, and is not, however often it is tried.
          const against =
            whoever === true
              ? undefined
              : await whyNotBackup(context, { name: controlPlane, halfDone: true });
          return against ?? { is: "Needed", before: momentOf(controlPlane, after) };
        }
        case "Rebooted": {
          if (after.version === "")
            return { is: "Running", message: "booted; its release is not readable yet" };
          const from = await bootedFrom(main, image);
          const booted = bootedAs(controlPlane);
          return runsTarget
            ? {
                is: "Done",
                evidence: { message: `${booted} at ${after.bootedAt} with ${after.version}${from}` },
              }
            : {
                is: "Failed",
                reason: "VersionUnexpected",
                message: `${booted} with ${after.version} instead of ${image.osVersion}${from}`,
              };
        }
      }
    },
    async start({ device, image, status, connect, fence, signal }) {
      const controlPlane = status.intent?.before.controlPlane;
      const connection = await connect(device.name, controlPlane);
      // A session of its own: in the queue of another one, behind a slow reply, the request would leave long after the
      // fence was passed, when somebody else may have begun to act.
      const session = await connection.longRunning(signal);
      if (whoever !== true) await insistOnBackup(session, controlPlane);
      fence();
      try {
        await request(session, image);
      } catch (error) {
        // The session often dies before the reply; the boot time tells.
        if (!isReplyLost(error)) throw error;
      }
    },
  };
}

/** Of a device with one routing engine. */
export const reboot = rebootStep({ name: "Reboot", after: "Install", choose: theOnlyEngine });

async function request(session: RpcCaller, image: PinnedImage): Promise<void> {
  if (isForVmhost(image)) await requestVmhostReboot(session);
  else await requestReboot(session, { message: `hitless: upgrade to ${image.osVersion}` });
}

function bootedAs(controlPlane: string | undefined): string {
  return controlPlane === undefined ? "booted" : `${controlPlane} booted`;
}
