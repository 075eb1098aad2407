/** Which checks are made and with which limits: the catalogue's defaults, and what a campaign says otherwise. */
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import type { CheckName } from "./catalogue.ts";
import { CHECK_NAMES, CHECKS, isCheckName } from "./catalogue.ts";

/** `UpgradeCampaign.spec.healthChecks.checks`. */
export type CheckOverrides = NonNullable<UpgradeCampaign["spec"]["healthChecks"]["checks"]>;

export interface CheckSetting {
  readonly enabled: boolean;
  /** In the check's unit; absent where the check has no limit. */
  readonly limit?: number;
  /** Absent where the check has no tolerance. */
  readonly tolerancePercent?: number;
}

/** The settings of every check. */
export type HealthSettings = ReadonlyMap<CheckName, CheckSetting>;

/** What is wrong with one override; `field` is relative to the campaign. */
export interface SettingProblem {
  readonly field: string;
  readonly message: string;
}

export class HealthSettingsError extends Error {
  override readonly name = "HealthSettingsError";
  readonly code = "Invalid";
  readonly problems: readonly SettingProblem[];
  readonly hint = "correct spec.healthChecks.checks of the campaign";

  constructor(problems: readonly SettingProblem[]) {
    super(problems.map(({ field, message }) => `${field}: ${message}`).join("; "));
    this.problems = problems;
  }
}

/** The settings of a campaign; of two entries for a check the later one counts. Throws `HealthSettingsError`. */
export function healthSettings(overrides: CheckOverrides = []): HealthSettings {
  const problems = settingProblems(overrides);
  if (problems.length > 0) throw new HealthSettingsError(problems);
  const byName = new Map(overrides.map((override) => [override.name, override]));
  const settingOf = (name: CheckName): CheckSetting => {
    const { limit: defaultLimit, tolerancePercent: defaultTolerance } = CHECKS[name];
    const override = byName.get(name);
    const limit = override?.max ?? defaultLimit;
    const tolerancePercent = override?.tolerancePercent ?? defaultTolerance;
    return {
      enabled: override?.enabled ?? true,
      ...(limit === undefined ? {} : { limit }),
      ...(tolerancePercent === undefined ? {} : { tolerancePercent }),
    };
  };
  return new Map(CHECK_NAMES.map((name) => [name, settingOf(name)]));
}

/** Everything that is wrong with a campaign's overrides: unknown checks, and limits a check does not have. */
export function settingProblems(
  overrides: CheckOverrides = [],
  list = "spec.healthChecks.checks",
): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  for (const [index, { name, max, tolerancePercent }] of overrides.entries()) {
    const field = `${list}[${index}]`;
    if (!isCheckName(name)) {
      const message = `there is no check ${name}; allowed are ${CHECK_NAMES.join(", ")}`;
      problems.push({ field: `${field}.name`, message });
      continue;
    }
    const check = CHECKS[name];
    if (max !== undefined && check.limit === undefined) {
      problems.push({ field: `${field}.max`, message: `${name} has no limit; set tolerancePercent` });
    }
    if (tolerancePercent !== undefined && check.tolerancePercent === undefined) {
      problems.push({ field: `${field}.tolerancePercent`, message: `${name} has no tolerance; set max` });
    }
  }
  return problems;
}

/** Everything that is wrong with what a campaign says of health checks, its overrides included. */
export function healthCheckProblems({
  checks,
  overrides = [],
}: UpgradeCampaign["spec"]["healthChecks"]): readonly SettingProblem[] {
  return [
    ...settingProblems(checks),
    ...overrides.flatMap((override, index) =>
      settingProblems(override.checks, `spec.healthChecks.overrides[${String(index)}].checks`),
    ),
  ];
}
