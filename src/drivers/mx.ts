/**
 * The drivers for MX routers of an EVPN-VXLAN fabric. With two routing engines the backup goes first, then mastership
 * moves to it, then the former master follows; nothing but that order, and never both at once. With one routing engine
 * it is the procedure of a switch. In-service upgrade (ISSU, NSSU) is never used.
 */
import type { DeviceDiscovery } from "../api/discovery.ts";
import { explain, type Explained } from "../api/reasons.ts";
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import { readPackageName } from "../release/packageName.ts";
import { modelMatches } from "../release/platform.ts";
import { discoverRouter } from "./discoverRouter.ts";
import type { Driver, FabricDevice, RunContext, SupportOptions } from "./driver.ts";
import { stepsOfOneEngine } from "./oneEngine.ts";
import { engineToUpgrade, readEngines } from "./engines.ts";
import { readMoment } from "./moment.ts";
import { againstKind, againstRelease, checkOneEngine, checkTwoEngines } from "./routerChecks.ts";
import { backupStep, type FoundControlPlanes } from "./steps/backup.ts";
import { compare } from "./steps/compare.ts";
import { controlPlane } from "./steps/controlPlane.ts";
import { drainAccess } from "./steps/drainAccess.ts";
import { drainRoutes } from "./steps/drainRoutes.ts";
import { installStep } from "./steps/install.ts";
import { preflightStep } from "./steps/preflight.ts";
import { quiet } from "./steps/quiet.ts";
import { rebootStep } from "./steps/reboot.ts";
import { restoreRedundancy, suspendRedundancy } from "./steps/redundancy.ts";
import { soak } from "./steps/soak.ts";
import { stageStep } from "./steps/stage.ts";
import { switchMastership } from "./steps/switchMastership.ts";
import { undrainAccess, undrainRoutes } from "./steps/undrain.ts";

const FAMILY = "junos-mx";

/** The models that the procedure was made for; others only where the campaign says so. */
const TESTED_MODELS = ["mx240", "mx480", "mx960", "mx10003"];

/** MX with two routing engines. */
export const mx: Driver = {
  name: "mx",
  handles: ({ family, controlPlanes }) => family === FAMILY && controlPlanes !== undefined,
  procedure: {
    name: "mx/v1",
    steps: [
      preflightStep(checkTwoEngines),
      stageStep(({ device }) => (device.controlPlanes ?? []).map(({ name }) => name)),
      backupStep(findEngines),
      drainRoutes,
      drainAccess,
      quiet,
      suspendRedundancy,
      installStep({ name: "InstallBackupEngine", landing: "InService", choose: engineToUpgrade("first") }),
      rebootStep({
        name: "RebootBackupEngine",
        after: "InstallBackupEngine",
        choose: engineToUpgrade("first"),
      }),
      switchMastership,
      installStep({
        name: "InstallFormerMaster",
        landing: "Forward",
        landingBefore: "Forward",
        choose: engineToUpgrade("second"),
      }),
      rebootStep({
        name: "RebootFormerMaster",
        after: "InstallFormerMaster",
        landingBefore: "Forward",
        choose: engineToUpgrade("second"),
      }),
      restoreRedundancy,
      controlPlane,
      undrainAccess,
      undrainRoutes,
      compare,
      soak,
    ],
  },
  supports,
  discover: discoverRouter,
};

/** MX with one routing engine. */
export const mxSingle: Driver = {
  name: "mx-single",
  handles: ({ family, controlPlanes }) => family === FAMILY && controlPlanes === undefined,
  procedure: {
    name: "mx-single/v1",
    steps: stepsOfOneEngine(preflightStep(checkOneEngine)),
  },
  supports,
  discover: discoverRouter,
};

function supports(
  device: FabricDevice,
  { spec }: DeviceImage,
  { said = null, allowUntestedModels = false }: SupportOptions = {},
): Explained | null {
  if (spec.vendorName.toLowerCase() !== "juniper") {
    return explain("UnsupportedVendor", `no driver for vendor ${spec.vendorName}`);
  }
  if (!/^v?mx/i.test(device.model)) return explain("UnsupportedModel", `${device.model} is not an MX`);
  if (!modelMatches(TESTED_MODELS, device.model) && !allowUntestedModels) {
    return explain("ModelUntested", `${device.model} is none of ${TESTED_MODELS.join(", ")}`);
  }
  const target = readPackageName(spec.deviceImageName);
  if (target?.evo === true) {
    return explain(
      "ImagePlatformMismatch",
      `${spec.deviceImageName} is Junos OS Evolved, ${device.model} runs Junos`,
    );
  }
  // An MX10003 has VM hosts only; the older chassis may have either, and tell when they are read.
  if (/^mx10003/i.test(device.model) && target?.vmhost === false) {
    return explain(
      "ImagePlatformMismatch",
      `${device.model} has VM hosts, and the package is not for VM hosts`,
    );
  }
  const tooOld = [spec.osVersion, ...releasesOf(said)]
    .map((release, index) => againstRelease(release, index === 0 ? "the image" : device.name))
    .find((against) => against !== null);
  if (tooOld !== undefined) return tooOld;
  for (const engine of said?.controlPlanes ?? []) {
    const against = againstKind(target?.vmhost === true, engine.vmhost, `${device.name} ${engine.name}`);
    if (against !== null) return against;
  }
  return null;
}

function releasesOf(said: DeviceDiscovery | null): readonly string[] {
  const all = [said?.release, ...(said?.controlPlanes ?? []).map(({ release }) => release)];
  return all.filter((release) => typeof release === "string");
}

/** Both engines with their roles, as they are found before anything is changed. */
async function findEngines({ device, clock, connect }: RunContext): Promise<FoundControlPlanes> {
  const { main } = await connect(device.name);
  const engines = await readEngines(main);
  const found: FoundControlPlanes = [];
  for (const { name, mastership } of engines) {
    if (mastership !== "Master" && mastership !== "Backup") continue;
    const { main: own } = await connect(device.name, name);
    const { version, bootedAt } = await readMoment(own, clock.now());
    found.push({ name, role: mastership, version, bootedAt });
  }
  return found;
}
