/** Holds readings against their limits and baselines. Pure: the same readings always give the same results. */
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import type { Explained } from "../api/reasons.ts";
import type { CheckInfo, CheckName, HealthPhase, Rule } from "./catalogue.ts";
import { CHECK_NAMES, CHECKS } from "./catalogue.ts";
import type { HealthReadings, Reading } from "./reading.ts";
import type { CheckSetting, HealthSettings } from "./settings.ts";

/** The lengths that the schema of `DeviceUpgrade.status.health` allows. */
const MAX_TEXT_LENGTH = 256;

type HealthRecord = NonNullable<NonNullable<DeviceUpgrade["status"]>["health"]>[number];

/** One check, as it is kept in `DeviceUpgrade.status.health`, and in words. */
export interface HealthResult extends Required<HealthRecord> {
  readonly check: CheckName;
  readonly message: string;
}

export interface HealthInput {
  readonly readings: HealthReadings;
  /** The readings before the device was touched; needed after. */
  readonly baseline?: HealthReadings;
  readonly settings: HealthSettings;
  readonly phase: HealthPhase;
}

/** The results of all checks that are made in this phase, in the order of the catalogue. */
export function evaluateHealth({ readings, baseline = {}, settings, phase }: HealthInput): HealthResult[] {
  const results: HealthResult[] = [];
  for (const name of CHECK_NAMES) {
    const rule = CHECKS[name].rules[phase];
    const setting = settings.get(name);
    const reading = readings[name];
    // `null`: this family has no such thing.
    if (rule === undefined || setting?.enabled !== true || reading === null) continue;
    const before = baseline[name];
    // Where the release before had no request for it, there is still the limit.
    const held = before === null && rule === "NoMoreThanBefore" ? "AtMost" : rule;
    const allowed = allowedBy(held, setting, usable(before));
    results.push(judge({ name, phase, allowed, reading: usable(reading) }));
  }
  return results;
}

/** The checks that are made in this phase: nothing else has to be read for it. */
export function checksOf(settings: HealthSettings, phase: HealthPhase): ReadonlySet<CheckName> {
  const made = CHECK_NAMES.filter((name) => {
    const { rules }: CheckInfo = CHECKS[name];
    return rules[phase] !== undefined && settings.get(name)?.enabled === true;
  });
  return new Set(made);
}

/** The checks afterwards that compare with what was before, and would have nothing to compare with. */
export function unreadBaseline(
  readings: HealthReadings,
  settings: HealthSettings,
): readonly { readonly check: CheckName; readonly title: string }[] {
  return [...checksOf(settings, "After")].flatMap((check) => {
    const { rules, title }: CheckInfo = CHECKS[check];
    const reading = readings[check];
    const isNeeded = rules.After !== undefined && RELATIVE.has(rules.After) && reading !== null;
    return isNeeded && usable(reading) === undefined ? [{ check, title }] : [];
  });
}

/** The rules that hold a reading against the one before. */
const RELATIVE: ReadonlySet<Rule> = new Set(["NoMoreThanBefore", "NoLessThanBefore", "IncreaseAtMost"]);

/** What the results mean for the upgrade. */
export interface Verdict {
  /** Whether the upgrade may go on. */
  readonly proceed: boolean;
  readonly explained: Explained;
  readonly failed: readonly HealthResult[];
}

/** A failed check stops the upgrade, unless the campaign says that failures are only reported. */
export function verdict(results: readonly HealthResult[], abortOnFailure: boolean): Verdict {
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length === 0) {
    const message = `${results.length} health checks passed`;
    return { proceed: true, explained: { reason: "Succeeded", message }, failed };
  }
  const message = cut(
    `${failed.length} of ${results.length} health checks failed: ${messagesOf(failed)}`,
    1024,
  );
  const reason = abortOnFailure ? "HealthCheckFailed" : "HealthCheckOverridden";
  return { proceed: !abortOnFailure, explained: { reason, message }, failed };
}

/** The values a reading may have, both ends included. */
interface Allowed {
  readonly low: number;
  readonly high: number;
  /** In words; `unit` stands behind it. */
  readonly text: string;
  /** Any value will do. */
  readonly bounded?: false;
  /** A counter is judged by how far it has risen from here. */
  readonly since?: number;
}

/** What a rule allows; `undefined` when there is nothing to compare with. */
function allowedBy(
  rule: Rule,
  { limit = 0, tolerancePercent = 0 }: CheckSetting,
  before: Reading | undefined,
): Allowed | undefined {
  switch (rule) {
    case "AtMost":
      return { low: -Infinity, high: limit, text: `at most ${limit}` };
    case "AtLeast":
      return { low: limit, high: Infinity, text: `at least ${limit}` };
    case "Readable":
      return { low: -Infinity, high: Infinity, text: "to be compared with", bounded: false };
    case "NoMoreThanBefore": {
      if (before === undefined) return undefined;
      const high = Math.max(limit, before.value);
      return { low: -Infinity, high, text: `at most ${high}` };
    }
    case "NoLessThanBefore": {
      if (before === undefined) return undefined;
      const low = before.value - (before.value * tolerancePercent) / 100;
      return { low, high: Infinity, text: `at least ${rounded(low)}` };
    }
    case "IncreaseAtMost": {
      if (before === undefined) return undefined;
      const high = Math.max(limit, (before.value * tolerancePercent) / 100);
      return { low: -Infinity, high, text: `at most ${rounded(high)} more`, since: before.value };
    }
  }
}

interface Judged {
  readonly name: CheckName;
  readonly phase: HealthPhase;
  readonly allowed: Allowed | undefined;
  readonly reading: Reading | undefined;
}

function judge({ name, phase, allowed, reading }: Judged): HealthResult {
  const { title, unit } = CHECKS[name];
  const told = (observed: string, threshold: string, passed: boolean): HealthResult => {
    const message = passed ? `${title}: ${observed}` : `${title}: ${observed}, allowed: ${threshold}`;
    return { check: name, phase, observed: cut(observed), threshold: cut(threshold), passed, message };
  };
  const threshold =
    allowed === undefined
      ? "as before, which was not read"
      : `${allowed.text}${allowed.bounded === false ? "" : ` ${unit}`}`;
  if (reading === undefined) return told("not read", threshold, false);
  if (allowed === undefined) return told(describe(reading), threshold, false);
  const { low, high, since } = allowed;
  if (since === undefined) {
    return told(describe(reading), threshold, reading.value >= low && reading.value <= high);
  }
  // A counter below its baseline has restarted with the device.
  const risen = reading.value >= since ? reading.value - since : reading.value;
  return told(`${risen} more${detailOf(reading)}`, threshold, risen <= high);
}

/** For people: a fraction of a route means nothing to them. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A reading that is no number, or none to calculate with, is no reading. */
function usable(reading: Reading | null | undefined): Reading | undefined {
  if (reading === null || reading === undefined) return undefined;
  return Math.abs(reading.value) <= Number.MAX_SAFE_INTEGER ? reading : undefined;
}

function describe(reading: Reading): string {
  return `${reading.value}${detailOf(reading)}`;
}

function detailOf({ detail }: Reading): string {
  return detail.length === 0 ? "" : ` (${detail.join(", ")})`;
}

function messagesOf(results: readonly HealthResult[]): string {
  return results.map(({ message }) => message).join("; ");
}

function cut(text: string, maxLength = MAX_TEXT_LENGTH): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}
