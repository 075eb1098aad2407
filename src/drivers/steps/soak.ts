/**
 * Soak: the upgraded device is watched for a while before the next batch begins. Having stayed as it was found, it keeps
 * the new software as its recovery snapshot, where the campaign does not say otherwise; without one it is upgraded
 * all the same, and people are told.
 */
import { linkSignals } from "../../api/signalLink.ts";
import { formatInstant, parseInstant, type Instant } from "../../api/time.ts";
import { secondsWithin } from "../../engine/journal.ts";
import type { Observation, Step } from "../../engine/step.ts";
import type { CheckName } from "../../health/catalogue.ts";
import type { RpcCaller } from "../../junos/rpcCaller.ts";
import { requestSnapshot } from "../../junos/snapshot.ts";
import { readPackageName } from "../../release/packageName.ts";
import type { RunContext } from "../driver.ts";
import { compareWithBackup } from "./compare.ts";

/** No campaign soaks for longer; a soak that does is a mistake that people should see. */
const LONGEST_SECONDS = 7 * 24 * 3600;

/** How long after the soak readings may take to settle before they count as a failure. */
const SETTLE_SECONDS = 900;

/**
 * What makes a device of many ports work, and what says nothing new from one minute to the next: it is asked for once
 * more, when the soak is over.
 */
const COSTLY: ReadonlySet<CheckName> = new Set([
  "opticsAlarms",
  "interfaceErrors",
  "interfaceOutputErrors",
  "interfaceDrops",
  "carrierTransitions",
  "interfacesUp",
  "macCount",
]);

/** How often a snapshot is asked for whose end nobody has seen. */
const SNAPSHOT_ATTEMPTS = 2;

/** Begins the message of a soak that ended without the snapshot it should have. Events are made of it. */
export const NO_SNAPSHOT = "no recovery snapshot";

/** Of a device whose software lies on each of the named control planes, or on the device where it has only one. */
export function soakStep(planes: (context: RunContext) => readonly (string | undefined)[]): Step<RunContext> {
  return {
    ...soak,
    async observe(context) {
      const seen = await soak.observe(context);
      return seen.is === "Done" && context.settings.recoverySnapshot === true ? afterSnapshot(context) : seen;
    },
    async start(context) {
      const { device, image, connect, fence, inBackground, signal } = context;
      const vmhost = readPackageName(image.deviceImageName)?.vmhost === true;
      const until = linkSignals(signal);
      const sessions: RpcCaller[] = [];
      for (const plane of planes(context)) {
        sessions.push(await (await connect(device.name, plane)).longRunning(until.signal));
      }
      fence();
      inBackground(
        Promise.all(sessions.map((session) => requestSnapshot(session, { vmhost, signal: until.signal })))
          .then(() => "recovery snapshot taken")
          .finally(() => until.abort(new Error("the snapshot has ended"))),
      );
    },
  };
}

/** What has become of the snapshot. A process that was started since knows nothing of it, and asks once more. */
function afterSnapshot({ status, isBusy, lastFailure, lastResult }: RunContext): Observation {
  const done = (message: string): Observation => ({
    is: "Done",
    evidence: { message: `stayed as found; ${message}` },
  });
  if (isBusy()) return { is: "Running", message: "stayed as found; takes its recovery snapshot" };
  const attempts = status.steps?.find(({ name }) => name === "Soak")?.attempts ?? 0;
  if (attempts === 0) return { is: "Needed" };
  const failure = lastFailure();
  if (failure !== undefined) return done(`${NO_SNAPSHOT}: ${failure}`);
  const result = lastResult?.();
  if (result !== undefined) return done(result);
  return attempts < SNAPSHOT_ATTEMPTS
    ? { is: "Needed" }
    : done(`${NO_SNAPSHOT} that anybody has seen the end of`);
}

/** Without a snapshot, whatever the campaign says. */
export const soak: Step<RunContext> = {
  name: "Soak",
  once: false,
  landing: "Forward",
  deadlineSeconds: LONGEST_SECONDS,
  onDeadline: "Fail",
  outOfService: false,
  needsFreshProof: false,
  silences: false,
  pollSeconds: 60,
  async observe(context) {
    const since = context.status.steps?.find(({ name }) => name === "Soak")?.startedAt;
    const watched = since === undefined ? 0 : watchedSeconds(context, parseInstant(since));
    const left = context.settings.soakSeconds - watched;
    const compared = watching(await compareWithBackup(context, left > 0 ? { leaveOut: COSTLY } : {}));
    if (left > 0) {
      return compared.is === "Done"
        ? { is: "Running", message: `watched until ${formatInstant(context.clock.now() + left * 1000)}` }
        : compared;
    }
    if (compared.is === "Done") return { is: "Done", evidence: { message: "stayed as found" } };
    if (compared.is !== "Blocked" || compared.reason === "OthersOutOfService") return compared;
    const { reason, message } = compared;
    return left < -SETTLE_SECONDS ? { is: "Failed", reason, message } : compared;
  },
};

/** The soak's clock goes on, whatever the comparison waits for: it is the time of watching. */
function watching(compared: Observation): Observation {
  if (compared.is !== "Blocked") return compared;
  const { is, reason, message } = compared;
  return { is, reason, message };
}

/** Time at which nobody could look is not time watched. */
function watchedSeconds({ clock, gaps = [] }: RunContext, since: Instant): number {
  const now = clock.now();
  return (now - since) / 1000 - secondsWithin(gaps, { from: since, until: now });
}
