/** Backup: the device as it is found, kept outside of it, before anything is changed. */
import type { Step } from "../../engine/step.ts";
import type { RunContext } from "../driver.ts";
import { readConfiguration } from "../configurationText.ts";
import { readMoment } from "../moment.ts";
import { takeReadings } from "../readings.ts";

export const backup: Step<RunContext> = {
  name: "Backup",
  once: false,
  landing: "InService",
  deadlineSeconds: 900,
  expectedSeconds: 0,
  onDeadline: "Fail",
  outOfService: false,
  needsFreshProof: false,
  silences: false,
  pollSeconds: 5,
  async observe({ device, status, clock, connect, backups }) {
    const { main } = await connect(device.name);
    const kept = await backups.find(await readConfiguration(main));
    if (kept === undefined) return { is: "Needed" };
    const { version, bootedAt } = await readMoment(main, clock.now());
    return {
      is: "Done",
      evidence: {
        message: `configuration and readings are kept in Secret ${kept.secretName}`,
        found: { version: status.found?.version ?? version, bootedAt, configuration: kept },
      },
    };
  },
  async start(context) {
    const { main } = await context.connect(context.device.name);
    const configuration = await readConfiguration(main);
    await context.backups.save({ configuration, readings: await takeReadings(context) });
  },
};
