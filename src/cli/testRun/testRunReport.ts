/** What a test run has come to, from the objects that hold it: a table of checks for each device. */
import type { CampaignPhase } from "../../api/campaignPhase.ts";
import { findCondition } from "../../api/conditions.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { PlanRecord } from "../../controllers/campaign/planStore.ts";
import { isPassed } from "../../engine/stopovers.ts";
import { compareNames } from "../../planner/naturalOrder.ts";

export interface TestRunReport {
  /** Every device of the plan was tested and could be upgraded as it is, and nothing blocks the plan. */
  readonly passed: boolean;
  readonly phase: CampaignPhase;
  readonly message: string;
  readonly devices: readonly TestedDevice[];
  /** Devices that are selected and have nothing to do, or cannot be upgraded. */
  readonly skipped: readonly { readonly device: string; readonly reason: string; readonly message: string }[];
}

export interface TestedDevice {
  readonly name: string;
  readonly batch: number;
  readonly from: string | null;
  readonly to: string;
  /** Null as long as it was not tested. */
  readonly passed: boolean | null;
  readonly testedAt: string | null;
  readonly message: string;
  readonly checks: readonly CheckRow[];
  /** What the drain would change in its configuration; null where the device was not asked. */
  readonly drainDiff: string | null;
  /** How it would be drained, and why so. */
  readonly drainTechniques: readonly { readonly name: string; readonly why: string }[];
}

export interface CheckRow {
  readonly check: string;
  readonly observed: string;
  readonly allowed: string;
  readonly passed: boolean;
}

export interface TestRunObjects {
  readonly campaign: UpgradeCampaign;
  readonly upgrades: readonly DeviceUpgrade[];
  readonly record: PlanRecord | undefined;
}

export function testRunReport({ campaign, upgrades, record }: TestRunObjects): TestRunReport {
  const { status } = campaign;
  const byDevice = new Map(
    upgrades.filter((upgrade) => !isPassed(upgrade)).map((upgrade) => [upgrade.spec.deviceName, upgrade]),
  );
  const devices = Object.entries(record?.plan.devices ?? {})
    .map(([name, { batch, from, to }]): TestedDevice => {
      const tested = byDevice.get(name)?.status;
      return {
        name,
        batch,
        from,
        to,
        passed: tested?.test?.passed ?? null,
        testedAt: tested?.test?.at ?? null,
        message: tested?.message ?? "not tested yet",
        checks: checksOf(tested),
        drainDiff: tested?.drain?.diff ?? null,
        drainTechniques: tested?.drain?.techniques ?? [],
      };
    })
    .toSorted((one, other) => one.batch - other.batch || compareNames(one.name, other.name));
  return {
    passed: devices.every(({ passed }) => passed === true) && record?.blockers.length === 0,
    phase: status?.phase ?? "Planning",
    message: findCondition(status?.conditions, "Ready")?.message ?? "",
    devices,
    skipped: (record?.plan.skipped ?? []).map(({ device, reason, message }) => ({ device, reason, message })),
  };
}

function checksOf(status: DeviceUpgrade["status"]): readonly CheckRow[] {
  return (status?.health ?? [])
    .filter(({ phase }) => phase === "Test")
    .map(({ check, observed, threshold = "", passed }) => ({ check, observed, allowed: threshold, passed }));
}
