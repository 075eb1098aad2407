/** Waiting, so that people see for what: a step that runs, a device that is silent, something outside that must change. */
import { explain, withHint, type Explained, type Reason } from "../api/reasons.ts";
import type { Instant } from "../api/time.ts";
import { show, stateWhileRunning } from "./deviceState.ts";
import type { DeviceDecision, DeviceWorld } from "./deviceWorld.ts";
import { note, overdueSeconds, recordOf, stopClock } from "./journal.ts";
import { endFailed } from "./landing.ts";
import { IDLE_SECONDS, type DeviceUpgradeStatus, type StepRule } from "./step.ts";

/** The step runs; past its deadline it fails or hangs, as its rule says. */
export function stillRunning(
  world: DeviceWorld,
  rule: StepRule,
  { message, reason = "DeadlinePassed", now }: { message: string; reason?: Reason; now: Instant },
): DeviceDecision {
  const { status, procedure } = world;
  if (overdueSeconds(recordOf(status, rule.name), now, world.gaps) > 0) {
    const because = explain(reason, `takes too long: ${message}`);
    return rule.onDeadline === "Fail" ? endFailed(world, rule, { because, now }) : hung(world, rule, because);
  }
  return waiting(
    { ...world, status: note(status, procedure, { name: rule.name, message }) },
    { state: stateWhileRunning(rule.name), message, seconds: rule.pollSeconds, progress: true },
  );
}

/** A device that is expected not to answer does not. Another host key is no silence: somebody else may answer. */
export function silent(
  world: DeviceWorld,
  rule: StepRule,
  { because, now }: { because: Explained; now: Instant },
): DeviceDecision {
  if (because.reason === "HostKeyChanged") return stuck(world, rule, { because, now, unknown: true });
  const message = SILENCE.has(because.reason) ? silenceOf(rule) : withHint(because);
  return stillRunning(world, rule, { message, now });
}

/** What people are told while a device is expected not to answer: from the request on, where there is one. */
export function silenceOf({ name, once }: StepRule): string {
  const silence = "the device is silent, as expected";
  return once ? `begins ${name}; then ${silence}` : silence;
}

const SILENCE: ReadonlySet<Reason> = new Set([
  "Unreachable",
  "ConnectionLost",
  "HelloMissing",
  "ReplyTimeout",
]);

/** Something outside has to change first. Waiting for it is visible; out of service, it is bounded, too. */
export function stuck(
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
      { state: "Blocked", message: withHint(because), seconds: rule.pollSeconds, backsOff: true },
    );
  }
  const stuckWorld = { ...world, status: noted };
  if (overdueSeconds(recordOf(status, rule.name), now, world.gaps) > 0) {
    if (rule.onDeadline === "Fail") return endFailed(stuckWorld, rule, { because, now });
    // What cannot be told stays so: that it takes long, too, would hide what somebody has to find out.
    if (!unknown) return hung(stuckWorld, rule, because);
  }
  return waiting(stuckWorld, {
    state: unknown
      ? "Unknown"
      : NEEDS_SOMEBODY.has(because.reason)
        ? "Blocked"
        : stateWhileRunning(rule.name),
    message: withHint(because),
    seconds: rule.pollSeconds,
    ...(SETTLING.has(because.reason) ? { progress: true } : {}),
  });
}

/** Another device has to change first; until then the step's clock stands still. */
export function waitForOthers(world: DeviceWorld, rule: StepRule, because: Explained): DeviceDecision {
  const noted = note(world.status, world.procedure, { name: rule.name, message: because.message });
  const status = stopClock(noted, world.procedure, rule.name);
  const state = stateWhileRunning(rule.name);
  return waiting({ ...world, status }, { state, message: withHint(because), progress: true, backsOff: true });
}

/** No waiting mends it: people are told at once, and not when the deadline has passed. */
const NEEDS_SOMEBODY: ReadonlySet<Reason> = new Set(["MastershipMoved"]);

/** A device on its way back: what is not there yet changes at every look, and nobody has to do anything. */
const SETTLING: ReadonlySet<Reason> = new Set(["ControlPlaneNotReady", "DifferentFromBaseline"]);

/** A state of its own that people see; the device is looked at as before. */
export function hung(world: DeviceWorld, rule: StepRule, because: Explained): DeviceDecision {
  const message = `${rule.name}: ${withHint(because)}`;
  return waiting(world, { state: "Hung", message, seconds: rule.pollSeconds });
}

/** Writes what is shown, and looks again later. */
export function waiting(
  world: DeviceWorld,
  {
    seconds = IDLE_SECONDS,
    progress,
    backsOff,
    ...shown
  }: {
    state: DeviceUpgradeStatus["state"];
    message: string;
    seconds?: number;
    progress?: true;
    backsOff?: true;
  },
): DeviceDecision {
  return {
    do: "Wait",
    seconds,
    status: show(world.status, world, shown),
    ...(progress === undefined ? {} : { progress }),
    ...(backsOff === undefined ? {} : { backsOff }),
  };
}
