/** A device as it is right now, to be kept outside of it. */
import type { HealthReadings } from "../health/reading.ts";
import { readPackages } from "../junos/packages.ts";
import { readConfiguration } from "./configurationText.ts";
import type { Backup, RunContext } from "./driver.ts";

/** Configuration and packages, with the readings that were taken just now. */
export async function foundNow(context: RunContext, readings: HealthReadings): Promise<Backup> {
  const { main } = await context.connect(context.device.name);
  const configuration = await readConfiguration(main);
  return { configuration, readings, packages: await readPackages(main) };
}
