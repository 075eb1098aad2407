/**
 * The drivers for MX routers of an EVPN-VXLAN fabric, with two routing engines or with one. In-service upgrade (ISSU,
 * NSSU) is never used.
 */
import type { DeviceDiscovery } from "../api/discovery.ts";
import { explain, type Explained } from "../api/reasons.ts";
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import { isForVmhosts } from "../release/packageName.ts";
import { modelMatches } from "../release/platform.ts";
import { discoverRouter } from "./discoverRouter.ts";
import { planDrain } from "./drain/plannedDrain.ts";
import type { Driver, FabricDevice, SupportOptions } from "./driver.ts";
import { isVmhost, type EngineRules } from "./engineRules.ts";
import { readLoads } from "./loads.ts";
import { stepsOfOneEngine } from "./oneEngine.ts";
import { againstKind, againstPackage, againstVendor, modelOf } from "./packageFit.ts";
import { againstRelease, checkOneEngine, checkTwoEngines } from "./routerChecks.ts";
import { preflightStep } from "./steps/preflight.ts";
import { stepsOfBothEngines, stepsOfTwoEngines } from "./twoEngines.ts";

const FAMILY = "junos-mx";

/** The models that the procedure was made for; others only where the campaign says so. */
const TESTED_MODELS = ["mx240", "mx480", "mx960", "mx10003"];

/** Juniper, "Hitless Software Upgrade": MX in an EVPN-VXLAN fabric. */
const RULES: EngineRules = { minimumRelease: "18.4R2-S3", isVmhost };

/** MX with two routing engines. */
export const mx: Driver = {
  name: "mx",
  handles: ({ family, controlPlanes }, { routingEngines }) =>
    family === FAMILY && controlPlanes !== undefined && routingEngines !== "Parallel",
  procedure: { name: "mx/v1", steps: stepsOfTwoEngines(preflightStep(checkTwoEngines(RULES))) },
  supports,
  readLoads,
  planDrain,
  discover: (device, connect, clock) => discoverRouter(device, connect, { clock, isVmhost }),
};

/** MX with two routing engines that a campaign wants upgraded at the same time, while the router is drained. */
export const mxParallel: Driver = {
  name: "mx-parallel",
  handles: ({ family, controlPlanes }, { routingEngines }) =>
    family === FAMILY && controlPlanes !== undefined && routingEngines === "Parallel",
  procedure: {
    name: "mx-parallel/v1",
    steps: stepsOfBothEngines(preflightStep(checkTwoEngines(RULES))),
  },
  supports,
  readLoads,
  planDrain,
  discover: (device, connect, clock) => discoverRouter(device, connect, { clock, isVmhost }),
};

/** MX with one routing engine. */
export const mxSingle: Driver = {
  name: "mx-single",
  handles: ({ family, controlPlanes }) => family === FAMILY && controlPlanes === undefined,
  procedure: { name: "mx-single/v1", steps: stepsOfOneEngine(preflightStep(checkOneEngine(RULES))) },
  supports,
  readLoads,
  planDrain,
  discover: (device, connect, clock) => discoverRouter(device, connect, { clock, isVmhost }),
};

function supports(
  device: FabricDevice,
  { spec }: DeviceImage,
  { said = null, allowUntestedModels = false }: SupportOptions = {},
): Explained | null {
  const model = modelOf(device, said);
  const unfit = againstVendor(spec);
  if (unfit !== null) return unfit;
  if (!/^v?mx/i.test(model)) return explain("UnsupportedModel", `${model} is not an MX`);
  if (!modelMatches(TESTED_MODELS, model) && !allowUntestedModels) {
    return explain("ModelUntested", `${model} is none of ${TESTED_MODELS.join(", ")}`);
  }
  const mismatch = againstPackage({ ...device, model }, spec.deviceImageName);
  if (mismatch !== null) return mismatch;
  const tooOld = [spec.osVersion, ...releasesOf(said)]
    .map((release, index) => againstRelease(RULES, release, index === 0 ? "the image" : device.name))
    .find((against) => against !== null);
  if (tooOld !== undefined) return tooOld;
  // The older chassis may have VM hosts or not, and tell when they are read.
  for (const engine of said?.controlPlanes ?? []) {
    const against = againstKind(
      isForVmhosts(spec.deviceImageName),
      engine.vmhost,
      `${device.name} ${engine.name}`,
    );
    if (against !== null) return against;
  }
  return null;
}

function releasesOf(said: DeviceDiscovery | null): readonly string[] {
  const all = [said?.release, ...(said?.controlPlanes ?? []).map(({ release }) => release)];
  return all.filter((release) => typeof release === "string");
}
