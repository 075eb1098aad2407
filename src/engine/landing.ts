/**
 * Landing: how a run that must not go on comes to a safe place. `InService` takes the drain back, `Drained`
 * stays out and tells. Whatever the cause (a failure, a hold, a lost peer), it is the same road.
 */
import { explain, isReason, withHint, type Explained, type Reason } from "../api/reasons.ts";
import type { Landing, StepName } from "../api/steps.ts";
import { formatInstant, type Instant } from "../api/time.ts";
import { show, stateOnceFailed } from "./deviceState.ts";
import type { DeviceDecision, DeviceWorld } from "./deviceWorld.ts";
import { begin, finish, note, overdueSeconds, recordOf, restart, shorten } from "./journal.ts";
import { IDLE_SECONDS, type DeviceUpgradeStatus, type StepRule } from "./step.ts";

/** Causes after which the run goes on by itself once they are gone. */
const PASSING: ReadonlySet<Reason> = new Set(["CampaignStopped", "PeerLost", "RedundancyLost", "LedgerBusy"]);

/** Where the run may stop right now: a once-only act that was not yet announced has not changed anything. */
export function landingNow(rule: StepRule, status: DeviceUpgradeStatus): Landing {
  const announced = status.intent?.step === rule.name;
  return rule.once && !announced ? (rule.landingBefore ?? "InService") : rule.landing;
}

/** Turns the run towards a safe place. */
export function beginLanding(
  world: DeviceWorld,
  { to, because, now }: { to: "InService" | "Drained"; because: Explained; now: Instant },
): DeviceDecision {
  const landing = landingAt(to, because, now);
  return {
    do: "Record",
    status: { ...show(world.status, world, { state: "Landing", message: withHint(because) }), landing },
  };
}

/** A step has failed for good. A device that is in service ends at once; a drained one lands first. */
export function endFailed(
  world: DeviceWorld,
  rule: StepRule,
  { because, now }: { because: Explained; now: Instant },
): DeviceDecision {
  const { procedure, ledgerHeld } = world;
  const status = finish(world.status, procedure, {
    name: rule.name,
    state: "Failed",
    message: because.message,
    now,
  });
  const failed = { ...world, status };
  if (!ledgerHeld) return ended(failed, rule.name, { because, now });
  if (landingNow(rule, world.status) === "InService") {
    return beginLanding(failed, { to: "InService", because, now });
  }
  const stranded = beginLanding(failed, { to: "Drained", because, now });
  return stranded.do === "Record"
    ? ended({ ...failed, status: stranded.status }, rule.name, { because, now })
    : stranded;
}

/** Goes on landing. */
export function land(world: DeviceWorld, now: Instant): DeviceDecision {
  const { status, procedure, gathered, ledgerHeld } = world;
  const landing = status.landing;
  if (landing === undefined || landing.to !== "InService") return { do: "Nothing", status };
  const rule = nextUndo(status, procedure);
  if (rule === undefined) return ledgerHeld ? { do: "ReturnToService" } : landed(world, now);
  const seen = gathered.observation?.step === rule.name ? gathered.observation.seen : undefined;
  if (seen === undefined) return { do: "Observe", step: rule.name };

  const running = begin(status, procedure, { rule, now, attempt: false });
  if (seen.is === "Done") {
    const { message } = seen.evidence;
    const { intent, ...undone } = finish(running, procedure, {
      name: rule.name,
      state: "Done",
      message,
      now,
    });
    // What was taken back may be asked for again: its intent is void.
    const isVoid = procedure.some((each) => each.undo === rule.name && each.name === intent?.step);
    return {
      do: "Record",
      status: intent === undefined || isVoid ? undone : { ...undone, intent },
    };
  }
  if (seen.is === "TooLate") return goForward(world, { undo: rule.name, message: seen.message, now });
  if (seen.is === "Needed" && !gathered.started) {
    return { do: "Start", step: rule.name, status: begin(running, procedure, { rule, now, attempt: true }) };
  }
  const { refused } = gathered;
  const message =
    seen.is === "Needed"
      ? refused === undefined
        ? "begun; not seen yet"
        : withHint(refused)
      : seenMessage(seen);
  const overdue = overdueSeconds(recordOf(running, rule.name), now, world.gaps) > 0;
  return {
    do: "Wait",
    // What was refused a moment ago is refused again: nobody is helped by asking at every turn.
    seconds: refused === undefined ? rule.pollSeconds : Math.max(rule.pollSeconds, IDLE_SECONDS),
    status: show(note(running, procedure, { name: rule.name, message }), world, {
      state: overdue ? "Hung" : "Landing",
      message: `${rule.name}: ${message}`,
    }),
  };
}

/** The step cannot be taken back any more: it counts as done, the landing is over, and the run goes on. */
function goForward(
  { status, procedure }: DeviceWorld,
  { undo, message, now }: { undo: StepName; message: string; now: Instant },
): DeviceDecision {
  const { landing: _landing, intent: _intent, ...rest } = status;
  const done = procedure.find((rule) => rule.undo === undo)?.name ?? undo;
  const steps = rest.steps?.map((record) =>
    record.name === undo ? { name: undo, state: "Pending" as const, attempts: record.attempts } : record,
  );
  const forward = { ...rest, ...(steps === undefined ? {} : { steps }) };
  return { do: "Record", status: finish(forward, procedure, { name: done, state: "Done", message, now }) };
}

function seenMessage(seen: { readonly message?: string }): string {
  return seen.message ?? "";
}

/** Whether a landing takes a step back whatever its own record says: because of what it is taken back with. */
export function isTakenBackAnyway(status: DeviceUpgradeStatus, { takenBackWith }: StepRule): boolean {
  return takenBackWith !== undefined && isTouched(status, takenBackWith);
}

function isTouched(status: DeviceUpgradeStatus, name: StepName): boolean {
  return !["Pending", "Undone"].includes(recordOf(status, name).state);
}

/** The last drain step that is not yet taken back; its undoing is the next thing to do. */
function nextUndo(status: DeviceUpgradeStatus, procedure: readonly StepRule[]): StepRule | undefined {
  for (const rule of procedure.toReversed()) {
    if (rule.undo === undefined) continue;
    if (!isTouched(status, rule.name) && !isTakenBackAnyway(status, rule)) continue;
    const undo = procedure.find((each) => each.name === rule.undo);
    if (undo !== undefined && recordOf(status, undo.name).state !== "Done") return undo;
  }
  return undefined;
}

/** The device is back in service as it was found. */
function landed(world: DeviceWorld, now: Instant): DeviceDecision {
  const { status, procedure } = world;
  const { landing, ...rest } = status;
  if (landing === undefined) return { do: "Nothing", status };
  const reason = isReason(landing.reason) ? landing.reason : "InternalError";
  if (PASSING.has(reason)) {
    return {
      do: "Record",
      status: show(restart(rest, procedure), world, {
        state: "Held",
        message: `back in service: ${landing.message}`,
      }),
    };
  }
  const failedStep = procedure.find((rule) => recordOf(status, rule.name).state === "Failed")?.name;
  return ended(world, failedStep ?? "Preflight", {
    because: { reason, message: landing.message },
    now,
  });
}

/** Somebody has taken the device over: the run ends where it is, and the ledger forgets the device. */
export function abandon(world: DeviceWorld, why: string, now: Instant): DeviceDecision {
  const { status, ledgerHeld } = world;
  if (status.finishedAt === undefined || (ledgerHeld && status.landing?.reason !== "Abandoned")) {
    const because = explain("Abandoned", why === "" ? undefined : `abandoned: ${why}`);
    return {
      do: "Record",
      status: {
        ...show(status, world, { state: "Cancelled", message: withHint(because) }),
        landing: landingAt(ledgerHeld ? "Drained" : "InService", because, now),
        finishedAt: status.finishedAt ?? formatInstant(now),
      },
    };
  }
  return ledgerHeld ? { do: "ReturnToService" } : { do: "Nothing", status };
}

function ended(
  world: DeviceWorld,
  step: StepName,
  { because, now }: { because: Explained; now: Instant },
): DeviceDecision {
  const { status } = world;
  const where = status.landing?.to === "Drained" ? "; it stays out of service" : "";
  return {
    do: "Record",
    status: {
      ...show(status, world, {
        state: stateOnceFailed(step, because.reason),
        message: `${step}: ${withHint(because)}${where}`,
      }),
      landing: status.landing ?? landingAt("InService", because, now),
      finishedAt: formatInstant(now),
    },
  };
}

function landingAt(
  to: Landing,
  { reason, message }: Explained,
  now: Instant,
): NonNullable<DeviceUpgradeStatus["landing"]> {
  return { to, reason, message: shorten(message), since: formatInstant(now) };
}
