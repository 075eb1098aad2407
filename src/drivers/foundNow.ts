/** A device as it is right now, to be kept outside of it. */
import { explain } from "../api/reasons.ts";
import { StepRefused } from "../engine/step.ts";
import type { HealthReadings } from "../health/reading.ts";
import { readPackages } from "../junos/packages.ts";
import { readConfiguration } from "./configurationText.ts";
import type { RunContext } from "./driver.ts";
import { whyNotBaseline } from "./stillFit.ts";

/**
 * Keeps configuration and packages, with the readings that were taken just now. A backup is never overwritten: one that
 * nothing can be compared with must not come to be. Throws `StepRefused`.
 */
export async function keepAsFound(context: RunContext, readings: HealthReadings): Promise<void> {
  const against = whyNotBaseline(context, readings);
  if (against !== undefined) throw new StepRefused(explain(against.reason, against.message));
  const { main } = await context.connect(context.device.name);
  const configuration = await readConfiguration(main);
  await context.backups.save({ configuration, readings, packages: await readPackages(main) });
}
