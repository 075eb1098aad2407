/** How long steps take when nothing is wrong, for forecasts. */
import type { StepName } from "../../api/steps.ts";

/**
 * By experience with QFX5000 switches. Together they are what the driver estimates for a whole upgrade without its
 * soak; what comes before a batch (preflight, staging, backup) is not counted there, nor here.
 */
const EXPECTED_SECONDS: Partial<Readonly<Record<StepName, number>>> = {
  Preflight: 0,
  Stage: 0,
  Backup: 0,
  DrainRoutes: 60,
  DrainAccess: 30,
  Quiet: 30,
  Install: 480,
  Reboot: 720,
  ControlPlane: 120,
  UndrainAccess: 30,
  UndrainRoutes: 30,
  Compare: 60,
};

/** Null for a step that nothing is known of. The soak is the campaign's. */
export function expectedSeconds(step: StepName, soakSeconds: number): number | null {
  return step === "Soak" ? soakSeconds : (EXPECTED_SECONDS[step] ?? null);
}
