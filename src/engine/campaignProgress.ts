/** How far a campaign is: everything here is counted from its DeviceUpgrades, nothing is remembered. */
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import type { Plan } from "../api/plan.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import type { CampaignStatus } from "./campaignWorld.ts";

export interface CampaignProgress {
  readonly counts: NonNullable<CampaignStatus["counts"]>;
  /** The first batch that has devices to do; undefined when all are done. */
  readonly currentBatch: number | undefined;
  /** Names of devices that have begun and not ended. */
  readonly underWay: readonly string[];
  readonly failed: NonNullable<CampaignStatus["failed"]>;
  readonly hung: readonly string[];
  readonly unknown: readonly string[];
  /** All that is under way waits for something outside; empty as long as anything moves. */
  readonly blocked: readonly DeviceUpgrade[];
  readonly soaking: boolean;
  /** Left as they were found, because they were not healthy. */
  readonly excluded: readonly string[];
}

/** Whether the run is over, however it ended. */
export function hasEnded(child: DeviceUpgrade): boolean {
  return child.status?.finishedAt !== undefined;
}

/** Whether the device runs its image; one that ran it already, or was left out, is skipped and counts as well. */
export function hasSucceeded(child: DeviceUpgrade): boolean {
  const state = child.status?.state;
  return hasEnded(child) && (state === "HitlessImageUpgradeSuccessful" || state === "Skipped");
}

/** Left as it was found, because it was not healthy. */
export function isExcluded(status: DeviceUpgrade["status"]): boolean {
  const failed = status?.health?.some(({ phase, passed }) => phase === "Before" && !passed) ?? false;
  return status?.state === "Skipped" && failed;
}

/** Somebody has to be told now: the run has failed, or does not get on by itself. */
export function isUrgent(child: DeviceUpgrade): boolean {
  const state = child.status?.state;
  return (
    (hasEnded(child) && !hasSucceeded(child)) ||
    state === "Hung" ||
    state === "Unknown" ||
    state === "Blocked"
  );
}

/** Some step was looked at or begun, and the run has not ended or gone back to the start. */
export function isUnderWay(child: DeviceUpgrade): boolean {
  if (hasEnded(child)) return false;
  const steps = child.status?.steps ?? [];
  return (
    child.status?.landing !== undefined || steps.some(({ state }) => state === "Running" || state === "Done")
  );
}

/** By itself, from device to device and from batch to batch. */
export function goesOn({ status }: UpgradeCampaign): boolean {
  return status?.phase === "Running" || status?.phase === "Soaking";
}

const NAMED_FAILURES = 20;

/** `passed`: how many images on the way each device has behind it; none where it has only one. */
export function progressOf(
  plan: Plan,
  children: readonly DeviceUpgrade[],
  passed: (device: string) => number = () => 0,
): CampaignProgress {
  const byDevice = new Map(children.map((child) => [child.spec.deviceName, child]));
  const names = Object.keys(plan.devices);
  const failed: NonNullable<CampaignStatus["failed"]> = [];
  const underWay: string[] = [];
  const open = new Set<number>();
  let succeeded = 0;
  let percents = 0;
  for (const name of names) {
    const child = byDevice.get(name);
    const batch = plan.devices[name]?.batch ?? 0;
    if (child !== undefined && hasSucceeded(child)) {
      succeeded += 1;
      percents += 100;
      continue;
    }
    open.add(batch);
    const hops = plan.devices[name]?.hops?.length ?? 1;
    percents += (Math.min(passed(name), hops - 1) * 100 + (child?.status?.percent ?? 0)) / hops;
    if (child === undefined) continue;
    if (hasEnded(child)) {
      failed.push({
        device: name,
        reason: child.status?.landing?.reason ?? "DeviceFailed",
        message: child.status?.message ?? "",
      });
    } else if (isUnderWay(child)) underWay.push(name);
  }
  const inState = (state: string): string[] =>
    children.filter((child) => child.status?.state === state).map((child) => child.spec.deviceName);
  const blocked = children.filter((child) => child.status?.state === "Blocked" && !hasEnded(child));
  const total = names.length;
  const currentBatch = open.size === 0 ? undefined : Math.min(...open);
  return {
    counts: {
      total,
      succeeded,
      failed: failed.length,
      inProgress: underWay.length,
      pending: total - succeeded - failed.length - underWay.length,
      skipped: plan.skipped.length,
      percent: total === 0 ? 100 : Math.floor(percents / total),
    },
    currentBatch,
    underWay,
    failed: failed.slice(0, NAMED_FAILURES),
    hung: inState("Hung"),
    unknown: inState("Unknown"),
    blocked: blocked.length === underWay.length ? blocked : [],
    excluded: children.filter(({ status }) => isExcluded(status)).map(({ spec }) => spec.deviceName),
    soaking: underWay.length > 0 && underWay.every((name) => isSoaking(byDevice.get(name))),
  };
}

function isSoaking(child: DeviceUpgrade | undefined): boolean {
  return child?.status?.steps?.some(({ name, state }) => name === "Soak" && state === "Running") ?? false;
}
