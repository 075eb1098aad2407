/** Backup: the device as it is found, kept outside of it, before anything is changed. */
import type { FoundState, Step } from "../../engine/step.ts";
import type { RunContext } from "../driver.ts";
import { readConfiguration } from "../configurationText.ts";
import { keepAsFound } from "../foundNow.ts";
import { readMoment } from "../moment.ts";
import { takeReadings } from "../readings.ts";
import { whyNotBaseline } from "../stillFit.ts";

/** What is kept of the two control planes of a device. */
export type FoundControlPlanes = NonNullable<FoundState["controlPlanes"]>;

/** With what is to be kept of the control planes, where there are two. */
export function backupStep(
  findPlanes: (context: RunContext) => Promise<FoundControlPlanes>,
): Step<RunContext> {
  return {
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
    async observe(context) {
      const { device, status, clock, connect, backups } = context;
      const { main } = await connect(device.name);
      const kept = await backups.find(await readConfiguration(main));
      if (kept === undefined) return whyNotBaseline(context, await takeReadings(context)) ?? { is: "Needed" };
      const { version, bootedAt } = await readMoment(main, clock.now());
      const controlPlanes = await findPlanes(context);
      const missing = (device.controlPlanes ?? []).find(({ name }) =>
        controlPlanes.every((plane) => plane.name !== name),
      );
      if (missing !== undefined) {
        const message = `in service; ${missing.name} is neither master nor backup`;
        return { is: "Blocked", reason: "BackupNotReady", message };
      }
      return {
        is: "Done",
        evidence: {
          message: `configuration and readings are kept in Secret ${kept.secretName}`,
          found: {
            version: status.found?.version ?? version,
            bootedAt,
            configuration: kept,
            ...(controlPlanes.length === 0 ? {} : { controlPlanes }),
          },
        },
      };
    },
    async start(context) {
      await keepAsFound(context, await takeReadings(context));
    },
  };
}

/** Of a device with one routing engine. */
export const backup = backupStep(async () => []);
