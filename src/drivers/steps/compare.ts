/**
 * Compare: the device is as it was found, except for its release. The configuration to the letter, the readings
 * within their tolerances; readings settle, so they are taken again until they do.
 */
import type { Observation, Step } from "../../engine/step.ts";
import type { CheckName } from "../../health/catalogue.ts";
import { checksOf, evaluateHealth, verdict } from "../../health/evaluate.ts";
import { readConfiguration } from "../configurationText.ts";
import type { RunContext } from "../driver.ts";
import { isDueToOthers } from "../othersOutOfService.ts";
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

const NAMED_DEVICES = 3;
const NOTHING: ReadonlySet<CheckName> = new Set();

/** One comparison; the soak goes on making it. `leaveOut`: checks that are not made this time. */
export async function compareWithBackup(
  context: RunContext,
  { leaveOut = NOTHING }: { readonly leaveOut?: ReadonlySet<CheckName> } = {},
): Promise<Observation> {
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
  const asked = new Set([...checksOf(settings.health, "After")].filter((name) => !leaveOut.has(name)));
  const readings = await takeReadings(context, asked);
  const results = evaluateHealth({
    readings,
    baseline: kept.readings,
    settings: settings.health,
    phase: "After",
  }).filter(({ check }) => asked.has(check));
  const { proceed, explained, failed } = verdict(results, settings.abortOnFailure);
  const health = healthRecords(results, status.health, "After");
  if (proceed) return { is: "Done", evidence: { message: `as found; ${explained.message}`, health } };
  const { outOfService } = context;
  const neighbours = outOfService.size === 0 ? [] : await context.neighbours();
  if (isDueToOthers(failed, { readings, baseline: kept.readings, outOfService, neighbours })) {
    const others = [...outOfService].toSorted().slice(0, NAMED_DEVICES).join(", ");
    const message = `compared again when ${others} is back in service; ${explained.message}`;
    return { is: "Blocked", reason: "OthersOutOfService", message, clock: "Stands" };
  }
  return { is: "Blocked", reason: "DifferentFromBaseline", message: explained.message };
}
