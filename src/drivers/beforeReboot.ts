/**
 * The health of a drained device and of who carries its traffic, once more right before it is rebooted: minutes have
 * passed since the last look.
 */
import type { Observation } from "../engine/step.ts";
import type { CheckName } from "../health/catalogue.ts";
import { evaluateHealth } from "../health/evaluate.ts";
import type { RunContext } from "./driver.ts";
import { takeReadings } from "./readings.ts";

/** What a drained device can still have, and what its peers must. */
const ASKED: ReadonlySet<CheckName> = new Set(["fpcState", "lacpPeers"]);

/** Why it must not be rebooted; undefined where it may be. The device then comes back into service as it was found. */
export async function whyNotReboot(context: RunContext): Promise<Observation | undefined> {
  const { health, abortOnFailure } = context.settings;
  if (!abortOnFailure) return undefined;
  const results = evaluateHealth({
    readings: await takeReadings(context, ASKED),
    settings: health,
    phase: "Before",
  });
  const failed = results.find(({ check, passed }) => ASKED.has(check) && !passed);
  if (failed === undefined) return undefined;
  // A peer that is lost comes back, and then the run begins again by itself.
  const reason = failed.check === "lacpPeers" ? "PeerLost" : "HealthCheckFailed";
  return { is: "Failed", reason, message: `before its reboot: ${failed.message}` };
}
