/**
 * What to do next with one device. Pure: the same world gives the same decision. The order of the questions is
 * the promise of the product:
 *
 *  1. Has the run ended, or is it landing? Then only that.
 *  2. Is the device drained, but not yet rebooting? Then the rest of the fabric is proven at every pass, and a
 *     lost peer brings the device back at once.
 *  3. What does the device say of the current step? Only then act, and once-only acts only with an intent.
 */
import { explain, withHint, type Explained, type Reason } from "../api/reasons.ts";
import { formatInstant, type Instant } from "../api/time.ts";
import { show, stateOnceDone, stateWhileRunning } from "./deviceState.ts";
import type { DeviceDecision, DeviceWorld } from "./deviceWorld.ts";
import { begin, currentRule, finish, note, overdueSeconds, recordOf, restart, stopClock } from "./journal.ts";
import { beginLanding, endFailed, land, landingNow } from "./landing.ts";
import type { DeviceMoment, DeviceUpgradeStatus, Observation, StepRule } from "./step.ts";

/** How often a refused step is begun again, and how often a once-only act that was seen not to have begun. */
const MAX_ATTEMPTS = 3;
const MAX_ONCE_ATTEMPTS = 4;

/** Model time between two looks at a device that has to wait for somebody. */
const IDLE_SECONDS = 30;

export function decideDevice(world: DeviceWorld, now: Instant): DeviceDecision {
  const { status, procedure, desired, ledgerHeld, gathered } = world;
  if (status.finishedAt !== undefined) return { do: "Nothing", status };
  if (status.landing !== undefined) return land(world, now);

  const rule = currentRule(status, procedure);
  if (rule === undefined) return ledgerHeld ? { do: "ReturnToService" } : succeed(world, now);

  if (desired !== "Proceed") {
    const stop = stopAt(world, rule, now);
    if (stop !== undefined) return stop;
  }
  if (ledgerHeld && !rule.outOfService) return { do: "ReturnToService" };

  if (ledgerHeld && landingNow(rule, status) === "InService") {
    if (gathered.proof === undefined) return { do: "Prove" };
    if (!gathered.proof.proven)
      return beginLanding(world, { to: "InService", because: gathered.proof.because, now });
  }

  if (gathered.observation?.step !== rule.name) {
    return isFirstLook(world, rule) ? firstLook(world, rule, now) : { do: "Observe", step: rule.name };
  }
  return decideStep(world, rule, { seen: gathered.observation.seen, now });
}

/** The run begins, or begins again: people see it before the device is looked at. */
function isFirstLook({ status, procedure }: DeviceWorld, rule: StepRule): boolean {
  return rule === procedure[0] && ["Pending", "Undone"].includes(recordOf(status, rule.name).state);
}

function firstLook(world: DeviceWorld, rule: StepRule, now: Instant): DeviceDecision {
  const status = begin(world.status, world.procedure, { rule, now, attempt: false });
  const shown = { state: stateWhileRunning(rule.name), message: `begins ${rule.name}` };
  return { do: "Record", status: show(status, world, shown) };
}

/** The campaign does not want the device to go on: what that means depends on how far it is. */
function stopAt(world: DeviceWorld, rule: StepRule, now: Instant): DeviceDecision | undefined {
  const { status, procedure, desired, ledgerHeld } = world;
  const active = procedure.some((each) =>
    ["Running", "Done", "Failed"].includes(recordOf(status, each.name).state),
  );
  if (!active) {
    return desired === "Hold"
      ? waiting(world, { state: "Pending", message: "waits for its batch" })
      : waiting(world, { state: "Held", message: "held before its start" });
  }
  switch (landingNow(rule, status)) {
    case "Forward":
      return undefined;
    case "Drained":
      return waiting(world, { state: "Held", message: "held while out of service" });
    case "InService":
      return ledgerHeld
        ? beginLanding(world, { to: "InService", because: explain("CampaignStopped"), now })
        : {
            do: "Record",
            status: show(restart(status, procedure), world, { state: "Held", message: "held in service" }),
          };
  }
}

function decideStep(
  world: DeviceWorld,
  rule: StepRule,
  { seen, now }: { seen: Observation; now: Instant },
): DeviceDecision {
  const { procedure } = world;
  const status = begin(world.status, procedure, { rule, now, attempt: false });
  switch (seen.is) {
    case "Done": {
      const { message, found, health } = seen.evidence;
      const { intent, ...rest } = finish(status, procedure, { name: rule.name, state: "Done", message, now });
      const done: DeviceUpgradeStatus = {
        ...rest,
        ...(intent !== undefined && intent.step !== rule.name ? { intent } : {}),
        ...(found === undefined ? {} : { found }),
        ...(health === undefined ? {} : { health: [...health] }),
      };
      return { do: "Record", status: show(done, world, { state: stateOnceDone(rule.name), message }) };
    }
    case "Skipped": {
      const ended = finish(status, procedure, { name: rule.name, state: "Done", message: seen.message, now });
      return {
        do: "Record",
        status: {
          ...show(ended, world, { state: "Skipped", message: seen.message }),
          finishedAt: formatInstant(now),
        },
      };
    }
    case "Failed": {
      const noted = seen.health === undefined ? status : { ...status, health: [...seen.health] };
      return endFailed({ ...world, status: noted }, rule, { because: seen, now });
    }
    case "Needed":
      return decideNeeded({ ...world, status }, rule, { before: seen.before, now });
    case "Running":
      return stillRunning({ ...world, status }, rule, { ...seen, now });
    case "Unreachable":
      return rule.silences && status.intent?.step === rule.name
        ? silent({ ...world, status }, rule, { because: seen, now })
        : stuck({ ...world, status }, rule, { because: seen, now });
    case "Blocked":
    case "Unknown":
      return stuck({ ...world, status }, rule, { because: seen, now, unknown: seen.is === "Unknown" });
  }
}

/** Refusals that end when somebody else is done with the configuration. */
const PASSING_REFUSALS: ReadonlySet<Reason> = new Set(["ConfigurationLocked", "CandidateDirty"]);

/** Whether asking a few times is enough. Where only finishing is safe, it is asked for as long as it takes. */
function isFinal(rule: StepRule, refusal: Reason): boolean {
  return rule.landing !== "Forward" && !PASSING_REFUSALS.has(refusal);
}

/** The step has not begun, or was taken back. */
function decideNeeded(
  world: DeviceWorld,
  rule: StepRule,
  { before, now }: { before: DeviceMoment | undefined; now: Instant },
): DeviceDecision {
  const { status, procedure, gathered, ledgerHeld, leadership } = world;
  const record = recordOf(status, rule.name);
  const { refused } = gathered;
  if (refused !== undefined && isFinal(rule, refused.reason) && record.attempts >= MAX_ATTEMPTS) {
    return endFailed(world, rule, { because: refused, now });
  }
  const intent = status.intent?.step === rule.name ? status.intent : undefined;
  if (intent !== undefined && gathered.intentFresh) return { do: "Start", step: rule.name, status };
  if (intent !== undefined && !gathered.intentExpired) {
    return waiting(world, {
      state: stateWhileRunning(rule.name),
      message: "waits until nobody can send the earlier request any more",
      seconds: rule.pollSeconds,
    });
  }
  if (gathered.started) {
    const message = refused === undefined ? "begun; not seen yet" : withHint(refused);
    const noted = { ...world, status: note(status, procedure, { name: rule.name, message }) };
    // Judged right after an attempt: only now is it known what stands in the way.
    if (overdueSeconds(record, now) > 0) {
      const because = refused ?? explain("DeadlinePassed", `${rule.name} has no effect on the device`);
      return rule.onDeadline === "Fail"
        ? endFailed(noted, rule, { because, now })
        : hung(noted, rule, because);
    }
    // What was refused a moment ago is refused again: nobody is helped by asking at every turn.
    const seconds = refused === undefined ? rule.pollSeconds : Math.max(rule.pollSeconds, IDLE_SECONDS);
    return waiting(noted, { state: stateWhileRunning(rule.name), message, seconds });
  }
  if (rule.outOfService && !ledgerHeld) {
    if (gathered.proof?.proven === false) {
      return stuck(world, rule, { because: gathered.proof.because, now });
    }
    return { do: "TakeOutOfService" };
  }
  if (rule.needsFreshProof) {
    if (gathered.proof === undefined) return { do: "Prove" };
    if (!gathered.proof.proven) {
      return beginLanding(world, { to: "InService", because: gathered.proof.because, now });
    }
  }
  const begun = begin(status, procedure, { rule, now, attempt: true });
  if (!rule.once) {
    return {
      do: "Start",
      step: rule.name,
      status: show(begun, world, { state: stateWhileRunning(rule.name), message: `begins ${rule.name}` }),
    };
  }
  if (before === undefined || (intent !== undefined && intent.attempt >= MAX_ONCE_ATTEMPTS)) {
    return stuck(world, rule, {
      because: explain(
        "StateUnknown",
        `${rule.name} was requested ${String(intent?.attempt ?? 0)} times and the device shows no trace of it`,
      ),
      now,
      unknown: true,
    });
  }
  return {
    do: "WriteIntent",
    status: {
      ...show(begun, world, { state: stateWhileRunning(rule.name), message: `begins ${rule.name}` }),
      intent: {
        step: rule.name,
        holder: leadership.holder,
        epoch: leadership.epoch,
        validSeconds: leadership.intentValidSeconds,
        writtenAt: formatInstant(now),
        attempt: (intent?.attempt ?? 0) + 1,
        before,
      },
    },
  };
}

function stillRunning(
  world: DeviceWorld,
  rule: StepRule,
  { message, reason = "DeadlinePassed", now }: { message: string; reason?: Reason; now: Instant },
): DeviceDecision {
  const { status, procedure } = world;
  if (overdueSeconds(recordOf(status, rule.name), now) > 0) {
    const because = explain(reason, `takes too long: ${message}`);
    return rule.onDeadline === "Fail" ? endFailed(world, rule, { because, now }) : hung(world, rule, because);
  }
  return waiting(
    { ...world, status: note(status, procedure, { name: rule.name, message }) },
    { state: stateWhileRunning(rule.name), message, seconds: rule.pollSeconds },
  );
}

/** A device that is expected not to answer does not. Another host key is no silence: somebody else may answer. */
function silent(
  world: DeviceWorld,
  rule: StepRule,
  { because, now }: { because: Explained; now: Instant },
): DeviceDecision {
  if (because.reason === "HostKeyChanged") return stuck(world, rule, { because, now, unknown: true });
  const message = SILENCE.has(because.reason) ? "the device is silent, as expected" : withHint(because);
  return stillRunning(world, rule, { message, now });
}

const SILENCE: ReadonlySet<Reason> = new Set([
  "Unreachable",
  "ConnectionLost",
  "HelloMissing",
  "ReplyTimeout",
]);

/** Something outside has to change first. Waiting for it is visible; out of service, it is bounded, too. */
function stuck(
  world: DeviceWorld,
  rule: StepRule,
  { because, now, unknown = false }: { because: Explained; now: Instant; unknown?: boolean },
): DeviceDecision {
  const { status, procedure, ledgerHeld } = world;
  const noted = note(status, procedure, { name: rule.name, message: because.message });
  if (!ledgerHeld && rule.landing === "InService" && !unknown) {
    // Not yet touched, it may wait for as long as it takes: nobody is worse off, and the step's clock stands still.
    return waiting(
      { ...world, status: stopClock(noted, procedure, rule.name) },
      { state: "Blocked", message: withHint(because), seconds: rule.pollSeconds },
    );
  }
  const stuckWorld = { ...world, status: noted };
  if (overdueSeconds(recordOf(status, rule.name), now) > 0) {
    return rule.onDeadline === "Fail"
      ? endFailed(stuckWorld, rule, { because, now })
      : hung(stuckWorld, rule, because);
  }
  return waiting(stuckWorld, {
    state: unknown ? "Unknown" : stateWhileRunning(rule.name),
    message: withHint(because),
    seconds: rule.pollSeconds,
  });
}

/** A state of its own that people see; the device is looked at as before. */
function hung(world: DeviceWorld, rule: StepRule, because: Explained): DeviceDecision {
  const message = `${rule.name}: ${withHint(because)}`;
  return waiting(world, { state: "Hung", message, seconds: rule.pollSeconds });
}

function waiting(
  world: DeviceWorld,
  {
    seconds = IDLE_SECONDS,
    ...shown
  }: { state: DeviceUpgradeStatus["state"]; message: string; seconds?: number },
): DeviceDecision {
  return { do: "Wait", seconds, status: show(world.status, world, shown) };
}

function succeed(world: DeviceWorld, now: Instant): DeviceDecision {
  const message = "runs the image and carries traffic";
  return {
    do: "Record",
    status: {
      ...show(world.status, world, { state: "HitlessImageUpgradeSuccessful", message }),
      finishedAt: formatInstant(now),
    },
  };
}
