/**
 * Compare: the device is as it was found, except for its release. The configuration to the letter, the readings
 * within their tolerances; readings settle, so they are taken again until they do.
 */
import type { Observation, Step } from "../../engine/step.ts";
import { evaluateHealth, verdict } from "../../health/evaluate.ts";
import { readConfiguration } from "../configurationText.ts";
import type { RunContext } from "../driver.ts";
import { healthRecords, takeReadings } from "../readings.ts";

export const compare: Step<RunContext> = {
  name: "Compare",
  once: false,
  landing: "Forward",
  deadlineSeconds: 2700,
  expectedSeconds: 60,
  onDeadline: "Fail",
  outOfService: false,
  needsFreshProof: false,
  silences: false,
  pollSeconds: 20,
  observe: compareWithBackup,
};

/** One comparison; the soak goes on making it. */
export async function compareWithBackup(context: RunContext): Promise<Observation> {
  const { device, settings, status } = context;
  const { main } = await context.connect(device.name);
  const kept = await context.backups.load();
  if (kept === undefined) {
    return {
      is: "Blocked",
      reason: "DifferentFromBaseline",
      message: "the backup is gone; nothing to compare with",
    };
  }
  if ((await readConfiguration(main)) !== kept.configuration) {
    return {
      is: "Blocked",
      reason: "ConfigurationDiffers",
      message: "the configuration is not the one that was found",
    };
  }
  const results = evaluateHealth({
    readings: await takeReadings(context),
    baseline: kept.readings,
    settings: settings.health,
    phase: "After",
  });
  const { proceed, explained } = verdict(results, settings.abortOnFailure);
  const health = healthRecords(results, status.health, "After");
  return proceed
    ? { is: "Done", evidence: { message: `as found; ${explained.message}`, health } }
    : { is: "Blocked", reason: "DifferentFromBaseline", message: explained.message };
}
