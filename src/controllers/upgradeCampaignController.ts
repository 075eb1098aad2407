/**
 * Runs a campaign: makes its plan, keeps the approval, and tells each device's upgrade what it may do. The
 * judgement is the engine's; this only reads objects and writes what was decided.
 */
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import { ANNOTATIONS, LABELS, LANDING_FINALIZER } from "../api/names.ts";
import { explain, type Explained } from "../api/reasons.ts";
import type { Instant } from "../api/time.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { isTrue } from "../api/conditions.ts";
import { decideCampaign } from "../engine/decideCampaign.ts";
import { secondsToWindowChange } from "../engine/outsideWindow.ts";
import type { CampaignDecision, CampaignStatus, CampaignWorld, StoredPlan } from "../engine/campaignWorld.ts";
import { healthCheckProblems } from "../health/settings.ts";
import type { ObjectKey } from "../store/store.ts";
import type { ControllerContext } from "./controllerContext.ts";
import { leadPass } from "./fence.ts";
import { isSameJson } from "./sameJson.ts";
import { deleteDeviceUpgrades, releaseCampaign, tellDevices } from "./deviceUpgrades.ts";
import { hasFinalizer, isBeingDeleted } from "./finalizers.ts";
import { planInputs, planLive, PlanRefused } from "./planning.ts";
import { rememberStepTimes } from "./stepTimes.ts";
import { windowsOf } from "./windows.ts";
import { PlanChanged, savePlan, type PlanRecord } from "./planStore.ts";
import { idOf } from "./triggers.ts";
import { inTurns } from "./turns.ts";

/** Model time after which a campaign that could not be planned is looked at again. */
const RETRY_SECONDS = 60;

/** Model time for which counts alone are not written again: in a large batch some device moves all the time. */
const COUNTS_SECONDS = 60;

export interface UpgradeCampaignController {
  /** Returns the model time in seconds after which to be called again. */
  reconcile(key: ObjectKey): Promise<number | undefined>;
}

export function upgradeCampaignController(context: ControllerContext): UpgradeCampaignController {
  const memory: Memory = { lastWritten: new Map(), inTurn: inTurns() };
  return { reconcile: (key) => reconcile(context, { key, memory }) };
}

interface Memory {
  readonly lastWritten: LastWritten;
  /** Whose turn it is on a fabric is found out, and written, by one campaign after another. */
  readonly inTurn: ReturnType<typeof inTurns>;
}

/** When the status of each campaign was last written by this process. */
type LastWritten = Map<string, Instant>;

async function reconcile(
  controller: ControllerContext,
  { key, memory }: { key: ObjectKey; memory: Memory },
): Promise<number | undefined> {
  const told = controller.store.cached("UpgradeCampaign").get(key);
  if (told === undefined) return undefined;
  // It cannot change. Those that stand by ask the API for nothing.
  const fabricKey = { namespace: key.namespace, name: told.spec.fabricRef.name };
  controller.leadership.campaignFor(fabricKey);
  const led = leadPass(controller, fabricKey);
  if (led === undefined) return undefined;
  const found = await controller.store.get("UpgradeCampaign", key);
  if (found?.spec.fabricRef.name !== fabricKey.name) return undefined;

  const { context } = led;
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => memory.inTurn(idOf(fabricKey), work);
  const inputs = await readInputs(context, found);
  const known = await readWorld(context, found, inputs);
  if (isBeingDeleted(found)) {
    return remove(context, { world: known, decision: decideCampaign(known, context.clock.now()) });
  }
  const { world, decision, waits, campaign } = await inTurn(async () => {
    const now = await inLine(context, known);
    const decided = decideCampaign(now, context.clock.now());
    if (decided.makePlan) return { world: now, decision: decided, waits: false, campaign: found };
    return {
      world: now,
      decision: decided,
      ...(await writeNews(context, { found, world: now, decision: decided, memory })),
    };
  });
  if (decision.makePlan && inputs.fabric !== undefined) {
    return planAnew(context, { world, decision, fabric: inputs.fabric, images: inputs.images, inTurn });
  }
  if (inputs.fabric !== undefined) {
    const { fabric, images } = inputs;
    await tellDevices(context, { campaign, fabric, images, world, wishes: decision.children });
  }
  // Read before this pass gave orders: a campaign that has just begun has no children yet, and wishes for some.
  const isLeft =
    decision.children.length > 0 || world.children.some((each) => hasFinalizer(each, LANDING_FINALIZER));
  if (!isLeft) await releaseCampaign(context, campaign);
  const change = secondsToWindowChange(world, context.clock.now());
  if (waits && !isSameJson(decision.status, found.status))
    return Math.min(COUNTS_SECONDS, change ?? Infinity);
  return decision.status.phase === "Blocked" ? RETRY_SECONDS : change;
}

/** Writes the status, unless counts alone have changed a moment after the last write. */
async function writeNews(
  context: ControllerContext,
  {
    found,
    world,
    decision,
    memory,
  }: { found: UpgradeCampaign; world: CampaignWorld; decision: CampaignDecision; memory: Memory },
): Promise<{ waits: boolean; campaign: UpgradeCampaign }> {
  const { lastWritten } = memory;
  const hasJustEnded = decision.status.finishedAt !== undefined && found.status?.finishedAt === undefined;
  // Before the end is written: whoever takes over in between does it again, and it counts once.
  if (hasJustEnded) await rememberStepTimes(context, found, world.children);
  const writtenAt = lastWritten.get(found.metadata.uid);
  const isRecent = writtenAt !== undefined && context.clock.now() - writtenAt < COUNTS_SECONDS * 1000;
  const waits = isRecent && isSameButForCounts(found, decision);
  const campaign = waits ? found : await writeStatus(context, found, decision);
  if (campaign !== found) lastWritten.set(found.metadata.uid, context.clock.now());
  return { waits, campaign };
}

function isSameButForCounts({ status }: UpgradeCampaign, decision: CampaignDecision): boolean {
  return isSameJson(withoutCounts(status ?? {}), withoutCounts(decision.status));
}

/** How many devices are done stands in `progress`, too. */
function withoutCounts({ counts: _counts, current: _current, ...status }: CampaignStatus): unknown {
  return status;
}

/** A campaign that is deleted goes when its last device has landed; its upgrades go before it, one by one. */
async function remove(
  context: ControllerContext,
  { world, decision }: { world: CampaignWorld; decision: CampaignDecision },
): Promise<undefined> {
  const { namespace, name, uid } = world.campaign.metadata;
  const labels = { [LABELS.campaign]: name };
  // Not what the cache has: one that was just made would be left behind.
  const children = (await context.store.list("DeviceUpgrade", namespace, { labels })).filter(
    ({ spec }) => spec.campaignRef.uid === uid,
  );
  await deleteDeviceUpgrades(context, children);
  if (children.length === 0) await releaseCampaign(context, world.campaign);
  else await writeStatus(context, world.campaign, decision);
}

/** Reading the devices takes a while: whoever writes to the campaign meanwhile makes this plan void (`Conflict`). */
async function planAnew(
  context: ControllerContext,
  {
    world,
    decision,
    fabric,
    images,
    inTurn,
  }: {
    world: CampaignWorld;
    decision: CampaignDecision;
    fabric: Fabric;
    images: readonly DeviceImage[];
    inTurn: (work: () => Promise<unknown>) => Promise<unknown>;
  },
): Promise<number> {
  // A plan that was refused is tried again in silence: its status would only flap.
  const isRetry = world.campaign.status?.phase === "Blocked";
  const campaign = isRetry ? world.campaign : await writeStatus(context, world.campaign, decision);
  const made = await makePlan(context, campaign, { fabric, images });
  await inTurn(async () => {
    const now = await inLine(context, { ...world, ...made, campaign });
    await writeStatus(context, campaign, decideCampaign(now, context.clock.now()));
  });
  const hash = made.stored?.hash;
  context.log.info({
    object: campaign.metadata.name,
    action: "Plan",
    code: hash === undefined ? (made.obstacle?.reason ?? "Planning") : "Planned",
    message: hash === undefined ? (made.obstacle?.message ?? "") : `plan ${hash}`,
  });
  return made.obstacle === undefined ? 0 : RETRY_SECONDS;
}

interface Inputs {
  readonly fabric: Fabric | undefined;
  readonly images: readonly DeviceImage[];
  readonly obstacle?: Explained;
}

async function readInputs(
  { store }: ControllerContext,
  { metadata, spec }: UpgradeCampaign,
): Promise<Inputs> {
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
  for (const { imageRef } of spec.imageAssignments) {
    const image = await store.get("DeviceImage", { namespace, name: imageRef.name });
    if (image === undefined)
      obstacle ??= explain("ImageNotFound", `DeviceImage ${imageRef.name} does not exist`);
    else {
      images.push(image);
      if (
        !isTrue(image.status?.conditions, "Verified") ||
        image.status?.observedGeneration !== image.metadata.generation
      ) {
        const said =
          image.status?.conditions?.find(({ type }) => type === "Verified")?.message ?? "not looked at yet";
        obstacle ??= explain("ImageNotReady", `DeviceImage ${imageRef.name}: ${said}`);
      }
    }
  }
  return { fabric, images, ...(obstacle === undefined ? {} : { obstacle }) };
}

async function readWorld(
  { store, readings, clock }: ControllerContext,
  campaign: UpgradeCampaign,
  { fabric, images, ...inputs }: Inputs,
): Promise<CampaignWorld> {
  const { record, changed } = await readPlan(readings, campaign);
  // As far as they are known: what was not seen yet of a device only lets the campaign wait a moment longer.
  const children = store
    .cached("DeviceUpgrade")
    .list(campaign.metadata.namespace, { labels: { [LABELS.campaign]: campaign.metadata.name } });
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
    children: children.filter(({ spec }) => spec.campaignRef.uid === campaign.metadata.uid),
    fabricRead: fabric?.status?.discoveredAt !== undefined,
    ...(obstacle === undefined ? {} : { obstacle }),
    ...(stored === undefined ? {} : { stored }),
    ...(hold === undefined ? {} : { hold }),
    ...(windows === null ? {} : { window: windows.next(now) }),
  };
}

/** The world with the campaign that goes first on the same fabric, if there is one. To be called in turn. */
async function inLine({ store }: ControllerContext, world: CampaignWorld): Promise<CampaignWorld> {
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

function storedPlan(
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

async function makePlan(
  context: ControllerContext,
  campaign: UpgradeCampaign,
  { fabric, images }: { fabric: Fabric; images: readonly DeviceImage[] },
): Promise<Pick<CampaignWorld, "stored" | "obstacle">> {
  try {
    const record = await planLive(context, { fabric, campaign, images });
    const name = await context.door.run(`UpgradeCampaign/${campaign.metadata.name}`, "SavePlan", () =>
      savePlan(context.store, campaign, record),
    );
    const stored = storedPlan(record, name, false);
    return stored === undefined ? {} : { stored };
  } catch (error) {
    if (error instanceof PlanRefused) return { obstacle: error.explained };
    throw error;
  }
}

/** Writes the status unless it is there already. Returns the campaign as written. */
async function writeStatus(
  { store, door, news }: ControllerContext,
  campaign: UpgradeCampaign,
  { status }: CampaignDecision,
): Promise<UpgradeCampaign> {
  if (isSameJson(status, campaign.status)) return campaign;
  const saved = await door.run(`UpgradeCampaign/${campaign.metadata.name}`, "WriteStatus", () =>
    store.replaceStatus("UpgradeCampaign", { ...campaign, status }),
  );
  news.campaign(campaign, saved);
  return saved;
}
