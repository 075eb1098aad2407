/** Whether a run that has changed something on its device is in trouble that the device's own words may explain. */
import type { StepName } from "../api/steps.ts";
import type { DeviceUpgradeStatus } from "./step.ts";

/** Steps that change nothing in how the device works. */
const HARMLESS: ReadonlySet<StepName> = new Set(["Preflight", "Stage", "Backup", "ValidateConfiguration"]);

const TROUBLED: ReadonlySet<NonNullable<DeviceUpgradeStatus["state"]>> = new Set([
  "Hung",
  "Unknown",
  "MaintenanceModeFailure",
  "HitlessImageUpgradeFailed",
]);

/** Causes of a landing that lie somewhere else. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "CampaignStopped",
  "PeerLost",
  "RedundancyLost",
  "LedgerBusy",
  "Abandoned",
]);

export function isInTrouble({ state, landing, steps = [] }: DeviceUpgradeStatus): boolean {
  const isTouched = steps.some(({ name, attempts }) => attempts > 0 && !isHarmless(name));
  if (!isTouched) return false;
  if (landing !== undefined) return !ELSEWHERE.has(landing.reason);
  return state !== undefined && TROUBLED.has(state);
}

function isHarmless(name: string): boolean {
  return [...HARMLESS].some((each) => each === name);
}
