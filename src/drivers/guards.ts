/**
 * What must not be so before a device is touched, one question after the other. Preflight stops at the first answer
 * that keeps it from going on; a test run asks all of them.
 */
import type { Explained } from "../api/reasons.ts";
import type { StepName } from "../api/steps.ts";
import { readCandidateDiff } from "../junos/configuration.ts";
import { readPendingInstall } from "../junos/install.ts";
import { readScheduledReboot } from "../junos/reboot.ts";
import { nameSameRelease, parseRelease } from "../release/version.ts";
import { readDrainable } from "./configurationText.ts";
import { cannotDrain } from "./drain/cannotDrain.ts";
import type { DeviceConnection, RunContext } from "./driver.ts";
import { readMoment } from "./moment.ts";

/** Kept in `DeviceUpgrade.status.health`: never renamed. */
export type GuardName =
  | "release"
  | "foreignDrain"
  | "drainTechnique"
  | "candidateConfiguration"
  | "scheduledReboot"
  | "pendingInstall";

/** `Free`: nothing stands in the way. `Skipped`: there is nothing to do at all. */
export type GuardAnswer =
  | { readonly is: "Free"; readonly observed: string }
  | ({ readonly is: "Blocked" } & Explained)
  | ({ readonly is: "Skipped" } & Explained);

export interface Guard {
  readonly name: GuardName;
  /** What is allowed, for people. */
  readonly allowed: string;
  ask(context: RunContext, connection: DeviceConnection): Promise<GuardAnswer>;
}

const release: Guard = {
  name: "release",
  allowed: "a known release",
  async ask({ device, image, clock }, { main }) {
    const { version } = await readMoment(main, clock.now());
    if (parseRelease(version) === null) {
      return { is: "Blocked", reason: "VersionUnknown", message: `${device.name} does not say what it runs` };
    }
    return nameSameRelease(version, image.osVersion)
      ? { is: "Skipped", reason: "SameVersion", message: `runs ${version} already` }
      : { is: "Free", observed: `${version}, to be ${image.osVersion}` };
  },
};

const foreignDrain: Guard = {
  name: "foreignDrain",
  allowed: "no drain of somebody else",
  async ask({ device, token }, connection) {
    const { existingDrain } = await readDrainable(connection);
    return existingDrain === null || existingDrain.token === token
      ? { is: "Free", observed: "none" }
      : {
          is: "Blocked",
          reason: "ForeignDrain",
          message: `${device.name} is drained by ${existingDrain.token}`,
        };
  },
};

const drainTechnique: Guard = {
  name: "drainTechnique",
  allowed: "the device can be drained as asked for",
  async ask({ device, settings: { drainTechnique: wanted = "Auto" } }, connection) {
    // What suits a device is not refused; the drain itself says where nothing does.
    if (wanted === "Auto") return { is: "Free", observed: wanted };
    const configuration = await readDrainable(connection);
    const against = configuration.existingDrain === null ? cannotDrain(configuration, wanted) : undefined;
    return against === undefined
      ? { is: "Free", observed: wanted }
      : { is: "Blocked", reason: against.reason, message: `${device.name}: ${against.message}` };
  },
};

const candidateConfiguration: Guard = {
  name: "candidateConfiguration",
  allowed: "no uncommitted changes",
  async ask(_context, { main }) {
    return (await readCandidateDiff(main)) === ""
      ? { is: "Free", observed: "none" }
      : {
          is: "Blocked",
          reason: "CandidateDirty",
          message: "the candidate configuration has uncommitted changes",
        };
  },
};

const scheduledReboot: Guard = {
  name: "scheduledReboot",
  allowed: "none",
  async ask(_context, { main }) {
    const { scheduled, message } = await readScheduledReboot(main);
    return scheduled
      ? { is: "Blocked", reason: "RebootScheduled", message }
      : { is: "Free", observed: "none" };
  },
};

const pendingInstall: Guard = {
  name: "pendingInstall",
  allowed: "none",
  async ask({ status }, { main }) {
    const pending = await readPendingInstall(main);
    // A package of our own from before a landing is what we want there.
    const isOurs = wasInstalled(status);
    return pending.is === "Pending" && !isOurs
      ? { is: "Blocked", reason: "InstallPending", message: pending.message }
      : { is: "Free", observed: pending.is === "Pending" ? pending.message : "none" };
  },
};

/** This run has staged a package, or is about to. */
export function wasInstalled({ intent, steps = [] }: RunContext["status"]): boolean {
  return (
    (intent !== undefined && STAGING.has(intent.step)) ||
    steps.some(({ name, attempts }) => STAGING.has(name) && attempts > 0)
  );
}

const STAGING: ReadonlySet<string> = new Set<StepName>([
  "Install",
  "InstallBackupEngine",
  "InstallFormerMaster",
]);

/** In the order in which they are asked. */
export const GUARDS: readonly Guard[] = [
  release,
  foreignDrain,
  drainTechnique,
  candidateConfiguration,
  scheduledReboot,
  pendingInstall,
];
