/** The conditions of a DeviceUpgrade, from its state: what `kubectl wait` and kstatus read. */
import type { PhaseConditions } from "../api/campaignPhase.ts";
import { setCondition } from "../api/conditions.ts";
import type { DeviceState } from "../api/deviceState.ts";
import { isReason, type Reason } from "../api/reasons.ts";
import type { Instant } from "../api/time.ts";
import { hasEnded, hasSucceeded, isExcluded } from "./campaignProgress.ts";
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import type { DeviceUpgradeStatus } from "./step.ts";

/** The status with its conditions brought up to date. */
export function withConditions(
  status: DeviceUpgradeStatus,
  { upgrade, ledgerHeld, now }: { upgrade: DeviceUpgrade; ledgerHeld: boolean; now: Instant },
): DeviceUpgradeStatus {
  const observedGeneration = upgrade.metadata.generation;
  const message = status.message ?? "";
  const reason = reasonOf(status);
  let conditions = status.conditions ?? [];
  for (const [type, value] of Object.entries(summaryOf({ ...upgrade, status }))) {
    conditions = setCondition(conditions, { type, status: value, reason, message, observedGeneration }, now);
  }
  conditions = setCondition(
    conditions,
    {
      type: "OutOfService",
      status: ledgerHeld ? "True" : "False",
      reason,
      message: ledgerHeld ? "the ledger of the fabric names this upgrade as the holder" : "carries traffic",
      observedGeneration,
    },
    now,
  );
  return { ...status, observedGeneration, conditions };
}

function summaryOf(upgrade: DeviceUpgrade): PhaseConditions {
  if (hasEnded(upgrade)) {
    return hasSucceeded(upgrade)
      ? { Ready: "True", Reconciling: "False", Stalled: "False", Succeeded: "True" }
      : { Ready: "False", Reconciling: "False", Stalled: "True", Succeeded: "False" };
  }
  const test = upgrade.spec.desired === "Test" ? upgrade.status?.test : undefined;
  if (test !== undefined && test.of === upgrade.spec.testOf) {
    return test.passed
      ? { Ready: "True", Reconciling: "False", Stalled: "False", Succeeded: "Unknown" }
      : { Ready: "False", Reconciling: "False", Stalled: "True", Succeeded: "Unknown" };
  }
  const state: DeviceState = upgrade.status?.state ?? "Pending";
  const stalled = state === "Blocked" || state === "Hung" || state === "Unknown";
  const waits = state === "Pending" || state === "Held";
  return {
    Ready: "False",
    Reconciling: stalled || waits ? "False" : "True",
    Stalled: stalled ? "True" : "False",
    Succeeded: "Unknown",
  };
}

function reasonOf(status: DeviceUpgradeStatus): Reason {
  const landing = status.landing?.reason;
  if (landing !== undefined && isReason(landing)) return landing;
  const state: DeviceState = status.state ?? "Pending";
  switch (state) {
    case "Pending":
      return "Pending";
    case "Held":
      return "Held";
    case "Blocked":
      return "Blocked";
    case "Hung":
      return "DeadlinePassed";
    case "Unknown":
      return "StateUnknown";
    case "HealthCheckFailed":
      return "HealthCheckFailed";
    case "HitlessImageUpgradeSuccessful":
      return "Succeeded";
    case "Skipped":
      return isExcluded(status) ? "HealthCheckFailed" : "SameVersion";
    case "HitlessImageUpgradeFailed":
    case "MaintenanceModeFailure":
    case "Cancelled":
      return "DeviceFailed";
    case "Landing":
      return "Landing";
    case "Validating":
    case "HealthCheckSuccessful":
    case "ActivatingMaintenanceMode":
    case "MaintenanceModeActivated":
    case "Rebooting":
    case "ImageUpgraded":
    case "DeactivatingMaintenanceMode":
    case "MaintenanceModeDeactivated":
    case "Staging":
    case "Draining":
    case "Installing":
    case "SwitchingOver":
    case "VerifyingService":
      return "Running";
  }
}
