/** The state people see, from the step that runs and what was seen of it. */
import type { DeviceState } from "../api/deviceState.ts";
import type { Reason } from "../api/reasons.ts";
import type { StepName } from "../api/steps.ts";
import { recordOf, shorten } from "./journal.ts";
import type { DeviceUpgradeStatus, StepRule } from "./step.ts";

const WHILE_RUNNING: Readonly<Record<StepName, DeviceState>> = {
  Preflight: "Validating",
  Stage: "Staging",
  Backup: "Staging",
  DrainRoutes: "ActivatingMaintenanceMode",
  DrainAccess: "ActivatingMaintenanceMode",
  Quiet: "Draining",
  Install: "Installing",
  Reboot: "Rebooting",
  SuspendRedundancy: "Draining",
  InstallBackupEngine: "Installing",
  RebootBackupEngine: "Rebooting",
  SwitchMastership: "SwitchingOver",
  InstallFormerMaster: "Installing",
  RebootFormerMaster: "Rebooting",
  InstallEngines: "Installing",
  RebootEngines: "Rebooting",
  RestoreRedundancy: "VerifyingService",
  ControlPlane: "VerifyingService",
  UndrainAccess: "DeactivatingMaintenanceMode",
  UndrainRoutes: "DeactivatingMaintenanceMode",
  Compare: "VerifyingService",
  Soak: "VerifyingService",
  ValidateConfiguration: "Staging",
  ConsolidateGroups: "ActivatingMaintenanceMode",
  InServiceUpgrade: "Installing",
  SecondaryUpgrade: "Rebooting",
  LineCardsReady: "Rebooting",
  NodeSwitchover: "Rebooting",
  PrimaryUpgrade: "Rebooting",
  EndInServiceUpgrade: "VerifyingService",
  RestoreGroups: "DeactivatingMaintenanceMode",
};

const ONCE_DONE: Partial<Readonly<Record<StepName, DeviceState>>> = {
  Preflight: "HealthCheckSuccessful",
  Quiet: "MaintenanceModeActivated",
  Reboot: "ImageUpgraded",
  RebootFormerMaster: "ImageUpgraded",
  RebootEngines: "ImageUpgraded",
  UndrainRoutes: "MaintenanceModeDeactivated",
  ConsolidateGroups: "MaintenanceModeActivated",
  PrimaryUpgrade: "ImageUpgraded",
  RestoreGroups: "MaintenanceModeDeactivated",
};

const ONCE_FAILED: Partial<Readonly<Record<StepName, DeviceState>>> = {
  DrainRoutes: "MaintenanceModeFailure",
  DrainAccess: "MaintenanceModeFailure",
  Quiet: "MaintenanceModeFailure",
  UndrainAccess: "MaintenanceModeFailure",
  UndrainRoutes: "MaintenanceModeFailure",
  ConsolidateGroups: "MaintenanceModeFailure",
  RestoreGroups: "MaintenanceModeFailure",
};

export function stateWhileRunning(step: StepName): DeviceState {
  return WHILE_RUNNING[step];
}

/** The state people see once a step is done. */
export function stateOnceDone(step: StepName): DeviceState {
  return ONCE_DONE[step] ?? WHILE_RUNNING[step];
}

/** A state that says what was reached, known to people by name. */
export function isMilestone(state: DeviceState): boolean {
  return Object.values(ONCE_DONE).includes(state);
}

/** A state that says what is being done. */
export function isRunning(state: DeviceState): boolean {
  return Object.values(WHILE_RUNNING).includes(state);
}

/** The state people see once a step has failed: some steps have a name for it. */
export function stateOnceFailed(step: StepName, reason: Reason): DeviceState {
  if (reason === "HealthCheckFailed") return "HealthCheckFailed";
  return ONCE_FAILED[step] ?? "HitlessImageUpgradeFailed";
}

/** Done steps of all steps, in whole percent. */
export function percentDone(status: DeviceUpgradeStatus, procedure: readonly StepRule[]): number {
  if (procedure.length === 0) return 0;
  const done = procedure.filter((rule) => recordOf(status, rule.name).state === "Done").length;
  return Math.floor((100 * done) / procedure.length);
}

/** Puts the state, the words for it and the progress into a status. */
export function show(
  status: DeviceUpgradeStatus,
  { procedure }: { readonly procedure: readonly StepRule[] },
  { state, message }: { state: DeviceUpgradeStatus["state"]; message: string },
): DeviceUpgradeStatus {
  return {
    ...status,
    ...(state === undefined ? {} : { state }),
    message: shorten(message),
    percent: percentDone(status, procedure),
  };
}
