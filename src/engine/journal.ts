/**
 * The journal of one device's run: the records of its steps in `DeviceUpgrade.status.steps`. Every function
 * returns a new status; nothing is changed in place.
 */
import { formatInstant, parseInstant, type Instant, type Interval } from "../api/time.ts";
import type { StepName } from "../api/steps.ts";
import type { DeviceUpgradeStatus, StepRecord, StepRule } from "./step.ts";

/** The record of a step; a step that was never touched is `Pending`. */
export function recordOf(status: DeviceUpgradeStatus, name: StepName): StepRecord {
  return status.steps?.find((record) => record.name === name) ?? { name, state: "Pending", attempts: 0 };
}

/** The first step of the procedure that is not done; undefined when all are. */
export function currentRule(
  status: DeviceUpgradeStatus,
  procedure: readonly StepRule[],
): StepRule | undefined {
  return procedure.find((rule) => recordOf(status, rule.name).state !== "Done");
}

/** Replaces one record, keeping the order of the procedure. */
function withRecord(
  status: DeviceUpgradeStatus,
  procedure: readonly StepRule[],
  changed: StepRecord,
): DeviceUpgradeStatus {
  return {
    ...status,
    steps: procedure.map((rule) => (rule.name === changed.name ? changed : recordOf(status, rule.name))),
  };
}

/** Notes that a step is looked at or worked on; its clock starts with the first note. */
export function begin(
  status: DeviceUpgradeStatus,
  procedure: readonly StepRule[],
  { rule, now, attempt }: { rule: StepRule; now: Instant; attempt: boolean },
): DeviceUpgradeStatus {
  const record = recordOf(status, rule.name);
  const startedAt = record.startedAt ?? formatInstant(now);
  return withRecord({ ...status, startedAt: status.startedAt ?? startedAt }, procedure, {
    ...record,
    state: "Running",
    attempts: record.attempts + (attempt ? 1 : 0),
    startedAt,
    deadlineAt: record.deadlineAt ?? formatInstant(parseInstant(startedAt) + rule.deadlineSeconds * 1000),
  });
}

/** Notes what was last seen of a step that runs. */
export function note(
  status: DeviceUpgradeStatus,
  procedure: readonly StepRule[],
  { name, message }: { name: StepName; message: string },
): DeviceUpgradeStatus {
  return withRecord(status, procedure, { ...recordOf(status, name), message: shorten(message) });
}

/** Blocked time does not count: the step's clock starts anew when it is looked at again. */
export function stopClock(
  status: DeviceUpgradeStatus,
  procedure: readonly StepRule[],
  name: StepName,
): DeviceUpgradeStatus {
  const { startedAt: _startedAt, deadlineAt: _deadlineAt, ...record } = recordOf(status, name);
  return withRecord(status, procedure, record);
}

/** Notes the end of a step. */
export function finish(
  status: DeviceUpgradeStatus,
  procedure: readonly StepRule[],
  { name, state, message, now }: { name: StepName; state: "Done" | "Failed"; message: string; now: Instant },
): DeviceUpgradeStatus {
  return withRecord(status, procedure, {
    ...recordOf(status, name),
    state,
    finishedAt: formatInstant(now),
    message: shorten(message),
  });
}

/**
 * Starts the journal over after a landing in service: the device is as it was found, so every step is looked
 * at again. What was done and undone stays visible as `Undone`; attempts are counted on.
 */
export function restart(status: DeviceUpgradeStatus, procedure: readonly StepRule[]): DeviceUpgradeStatus {
  return {
    ...status,
    steps: procedure.map((rule) => {
      const { state, attempts, message } = recordOf(status, rule.name);
      const touched = state !== "Pending";
      return {
        name: rule.name,
        state: touched ? "Undone" : "Pending",
        attempts,
        ...(message === undefined ? {} : { message }),
      };
    }),
  };
}

/**
 * Seconds by which a running step is past its deadline; 0 or less when it is in time. The times since its beginning at
 * which nobody could look at it are given back.
 */
export function overdueSeconds(
  { startedAt, deadlineAt }: StepRecord,
  now: Instant,
  gaps: readonly Interval[] = [],
): number {
  if (deadlineAt === undefined) return 0;
  const since = startedAt === undefined ? now : parseInstant(startedAt);
  return (now - parseInstant(deadlineAt)) / 1000 - secondsWithin(gaps, { from: since, until: now });
}

/** How much of a stretch of time lies in gaps. */
export function secondsWithin(gaps: readonly Interval[], { from, until }: Interval): number {
  return gaps.reduce(
    (sum, gap) => sum + Math.max(0, Math.min(gap.until, until) - Math.max(gap.from, from)) / 1000,
    0,
  );
}

const MESSAGE_LENGTH = 1024;

/** Cuts a message to what the schema allows. */
export function shorten(message: string): string {
  return message.length <= MESSAGE_LENGTH ? message : `${message.slice(0, MESSAGE_LENGTH - 1)}…`;
}
