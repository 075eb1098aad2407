/**
 * The states of one device's upgrade, as people see them. The first thirteen are Juniper's own names for a
 * hitless image upgrade (Contrail Networking, "Hitless Software Upgrade", table of device states); the others
 * fill the gaps that table leaves. They are persisted in `DeviceUpgrade.status.state`: never renamed.
 */
export const DEVICE_STATES = [
  "Validating",
  "HealthCheckSuccessful",
  "HealthCheckFailed",
  "ActivatingMaintenanceMode",
  "MaintenanceModeActivated",
  "Rebooting",
  "ImageUpgraded",
  "DeactivatingMaintenanceMode",
  "MaintenanceModeDeactivated",
  "MaintenanceModeFailure",
  "HitlessImageUpgradeSuccessful",
  "HitlessImageUpgradeFailed",
  "Skipped",
  "Pending",
  "Staging",
  "Draining",
  "Installing",
  "SwitchingOver",
  "VerifyingService",
  "Landing",
  "Held",
  "Blocked",
  "Hung",
  "Unknown",
  "Cancelled",
] as const;

export type DeviceState = (typeof DEVICE_STATES)[number];

/** The words Juniper's users know: `MaintenanceModeActivated` is shown as "Maintenance Mode Activated". */
export function deviceStateTitle(state: DeviceState): string {
  return state.replace(/(?<=[a-z])(?=[A-Z])/g, " ");
}
