/**
 * What must not be so before a device is touched, one question after the other. Preflight stops at the first answer
 * that keeps it from going on; a test run asks all of them.
 */
import type { Explained } from "../api/reasons.ts";
import type { StepName } from "../api/steps.ts";
import { readCandidateDiff } from "../junos/configuration.ts";
import { readPendingInstall } from "../junos/install.ts";
import { readScheduledReboot } from "../junos/reboot.ts";
import { readSoftware } from "../junos/software.ts";
import { isSwitchChassis } from "../release/platform.ts";
import { nameSameRelease, parseRelease } from "../release/version.ts";
import { readDrainable } from "./configurationText.ts";
import { cannotDrain } from "./drain/cannotDrain.ts";
import type { DeviceConnection, RunContext } from "./driver.ts";
import { readEngines, UNDECLARED } from "./engines.ts";
import { readMoment } from "./moment.ts";
import { againstPackage } from "./packageFit.ts";
import { againstMembers, readMembers } from "./virtualChassis.ts";

/** Kept in `DeviceUpgrade.status.health`: never renamed. */
export type GuardName =
  | "model"
  | "virtualChassis"
  | "routingEngines"
  | "release"
  | "foreignDrain"
  | "drainTechnique"
  | "candidateConfiguration"
  | "scheduledReboot"
  | "pendingInstall";

/**
 * `Free`: nothing stands in the way. `Blocked`: it may go away by itself. `Failed`: it won't. `Skipped`: there is nothing to
 * do at all.
 */
export type GuardAnswer =
  | { readonly is: "Free"; readonly observed: string }
  | ({ readonly is: "Blocked" } & Explained)
  | ({ readonly is: "Failed" } & Explained)
  | ({ readonly is: "Skipped" } & Explained);

export interface Guard {
  readonly name: GuardName;
  /** What is allowed, for people. */
  readonly allowed: string;
  ask(context: RunContext, connection: DeviceConnection): Promise<GuardAnswer>;
}

/** The device may be another one than when the plan was made. */
const model: Guard = {
  name: "model",
  allowed: "the package is for it",
  async ask({ device, image }, { main }) {
    const said = (await readSoftware(main)).engines.find((engine) => engine.model !== null)?.model;
    const actual = said ?? device.model;
    const against = againstPackage({ ...device, model: actual }, image.deviceImageName);
    return against === null ? { is: "Free", observed: actual } : { is: "Failed", ...against };
  },
};

/** A switch that stands alone answers, too, with itself as the only member. */
const virtualChassis: Guard = {
  name: "virtualChassis",
  allowed: "it stands alone",
  async ask({ device }, { main }) {
    const against = againstMembers(device.name, (await readMembers(main, device))?.members.length);
    return against === null ? { is: "Free", observed: "stands alone" } : { is: "Failed", ...against };
  },
};

/** Of chassis that take a second routing engine; routers ask more of theirs. */
const routingEngines: Guard = {
  name: "routingEngines",
  allowed: "as many as the Fabric names",
  async ask({ device }, { main }) {
    if (device.controlPlanes !== undefined || !isSwitchChassis(device.model)) {
      return { is: "Free", observed: "as declared" };
    }
    return (await readEngines(main)).length > 1
      ? { is: "Failed", ...UNDECLARED }
      : { is: "Free", observed: "one" };
  },
};

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
  "InstallEngines",
]);

/** In the order in which they are asked. */
export const GUARDS: readonly Guard[] = [
  model,
  virtualChassis,
  routingEngines,
  release,
  foreignDrain,
  drainTechnique,
  candidateConfiguration,
  scheduledReboot,
  pendingInstall,
];
