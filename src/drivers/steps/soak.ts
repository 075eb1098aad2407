/** Soak: the upgraded device is watched for a while before the next batch begins. */
import type { CheckName } from "../../health/catalogue.ts";
import { formatInstant, parseInstant, type Instant } from "../../api/time.ts";
import { secondsWithin } from "../../engine/journal.ts";
import type { Observation, Step } from "../../engine/step.ts";
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
