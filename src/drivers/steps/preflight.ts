/**
 * Preflight: the device is healthy, nobody else is working on it, and it is not there already. Read-only; made
 * anew for every batch.
 */
import type { StepName } from "../../api/steps.ts";
import type { Observation, Step } from "../../engine/step.ts";
import { evaluateHealth, verdict } from "../../health/evaluate.ts";
import { readCandidateDiff } from "../../junos/configuration.ts";
import { readPendingInstall } from "../../junos/install.ts";
import { readScheduledReboot } from "../../junos/reboot.ts";
import { nameSameRelease, parseRelease } from "../../release/version.ts";
import { readDrainable } from "../configurationText.ts";
import type { RunContext } from "../driver.ts";
import { healthRecords, takeReadings } from "../readings.ts";
import { readMoment } from "../moment.ts";

/** What a family asks of the device's software before anything else; undefined when nothing is against it. */
export type CheckSoftware = (context: RunContext) => Promise<Observation | undefined>;

/** The release of a device with one routing engine is readable, and not the image's already. */
const oneRelease: CheckSoftware = async ({ device, image, clock, connect }) => {
  const { main } = await connect(device.name);
  const { version } = await readMoment(main, clock.now());
  if (parseRelease(version) === null) {
    return { is: "Blocked", reason: "VersionUnknown", message: `${device.name} does not say what it runs` };
  }
  return nameSameRelease(version, image.osVersion)
    ? { is: "Skipped", reason: "SameVersion", message: `runs ${version} already` }
    : undefined;
};

export function preflightStep(checkSoftware: CheckSoftware): Step<RunContext> {
  return {
    name: "Preflight",
    once: false,
    landing: "InService",
    deadlineSeconds: 1800,
    onDeadline: "Fail",
    outOfService: false,
    needsFreshProof: false,
    silences: false,
    pollSeconds: 20,
    observe: async (context) => (await checkSoftware(context)) ?? (await checkRest(context)),
  };
}

/** Of a device with one routing engine. */
export const preflight = preflightStep(oneRelease);

async function checkRest(context: RunContext): Promise<Observation> {
  const { device, status, settings, token } = context;
  const connection = await context.connect(device.name);
  const { main } = connection;
  const { existingDrain } = await readDrainable(connection);
  if (existingDrain !== null && existingDrain.token !== token) {
    return {
      is: "Blocked",
      reason: "ForeignDrain",
      message: `${device.name} is drained by ${existingDrain.token}`,
    };
  }
  if ((await readCandidateDiff(main)) !== "") {
    return {
      is: "Blocked",
      reason: "CandidateDirty",
      message: "the candidate configuration has uncommitted changes",
    };
  }
  const schedule = await readScheduledReboot(main);
  if (schedule.scheduled) return { is: "Blocked", reason: "RebootScheduled", message: schedule.message };
  const pending = await readPendingInstall(main);
  // A package of our own from before a landing is what we want there.
  if (pending.is === "Pending" && status.intent?.step !== "Install" && !wasInstalled(status.steps)) {
    return { is: "Blocked", reason: "InstallPending", message: pending.message };
  }
  const results = evaluateHealth({
    readings: await takeReadings(context),
    settings: settings.health,
    phase: "Before",
  });
  const health = healthRecords(results, status.health, "Before");
  // A peer that cannot take over is waited for: that is not this device's fault, nor cured by failing it.
  const peers = results.find(({ check, passed }) => check === "lacpPeers" && !passed);
  const { proceed, explained } = verdict(
    results.filter((result) => result !== peers),
    settings.abortOnFailure,
  );
  if (!proceed) return { is: "Failed", ...explained, health };
  return peers !== undefined && settings.abortOnFailure
    ? { is: "Blocked", reason: "PeerLost", message: peers.message }
    : { is: "Done", evidence: { message: explained.message, health } };
}

/** Our own package from before a landing is what we want there. */
export function wasInstalled(steps: RunContext["status"]["steps"]): boolean {
  return steps?.some(({ name, attempts }) => STAGING.has(name) && attempts > 0) ?? false;
}

const STAGING: ReadonlySet<string> = new Set<StepName>([
  "Install",
  "InstallBackupEngine",
  "InstallFormerMaster",
]);
