/**
 * Runs a campaign: makes its plan, keeps the approval, and tells each device's upgrade what it may do. The
 * judgement is the engine's; this only reads objects and writes what was decided.
 */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { LABELS, LANDING_FINALIZER } from "../../api/names.ts";
import type { Instant } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { decideCampaign } from "../../engine/decideCampaign.ts";
import { secondsToWindowChange } from "../../engine/outsideWindow.ts";
import type { CampaignDecision, CampaignStatus, CampaignWorld } from "../../engine/campaignWorld.ts";
import type { ObjectKey } from "../../store/store.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { leadPass } from "../leadership/fence.ts";
import { isSameJson } from "../sameJson.ts";
import { deleteDeviceUpgrades, releaseCampaign, tellDevices } from "./deviceUpgrades.ts";
import { hasFinalizer, isBeingDeleted } from "../finalizers.ts";
import { planLive, PlanRefused, type PlanObjects } from "./planning.ts";
import { askProbes } from "../probes/probes.ts";
import { rememberStepTimes } from "../fabric/stepTimes.ts";
import { savePlan, type PlanRecord } from "./planStore.ts";
import { idOf } from "../work/triggers.ts";
import { inTurns } from "../work/turns.ts";
import { inLine, readCampaignWorld, readInputs, storedPlan } from "./campaignWorldReader.ts";

/** Model time after which a campaign that could not be planned is looked at again. */
const RETRY_SECONDS = 60;

/** Model time after which a probe that runs is looked at again. */
const PROBE_SECONDS = 10;

/** Model time for which counts alone are not written again: in a large batch some device moves all the time. */
const COUNTS_SECONDS = 60;

/** Percent by which a campaign has to move for that alone to be written. */
const PERCENT_STEP = 10;

export interface UpgradeCampaignController {
  /** Returns the model time in seconds after which to be called again. */
  reconcile(key: ObjectKey, signal: AbortSignal): Promise<number | undefined>;
}

export function upgradeCampaignController(context: ControllerContext): UpgradeCampaignController {
  const memory: Memory = { lastWritten: new Map(), plannedOn: new Map(), inTurn: inTurns() };
  return { reconcile: (key, signal) => reconcile(context, { key, memory, signal }) };
}

interface Memory {
  readonly lastWritten: LastWritten;
  /** By campaign, the reading of its Fabric when this process last made its plan. */
  readonly plannedOn: Map<string, string | undefined>;
  /** Whose turn it is on a fabric is found out, and written, by one campaign after another. */
  readonly inTurn: ReturnType<typeof inTurns>;
}

/** When the status of each campaign was last written by this process. */
type LastWritten = Map<string, Instant>;

async function reconcile(
  controller: ControllerContext,
  { key, memory, signal }: { key: ObjectKey; memory: Memory; signal: AbortSignal },
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
  const known = await readCampaignWorld(context, found, inputs);
  if (isBeingDeleted(found)) {
    return remove(context, { world: known, decision: decideCampaign(known, context.clock.now()) });
  }
  const probed = await askWhatIsDue(context, known, signal);
  const { world, decision, waits, campaign } = await inTurn(async () => {
    const now = await inLine(context, probed);
    const decided = decideCampaign(now, context.clock.now());
    if (decided.makePlan || isWorthAnotherPlan(now, { fabric: inputs.fabric, memory })) {
      return { world: now, decision: { ...decided, makePlan: true }, waits: false, campaign: found };
    }
    return {
      world: now,
      decision: decided,
      ...(await writeNews(context, { found, world: now, decision: decided, memory })),
    };
  });
  if (decision.makePlan && inputs.fabric !== undefined) {
    const { fabric, images, others = [] } = inputs;
    memory.plannedOn.set(found.metadata.uid, fabric.status?.discoveredAt);
    return planAnew(context, { world, decision, objects: { fabric, images, others }, inTurn });
  }
  if (inputs.fabric !== undefined) {
    const { fabric, images } = inputs;
    await tellDevices(context, { campaign, fabric, images, world, wishes: decision.children });
  }
  // Read before this pass gave orders: a campaign that has just begun has no children yet, and wishes for some.
  const isLeft =
    decision.children.length > 0 || allOf(world).some((each) => hasFinalizer(each, LANDING_FINALIZER));
  if (!isLeft) await releaseCampaign(context, campaign);
  const change = secondsToWindowChange(world, context.clock.now());
  if (decision.ask !== undefined) return secondsToNextProbe(decision);
  if (waits && !isSameJson(decision.status, found.status))
    return Math.min(COUNTS_SECONDS, change ?? Infinity);
  return decision.status.phase === "Blocked" ? RETRY_SECONDS : change;
}

/**
 * What blocks a plan that nobody has approved may be mended on the devices: a link, an overload that somebody has taken
 * back. The plan is made again once the Fabric has been read again.
 */
function isWorthAnotherPlan(
  { campaign: { metadata, spec, status }, stored, children, hold, otherCampaign, obstacle }: CampaignWorld,
  { fabric, memory }: { fabric: Fabric | undefined; memory: Memory },
): boolean {
  const isBlocked = status?.phase === "Blocked" && status.approved === undefined;
  if (!isBlocked || stored === undefined || stored.blockers.length === 0) return false;
  if (spec.mode !== "Upgrade" || spec.paused || children.length > 0) return false;
  if (hold !== undefined || otherCampaign !== undefined || obstacle !== undefined) return false;
  return fabric !== undefined && memory.plannedOn.get(metadata.uid) !== fabric.status?.discoveredAt;
}

function allOf({ children, passed = [] }: CampaignWorld): readonly DeviceUpgrade[] {
  return [...passed, ...children];
}

/** The world with what its probes answer, where some are due. */
async function askWhatIsDue(
  context: ControllerContext,
  world: CampaignWorld,
  signal: AbortSignal,
): Promise<CampaignWorld> {
  const { campaign } = world;
  if ((campaign.spec.healthChecks.probes ?? []).length === 0) return world;
  const { ask } = decideCampaign(await inLine(context, world), context.clock.now());
  return ask === undefined
    ? world
    : { ...world, probed: await askProbes(context, { campaign, occasions: ask }, signal) };
}

/** What has failed may be mended; what runs is waited for. */
function secondsToNextProbe({ status }: CampaignDecision): number {
  return status.phase === "Running" ? PROBE_SECONDS : RETRY_SECONDS;
}

/** Writes the status, unless counts alone have changed a moment after the last write, or hardly anything has. */
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
  if (hasJustEnded) await rememberStepTimes(context, found, allOf(world));
  const writtenAt = lastWritten.get(found.metadata.uid);
  const isRecent = writtenAt !== undefined && context.clock.now() - writtenAt < COUNTS_SECONDS * 1000;
  const waits = (isRecent && isSameButForCounts(found, decision)) || hasHardlyMoved(found, decision);
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

function hasHardlyMoved({ status }: UpgradeCampaign, decision: CampaignDecision): boolean {
  const [was, is] = [status?.counts, decision.status.counts];
  if (was === undefined || is === undefined || Math.abs(is.percent - was.percent) >= PERCENT_STEP)
    return false;
  return isSameJson({ ...status, counts: { ...was, percent: is.percent } }, decision.status);
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
    objects,
    inTurn,
  }: {
    world: CampaignWorld;
    decision: CampaignDecision;
    objects: Omit<PlanObjects, "campaign">;
    inTurn: (work: () => Promise<unknown>) => Promise<unknown>;
  },
): Promise<number> {
  // A plan that was refused is tried again in silence: its status would only flap.
  const isRetry = world.campaign.status?.phase === "Blocked";
  const campaign = isRetry ? world.campaign : await writeStatus(context, world.campaign, decision);
  const made = await makePlan(context, campaign, { objects, known: world.stored });
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

async function makePlan(
  context: ControllerContext,
  campaign: UpgradeCampaign,
  { objects, known }: { objects: Omit<PlanObjects, "campaign">; known: CampaignWorld["stored"] },
): Promise<Pick<CampaignWorld, "stored" | "obstacle">> {
  try {
    const record = await planLive(context, { ...objects, campaign });
    // Words about loads differ each time; the plan, and what stands in its way, does not.
    if (known?.outdated === false && known.hash === record.plan.hash && isBlockedAlike(known, record)) {
      return { stored: known };
    }
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

function isBlockedAlike(
  { blockers }: Pick<PlanRecord, "blockers">,
  other: Pick<PlanRecord, "blockers">,
): boolean {
  const keys = (all: PlanRecord["blockers"]): readonly string[] =>
    all.map(({ device, reason, message }) => `${device} ${reason === "CapacityShort" ? reason : message}`);
  return isSameJson(keys(blockers), keys(other.blockers));
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
