/** What a campaign is decided from: the objects it names, its plan, its devices, and who goes before it on the fabric. */
import type { DeviceImage } from "../../api/deviceImage.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { ANNOTATIONS, LABELS } from "../../api/names.ts";
import { explain, type Explained } from "../../api/reasons.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { isTrue } from "../../api/conditions.ts";
import type { CampaignWorld, StoredPlan } from "../../engine/campaignWorld.ts";
import { isPassed } from "../../engine/stopovers.ts";
import { healthCheckProblems } from "../../health/settings.ts";
import { imagesNamed } from "../../planner/imagePath.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { fabricsElsewhere } from "../fabric/elsewhere.ts";
import { isBeingDeleted } from "../finalizers.ts";
import { planInputs } from "./planning.ts";
import { windowsOf } from "./windows.ts";
import { PlanChanged, type PlanRecord } from "./planStore.ts";

/** What a campaign names, as it is now. */
export interface Inputs {
  readonly fabric: Fabric | undefined;
  readonly images: readonly DeviceImage[];
  /** Other fabrics that its redundancy groups name. */
  readonly others?: readonly Fabric[];
  readonly obstacle?: Explained;
}

/** Reads what the campaign names; what is missing or not ready is an obstacle. */
export async function readInputs({ store }: ControllerContext, campaign: UpgradeCampaign): Promise<Inputs> {
  const { metadata, spec } = campaign;
  const { namespace } = metadata;
  const fabric = await store.get("Fabric", { namespace, name: spec.fabricRef.name });
  const images: DeviceImage[] = [];
  let obstacle =
    fabric === undefined
      ? explain("FabricNotFound", `Fabric ${spec.fabricRef.name} does not exist`)
      : undefined;
  if (fabric !== undefined && isBeingDeleted(fabric)) {
    obstacle = explain("Deleted", `Fabric ${spec.fabricRef.name} is being deleted`);
  }
  const [wrong] = healthCheckProblems(spec.healthChecks);
  if (wrong !== undefined) obstacle ??= explain("HealthChecksInvalid", `${wrong.field}: ${wrong.message}`);
  for (const name of imagesNamed(campaign)) {
    const image = await store.get("DeviceImage", { namespace, name });
    if (image === undefined) obstacle ??= explain("ImageNotFound", `DeviceImage ${name} does not exist`);
    else {
      images.push(image);
      if (
        !isTrue(image.status?.conditions, "Verified") ||
        image.status?.observedGeneration !== image.metadata.generation
      ) {
        const said =
          image.status?.conditions?.find(({ type }) => type === "Verified")?.message ?? "not looked at yet";
        obstacle ??= explain("ImageNotReady", `DeviceImage ${name}: ${said}`);
      }
    }
  }
  const others = fabric === undefined ? [] : await fabricsElsewhere(store, fabric);
  return { fabric, images, others, ...(obstacle === undefined ? {} : { obstacle }) };
}

/** All that the engine decides a campaign from, but for its place in the line. */
export async function readCampaignWorld(
  { store, readings, clock }: ControllerContext,
  campaign: UpgradeCampaign,
  { fabric, images, ...inputs }: Inputs,
): Promise<CampaignWorld> {
  const { record, changed } = await readPlan(readings, campaign);
  // As far as they are known: what was not seen yet of a device only lets the campaign wait a moment longer.
  const children = store
    .cached("DeviceUpgrade")
    .list(campaign.metadata.namespace, { labels: { [LABELS.campaign]: campaign.metadata.name } });
  const own = children.filter(({ spec }) => spec.campaignRef.uid === campaign.metadata.uid);
  const hold =
    campaign.metadata.annotations?.[ANNOTATIONS.hold] ?? fabric?.metadata.annotations?.[ANNOTATIONS.hold];
  const inputsNow = fabric === undefined ? undefined : planInputs(fabric, campaign, images);
  const obstacle = changed ?? inputs.obstacle;
  const now = clock.now();
  // Whoever writes windows that cannot be read gets a plan that says so.
  const windows = windowsOf(campaign, now, () => undefined);
  const stored =
    record === undefined
      ? undefined
      : storedPlan(record, campaign.status?.plan?.configMapRef.name ?? "", record.inputs !== inputsNow);
  return {
    campaign,
    deleted: isBeingDeleted(campaign),
    children: own.filter((child) => !isPassed(child)),
    passed: own.filter(isPassed),
    fabricRead: fabric?.status?.discoveredAt !== undefined,
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(stored === undefined ? {} : { stored }),
    ...(hold === undefined ? {} : { hold }),
    ...(windows === null ? {} : { window: windows.next(now) }),
  };
}

/** The world with the campaign that goes first on the same fabric, if there is one. To be called in turn. */
export async function inLine({ store }: ControllerContext, world: CampaignWorld): Promise<CampaignWorld> {
  const { otherCampaign: _known, ...rest } = world;
  const otherCampaign = await campaignInFront(store, world.campaign);
  return { ...rest, ...(otherCampaign === undefined ? {} : { otherCampaign }) };
}

/** The stored plan; one that somebody has changed stands in the way. */
async function readPlan(
  readings: ControllerContext["readings"],
  campaign: UpgradeCampaign,
): Promise<{ record?: PlanRecord | undefined; changed?: Explained }> {
  try {
    return { record: await readings.planOf(campaign) };
  } catch (error) {
    if (error instanceof PlanChanged) return { changed: error.explained };
    throw error;
  }
}

/** A plan as the engine takes it; undefined for one that cannot be approved. */
export function storedPlan(
  { plan, blockers }: PlanRecord,
  configMapName: string,
  outdated: boolean,
): StoredPlan | undefined {
  return plan.hash === null ? undefined : { hash: plan.hash, plan, blockers, configMapName, outdated };
}

/**
 * Campaigns on one fabric run one after another: one that has begun before all others, then in the order of their
 * approvals. Each has to find out, and to write that it begins, in its turn.
 */
async function campaignInFront(
  store: ControllerContext["store"],
  mine: UpgradeCampaign,
): Promise<string | undefined> {
  const rank = ({ status, metadata }: UpgradeCampaign): string =>
    `${status?.startedAt === undefined ? "1" : "0"}/${status?.approved?.at ?? "9"}/${metadata.name}`;
  const { namespace } = mine.metadata;
  // One that has begun is not overtaken any more; until then, what others have written is asked of the server.
  const others =
    mine.status?.startedAt === undefined
      ? await store.list("UpgradeCampaign", namespace)
      : store.cached("UpgradeCampaign").list(namespace);
  return others
    .filter(
      (other) =>
        other.metadata.uid !== mine.metadata.uid &&
        other.spec.fabricRef.name === mine.spec.fabricRef.name &&
        other.status?.approved !== undefined &&
        other.status.finishedAt === undefined &&
        rank(other) < rank(mine),
    )
    .map(({ metadata }) => metadata.name)
    .toSorted()[0];
}
