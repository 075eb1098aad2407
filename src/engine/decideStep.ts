/** What to do about the current step, now that the device was looked at. */
import { explain, withHint, type Reason } from "../api/reasons.ts";
import { formatInstant, type Instant } from "../api/time.ts";
import { show, stateOnceDone, stateWhileRunning } from "./deviceState.ts";
import type { DeviceDecision, DeviceWorld } from "./deviceWorld.ts";
import { begin, finish, note, overdueSeconds, recordOf } from "./journal.ts";
import { beginLanding, endFailed, isTakenBackAnyway, landingNow } from "./landing.ts";
import {
  IDLE_SECONDS,
  type DeviceMoment,
  type DeviceUpgradeStatus,
  type Observation,
  type StepRule,
} from "./step.ts";
import { hung, silenceOf, silent, stillRunning, stuck, waitForOthers, waiting } from "./waiting.ts";

/** How often a refused step is begun again, and how often a once-only act that was seen not to have begun. */
const MAX_ATTEMPTS = 3;
const MAX_ONCE_ATTEMPTS = 4;

/** Records what is done, begins what is needed, and waits for the rest. */
export function decideStep(
  world: DeviceWorld,
  rule: StepRule,
  { seen, now }: { seen: Observation; now: Instant },
): DeviceDecision {
  const { procedure } = world;
  const status = begin(world.status, procedure, { rule, now, attempt: false });
  switch (seen.is) {
    case "Done": {
      const { message, found, health, drain } = seen.evidence;
      const { intent, ...rest } = finish(status, procedure, { name: rule.name, state: "Done", message, now });
      const done: DeviceUpgradeStatus = {
        ...rest,
        ...(intent !== undefined && intent.step !== rule.name ? { intent } : {}),
        ...(found === undefined ? {} : { found }),
        ...(health === undefined ? {} : { health: [...health] }),
        ...(drain === undefined ? {} : { drain: { ...status.drain, ...drain } }),
      };
      return {
        do: "Record",
        status: show(done, world, { state: stateOnceDone(rule.name), message }),
        defer: true,
      };
    }
    case "Skipped": {
      const ended = finish(status, procedure, { name: rule.name, state: "Done", message: seen.message, now });
      return {
        do: "Record",
        status: {
          ...show(ended, world, { state: "Skipped", message: seen.message }),
          ...(seen.health === undefined ? {} : { health: [...seen.health] }),
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
      return rule.silences && (!rule.once || status.intent?.step === rule.name)
        ? silent({ ...world, status }, rule, { because: seen, now })
        : stuck({ ...world, status }, rule, { because: seen, now });
    case "Blocked":
      return seen.clock === "Stands"
        ? waitForOthers({ ...world, status }, rule, seen)
        : stuck({ ...world, status }, rule, { because: seen, now });
    case "TooLate":
      return stuck({ ...world, status }, rule, { because: seen, now });
    case "Unknown":
      return stuck({ ...world, status }, rule, { because: seen, now, unknown: true });
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
    if (overdueSeconds(record, now, world.gaps) > 0) {
      const because = refused ?? explain("DeadlinePassed", `${rule.name} has no effect on the device`);
      return rule.onDeadline === "Fail"
        ? endFailed(noted, rule, { because, now })
        : hung(noted, rule, because);
    }
    // What was refused a moment ago is refused again: nobody is helped by asking at every turn.
    const state = stateWhileRunning(rule.name);
    return refused === undefined
      ? waiting(noted, { state, message, seconds: rule.pollSeconds, progress: true })
      : waiting(noted, { state, message, seconds: Math.max(rule.pollSeconds, IDLE_SECONDS) });
  }
  if (rule.outOfService && !ledgerHeld) {
    if (gathered.proof?.proven === false) {
      const { because } = gathered.proof;
      return because.reason === "ProbeRunning"
        ? waitForOthers(world, rule, because)
        : stuck(world, rule, { because, now });
    }
    return { do: "TakeOutOfService" };
  }
  if (rule.needsFreshProof) {
    if (gathered.proof === undefined) return { do: "Prove", forAct: true };
    if (!gathered.proof.proven) {
      // Half an upgrade is no state to go back to: the rest of the fabric is waited for, and people are told.
      if (landingNow(rule, status) === "Forward")
        return stuck(world, rule, { because: gathered.proof.because, now });
      return beginLanding(world, { to: "InService", because: gathered.proof.because, now });
    }
  }
  const begun = begin(status, procedure, { rule, now, attempt: true });
  if (!rule.once) {
    // Tried again and again past its deadline, it stays what people were told until it succeeds.
    const isHung = status.state === "Hung" && overdueSeconds(record, now, world.gaps) > 0;
    const shown = { state: stateWhileRunning(rule.name), message: `begins ${rule.name}` };
    return {
      do: "Start",
      step: rule.name,
      status: isHung ? begun : show(begun, world, shown),
      // What a landing has to take back has to be known to have begun, before it does.
      ...(rule.undo === undefined || isTakenBackAnyway(status, rule) ? { defer: true } : {}),
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
  // The words for the silence to come stand there from the beginning: nothing is written when it comes.
  const message = rule.silences ? silenceOf(rule) : `begins ${rule.name}`;
  const noted = note(begun, procedure, { name: rule.name, message });
  return {
    do: "WriteIntent",
    status: {
      ...show(noted, world, { state: stateWhileRunning(rule.name), message }),
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
