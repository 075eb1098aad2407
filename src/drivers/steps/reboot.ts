/**
 * Reboot: into the staged release, exactly once. It is proven by boot time, uptime and release agreeing; a silent
 * device, a lost reply or a passed time-out prove nothing.
 */
import { parseInstant } from "../../api/time.ts";
import type { Observation, Step } from "../../engine/step.ts";
import { readScheduledReboot, requestReboot } from "../../junos/reboot.ts";
import { isReplyLost } from "../../junos/rpcCaller.ts";
import { nameSameRelease } from "../../release/version.ts";
import type { RunContext } from "../driver.ts";
import { judgeReboot, readMoment } from "../moment.ts";

/** How long a device that was asked to reboot may take to end its daemons; before, it looks as if nobody had asked. */
const SHUTDOWN_SECONDS = 300;

export const reboot: Step<RunContext> = {
  name: "Reboot",
  once: true,
  landing: "Forward",
  deadlineSeconds: 2400,
  expectedSeconds: 720,
  onDeadline: "Hang",
  outOfService: true,
  needsFreshProof: true,
  silences: true,
  pollSeconds: 30,
  async observe({ device, image, status, clock, connect }): Promise<Observation> {
    const { main } = await connect(device.name);
    const now = clock.now();
    const after = await readMoment(main, now);
    const { inconsistencySeconds: _inconsistency, ...moment } = after;
    const intent = status.intent?.step === "Reboot" ? status.intent : undefined;
    const before = intent?.before;
    const runsTarget = nameSameRelease(after.version, image.osVersion);
    if (intent === undefined || before === undefined) {
      return runsTarget
        ? {
            is: "Unknown",
            reason: "StateUnknown",
            message: `${device.name} runs ${after.version} already, and nobody here rebooted it`,
          }
        : { is: "Needed", before: moment };
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
        return elapsedSeconds < SHUTDOWN_SECONDS
          ? { is: "Running", message: "asked to reboot; it still answers" }
          : { is: "Needed", before: moment };
      }
      case "Rebooted":
        if (after.version === "")
          return { is: "Running", message: "booted; its release is not readable yet" };
        return runsTarget
          ? { is: "Done", evidence: { message: `booted at ${after.bootedAt} with ${after.version}` } }
          : {
              is: "Failed",
              reason: "VersionUnexpected",
              message: `booted with ${after.version} instead of ${image.osVersion}`,
            };
    }
  },
  async start({ device, image, connect, fence, signal }) {
    const connection = await connect(device.name);
    // A session of its own: in the queue of another one, behind a slow reply, the request would leave long after the
    // fence was passed, when somebody else may have begun to act.
    const session = await connection.longRunning(signal);
    fence();
    try {
      await requestReboot(session, { message: `hitless: upgrade to ${image.osVersion}` });
    } catch (error) {
      // The session often dies before the reply; the boot time tells.
      if (!isReplyLost(error)) throw error;
    }
  },
};
