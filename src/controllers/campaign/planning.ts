/** Making plans: from the objects alone, or from what the devices say right now. The same for controller and CLI. */
import { createHash } from "node:crypto";
import type { PortLoad } from "../../api/discovery.ts";
import type { DeviceImage } from "../../api/deviceImage.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { explain, type Explained } from "../../api/reasons.ts";
import { parseDurationSeconds, type Instant } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { Plan } from "../../api/plan.ts";
import type { Driver, FabricDevice } from "../../drivers/driver.ts";
import { effortOf, estimateUpgrade, NO_EFFORT, NO_ESTIMATE, type Estimate } from "../../drivers/estimate.ts";
import { driverOf } from "../../drivers/registry.ts";
import { canonicalJson } from "../../planner/hash.ts";
import { makePlan, type PlanResult } from "../../planner/plan.ts";
import { PlanningError, type PlanningProblem } from "../../planner/planningError.ts";
import { namesElsewhere } from "../../planner/topology/elsewhere.ts";
import { selects } from "../../planner/selector.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { readFabric } from "../fabric/fabricController.ts";
import { windowsOf } from "./windows.ts";
import { askDevices } from "./askDevices.ts";
import { withDrains } from "./plannedDrains.ts";
import { outElsewhere, writtenOut } from "../fabric/elsewhere.ts";
import { discoverDevice } from "../fabric/proof.ts";
import type { PlanRecord } from "./planStore.ts";
import type { Discoveries } from "../fabric/topologyStore.ts";

/** What is wrong with an input may be a long list; a condition has room for the beginning of it. */
const MESSAGE_LENGTH = 2048;

export interface PlanObjects {
  readonly fabric: Fabric;
  readonly campaign: UpgradeCampaign;
  readonly images: readonly DeviceImage[];
  /** Other fabrics that its groups name. */
  readonly others?: readonly Fabric[];
}

/** The objects cannot be planned; nothing was touched. */
export class PlanRefused extends Error {
  override readonly name = "PlanRefused";
  readonly explained: Explained;
  /** Everything that is wrong, each with its field in front. */
  readonly problems: readonly Explained[];

  constructor(
    explained: Explained,
    { problems, ...options }: ErrorOptions & { problems: readonly Explained[] },
  ) {
    super(explained.message, options);
    this.explained = explained;
    this.problems = problems;
  }
}

/** Plans with what the devices said; `discovery` null plans from the objects alone. Throws `PlanRefused`. */
export function planWith(
  { fabric, campaign, images, others = [] }: PlanObjects,
  {
    discovery,
    drivers,
    now,
    loads,
    silentElsewhere = [],
  }: {
    discovery: Discoveries | null;
    drivers: readonly Driver[];
    now: Instant;
    loads?: Readonly<Record<string, readonly PortLoad[]>>;
    /** Devices of other fabrics that do not answer. */
    silentElsewhere?: readonly string[];
  },
): PlanResult {
  const problems: PlanningProblem[] = [];
  const windows = windowsOf(campaign, now, (problem) => problems.push(problem));
  const soakSeconds = parseDurationSeconds(campaign.spec.strategy.soak);
  const { allowUntestedModels = false, acceptNonHitless = [] } = campaign.spec.strategy;
  const stepTimes = fabric.status?.stepTimes ?? [];
  const estimate = (device: FabricDevice): Estimate => {
    const driver = driverOf(drivers, device, campaign.spec.strategy);
    return driver === undefined ? NO_ESTIMATE : estimateUpgrade(driver, device, { soakSeconds, stepTimes });
  };
  try {
    const result = makePlan({
      fabric,
      campaign,
      images,
      discovery,
      outOfService: [...new Set([...writtenOut(fabric, others), ...silentElsewhere])],
      estimateSeconds: (device) => estimate(device).seconds,
      estimatedBy: (device) => estimate(device).source,
      effort: (device) => {
        const driver = driverOf(drivers, device, campaign.spec.strategy);
        return driver === undefined ? NO_EFFORT : effortOf(driver, device, { stepTimes });
      },
      supports: (device, image, said) => {
        const driver = driverOf(drivers, device, campaign.spec.strategy);
        return driver === undefined
          ? explain("UnsupportedFamily", `no driver for ${device.model} of the family ${device.family}`)
          : driver.supports(device, image, {
              said,
              allowUntestedModels,
              acceptsLoss: acceptNonHitless.some((each) => each.device === device.name),
            });
      },
      ...(windows === null ? {} : { windows: { from: now, ...windows } }),
      ...(loads === undefined ? {} : { loads }),
      problems,
      sha256,
    });
    return { ...result, blockers: [...result.blockers, ...whyNothing(result.plan)] };
  } catch (error) {
    if (!(error instanceof PlanningError)) throw error;
    const told = error.problems.map(({ reason, field, message }) => explain(reason, `${field}: ${message}`));
    const message = told.map((problem) => problem.message).join("; ");
    throw new PlanRefused(explain(error.reason, message.slice(0, MESSAGE_LENGTH)), {
      cause: error,
      problems: told,
    });
  }
}

function sha256(texts: Iterable<string>): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text);
  return hash.digest("hex");
}

/** A plan for no device at all is no success, unless all of them run their image. */
function whyNothing({ devices, skipped }: Plan): PlanResult["blockers"] {
  if (Object.keys(devices).length > 0) return [];
  return skipped.filter(({ reason }) => reason !== "SameVersion");
}

/**
 * Reads the devices, then plans. Changes nothing on them. `onDevice` is told of each that has answered, or has not. Throws
 * `PlanRefused`.
 */
export async function planLive(
  context: Pick<ControllerContext, "pool" | "drivers" | "clock">,
  objects: PlanObjects,
  onDevice?: (device: string) => void,
): Promise<PlanRecord & { readonly result: PlanResult }> {
  // What is wrong with the objects alone is wrong whatever the devices say: they are not bothered for it.
  planWith(objects, { discovery: null, drivers: context.drivers, now: context.clock.now() });
  const { discoveries, problems } = await readFabric(context, objects.fabric, onDevice);
  const { strategy } = objects.campaign.spec;
  const planned = planWith(objects, {
    discovery: discoveries,
    drivers: context.drivers,
    now: context.clock.now(),
    loads: await askDevices(context, objects.fabric, {
      asks: (device) => Object.hasOwn(discoveries, device),
      way: strategy,
      of: ({ readLoads }) => readLoads,
    }),
    silentElsewhere: await outElsewhere(
      namesElsewhere(objects.fabric.spec),
      objects.others ?? [],
      (fabric, device) => discoverDevice(context, fabric, device),
    ),
  });
  const drains = await askDevices(context, objects.fabric, {
    asks: (device) => Object.hasOwn(discoveries, device) && Object.hasOwn(planned.plan.devices, device),
    way: strategy,
    of: ({ planDrain }) =>
      planDrain === undefined ? undefined : (connect) => planDrain(connect, strategy.drain?.technique),
  });
  const result = { ...planned, plan: withDrains(planned.plan, drains) };
  const inputs = planInputs(objects.fabric, objects.campaign, objects.images);
  // A device that was not read is explained by what went wrong with it.
  const blockers = result.blockers.map((blocker) => {
    const problem = problems.find(({ device }) => device === blocker.device);
    return blocker.reason === "Unreachable" && problem !== undefined
      ? { ...blocker, message: problem.message }
      : blocker;
  });
  return { plan: result.plan, blockers, inputs, result };
}

/** The parts of the objects that a plan is made of, as text that is equal for equal parts. */
export function planInputs(
  fabric: Fabric,
  { spec }: UpgradeCampaign,
  images: readonly DeviceImage[],
): string {
  const { devices, links, multihoming, redundancyGroups, protectedEndpoints } = fabric.spec;
  return canonicalJson({
    fabric: {
      devices: devices.map(({ name, model, family, role, overlayRoles, labels }) => ({
        name,
        model,
        family,
        role,
        overlayRoles,
        labels,
      })),
      links,
      multihoming,
      redundancyGroups,
      protectedEndpoints,
    },
    campaign: {
      maintenanceWindows: spec.maintenanceWindows,
      imageAssignments: spec.imageAssignments,
      strategy: spec.strategy,
    },
    images: images.map((image) => ({ name: image.metadata.name, spec: image.spec })),
  });
}

/** The image that a campaign assigns to a device. */
export function assignedImage(
  campaign: UpgradeCampaign,
  images: readonly DeviceImage[],
  device: FabricDevice,
): DeviceImage | undefined {
  const assignment = campaign.spec.imageAssignments.find(({ selector }) => selects(selector, device));
  return images.find(({ metadata }) => metadata.name === assignment?.imageRef.name);
}
