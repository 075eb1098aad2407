/** The states that people see a switch go through when nothing is wrong, as Juniper names them (EX-6). */
import type { DeviceState } from "../../src/api/deviceState.ts";

export const WAY_OF_STATES: readonly DeviceState[] = [
  "Validating",
  "HealthCheckSuccessful",
  "Staging",
  "ActivatingMaintenanceMode",
  "Draining",
  "MaintenanceModeActivated",
  "Installing",
  "Rebooting",
  "ImageUpgraded",
  "VerifyingService",
  "DeactivatingMaintenanceMode",
  "MaintenanceModeDeactivated",
  "VerifyingService",
  "HitlessImageUpgradeSuccessful",
];
