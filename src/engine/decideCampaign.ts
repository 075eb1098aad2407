/**
 * What a campaign is and what its devices shall be told. Pure, and level-triggered: the whole answer is derived
 * at every pass from the objects as they are. Batches run strictly one after another; when anything is wrong,
 * nothing new starts and what runs is brought to a safe place.
 */
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import { ANNOTATIONS } from "../api/names.ts";
import { explain, type Explained, type Reason } from "../api/reasons.ts";
import type { Instant } from "../api/time.ts";
import { approvalOf, blocked, type Approval } from "./approval.ts";
import { statusOf, statusWhenOver } from "./campaignStatus.ts";
import { hasEnded, isUnderWay, progressOf, type CampaignProgress } from "./campaignProgress.ts";
import type { CampaignDecision, CampaignWorld, ChildWish, Judged, StoredPlan } from "./campaignWorld.ts";
import type { Desired } from "./deviceWorld.ts";
import { NAMED_DEVICES, namedDevices } from "./namedDevices.ts";
import { mayBegin, outsideWindow } from "./outsideWindow.ts";
import { judgeProbes, occasionsOf } from "./probes.ts";
import { nextHop, passedImages } from "./stopovers.ts";
import { judgeTestRun, testOf } from "./testRun.ts";

/** What the campaign is told, and told to do, in this pass; `now` is model time. */
export function decideCampaign(world: CampaignWorld, now: Instant): CampaignDecision {
  const { campaign, stored, obstacle } = world;
  if (campaign.status?.phase === "Completed" && world.deleted !== true) {
    return { makePlan: false, status: statusWhenOver(campaign, now), children: [] };
  }
  const approval = approvalOf(world, now);
  if (stored === undefined) {
    // As below: the new plan must see where what runs was.
    const isFree = obstacle === undefined && !world.children.some(isUnderWay);
    return {
      makePlan: isFree,
      status: statusOf(world, { judged: judgeWithoutPlan(obstacle, isFree), approval, now }),
      children: world.children.filter((child) => !hasEnded(child)).map(stopWish),
    };
  }
  const behind = passedImages(world.passed ?? []);
  const progress = progressOf(stored.plan, world.children, (device) => behind.get(device)?.length ?? 0);
  const judged = judge(world, { stored, approval, progress, now });
  // A running campaign keeps its plan until what runs has landed: the new plan must see where that was.
  const makePlan = stored.outdated && progress.underWay.length === 0 && obstacle === undefined;
  return {
    makePlan,
    ...(judged.ask === undefined ? {} : { ask: judged.ask }),
    status: statusOf(world, { judged, approval, progress, now }),
    children: approval.given
      ? wishes(world, { stored, judged, progress, now })
      : wishesUnapproved(world, { stored, judged, progress, now }),
  };
}

function judgeWithoutPlan(obstacle: Explained | undefined, isFree: boolean): Judged {
  if (obstacle !== undefined) return { phase: "Blocked", because: obstacle, orders: "Land" };
  if (isFree) return { phase: "Planning", because: explain("Planning"), orders: "Land" };
  const because = explain("PlanStale", "the stored plan is gone; it is made anew once what runs has landed");
  return { phase: "Landing", because, orders: "Land" };
}

/** Without a plan nothing starts, and what runs lands. */
function stopWish(child: DeviceUpgrade): ChildWish {
  const { deviceName: device, batch } = child.spec;
  return { device, batch, desired: isUnderWay(child) ? "Land" : "Hold" };
}

interface Judgement {
  readonly stored: StoredPlan;
  readonly approval: Approval;
  readonly progress: CampaignProgress;
  readonly now: Instant;
}

function judge(world: CampaignWorld, judgement: Judgement): Judged {
  const { stored, progress } = judgement;
  const { counts, currentBatch, underWay } = progress;
  const stop = stopOf(world, judgement);
  const orders = stop === undefined ? "Finish" : "Land";
  if (stop?.orders === "Test" && underWay.length === 0) return { ...stop, orders: "Test" };
  if (progress.unknown.length > 0) {
    return { phase: "Unknown", because: quoted("StateUnknown", progress.unknown, world), orders };
  }
  if (progress.hung.length > 0) {
    return { phase: "Hung", because: quoted("DeadlinePassed", progress.hung, world), orders };
  }
  if (stop !== undefined) {
    const { phase, because } = stop;
    return { because, phase: underWay.length > 0 ? "Landing" : phase, orders: "Land" };
  }
  const ask = occasionsOf(world, stored, progress);
  if (ask.length > 0 && world.probed?.is !== "Passed") {
    return { ...judgeProbes(world.probed), orders: "Finish", ask };
  }
  if (currentBatch === undefined) {
    const { excluded } = progress;
    const left =
      excluded.length === 0 ? "" : `; left out as unhealthy: ${excluded.slice(0, NAMED_DEVICES).join(", ")}`;
    const done = counts.total - excluded.length;
    const ran = done === 1 ? "1 device runs its image" : `${String(done)} devices run their image`;
    const because = explain("Completed", `${ran}${left}`);
    return { phase: "Completed", because, orders: "Go" };
  }
  const [waiting] = progress.blocked;
  if (waiting !== undefined) {
    const message = `${waiting.spec.deviceName}: ${waiting.status?.message ?? ""}`;
    return { phase: "Blocked", because: explain("Blocked", message), orders: "Go" };
  }
  if (progress.soaking) return { phase: "Soaking", because: explain("Soaking"), orders: "Go" };
  const batches = String(stored.plan.batches.length);
  return {
    phase: "Running",
    because: explain("Running", `batch ${String(currentBatch)} of ${batches}`),
    orders: "Go",
  };
}

/** Why nothing may start, and the phase it means once all has landed; undefined when the campaign may run. */
function stopOf(
  world: CampaignWorld,
  { stored, approval, progress, now }: Judgement,
): (Omit<Judged, "orders"> & { readonly orders?: "Test" }) | undefined {
  const { campaign, children, deleted, hold, otherCampaign, obstacle } = world;
  const isOver = approval.given && progress.currentBatch === undefined;
  if (deleted === true) return { phase: "Held", because: whatDeletionWaitsFor(children) };
  if (progress.counts.failed > 0) {
    const devices = progress.failed.map(({ device }) => device);
    return { phase: "Failed", because: named("DeviceFailed", devices) };
  }
  if (isOver) return undefined;
  if (hold !== undefined) {
    return { phase: "Held", because: explain("Held", hold === "" ? undefined : `held: ${hold}`) };
  }
  if (campaign.spec.paused) return { phase: "Paused", because: explain("Paused") };
  if (obstacle !== undefined) return { phase: "Blocked", because: obstacle };
  if (stored.outdated) return { phase: "Stale", because: explain("PlanStale") };
  if (campaign.spec.mode === "Plan") return { phase: "Planned", because: explain("Planned") };
  if (campaign.spec.mode === "TestRun") return { ...judgeTestRun(world, stored), orders: "Test" };
  if (!approval.given) {
    if (stored.blockers.length > 0) return { phase: "Blocked", because: blocked(stored.blockers) };
    if (campaign.status?.approved === undefined)
      return { phase: "AwaitingApproval", because: approval.because };
    const { because } = approval;
    const message = `plan ${stored.hash} waits for a new approval`;
    return {
      phase: "Stale",
      because: because.reason === "PlanStale" ? because : explain("PlanStale", message),
    };
  }
  if (otherCampaign !== undefined) {
    return { phase: "Paused", because: explain("CampaignActive", `campaign ${otherCampaign} goes first`) };
  }
  const closed = outsideWindow(world, { stored, progress, now });
  return closed === undefined ? undefined : { phase: "OutsideWindow", because: closed };
}

/** A device that stays out of service holds its objects until somebody says that it is theirs now. */
function whatDeletionWaitsFor(children: CampaignWorld["children"]): Explained {
  const stranded = children
    .filter((child) => hasEnded(child) && child.status?.landing?.to === "Drained")
    .map(({ spec }) => spec.deviceName);
  if (stranded.length === 0) return explain("Deleted");
  const devices = stranded.slice(0, NAMED_DEVICES).join(", ");
  const way = `mend it, then annotate its DeviceUpgrade with ${ANNOTATIONS.abandon}=<reason>`;
  return explain("Deleted", `it is being deleted, but ${devices} stays out of service: ${way}`);
}

function named(reason: Reason, devices: readonly string[]): Explained {
  return explain(reason, `${explain(reason).message}: ${namedDevices(devices)}`);
}

/** With what the first of them says: it knows what to do. */
function quoted(reason: Reason, devices: readonly string[], { children }: CampaignWorld): Explained {
  const { message } = named(reason, devices);
  const first = children.find(({ spec }) => spec.deviceName === devices[0]);
  const says = first?.status?.message;
  if (says === undefined || says === "") return explain(reason, message);
  return explain(reason, `${message}: ${devices.length > 1 ? `${devices[0] ?? ""}: ` : ""}${says}`);
}

interface Told {
  readonly stored: StoredPlan;
  readonly judged: Judged;
  readonly progress: CampaignProgress;
  readonly now: Instant;
}

/**
 * Without an approval of this very plan a campaign may only have its devices tested. Those that it has to do with
 * already, by a test run or by a plan that was approved before, are told to wait or to land.
 */
function wishesUnapproved(world: CampaignWorld, told: Told): readonly ChildWish[] {
  if (told.judged.orders === "Test") return world.fabricRead === false ? [] : wishes(world, told);
  const known = new Set(world.children.map(({ spec }) => spec.deviceName));
  return wishes(world, told).filter(({ device }) => known.has(device));
}

/** What each device is told that has not ended. */
function wishes(world: CampaignWorld, { stored, judged, progress, now }: Told): readonly ChildWish[] {
  const { campaign, children, passed = [] } = world;
  const behind = passedImages(passed);
  const begun = new Set(children.filter(isUnderWay).map((child) => child.spec.deviceName));
  const over = new Set(children.filter(hasEnded).map((child) => child.spec.deviceName));
  const desiredFor = (device: string, batch: number): Desired => {
    switch (judged.orders) {
      case "Go":
        if (batch !== progress.currentBatch) return "Hold";
        return begun.has(device) || mayBegin(device, world, { stored, now }) ? "Proceed" : "Hold";
      case "Finish":
        return begun.has(device) ? "Proceed" : "Hold";
      case "Land":
        return begun.has(device) ? "Land" : "Hold";
      case "Test":
        return "Test";
    }
  };
  return Object.entries(stored.plan.devices)
    .filter(([device]) => !over.has(device))
    .map(([device, planned]) => {
      const { batch } = planned;
      const desired = desiredFor(device, batch);
      const next = nextHop(planned, behind.get(device) ?? []);
      return {
        device,
        batch,
        desired,
        ...(next === undefined ? {} : { next }),
        ...(desired === "Test" ? { testOf: testOf(campaign, stored) } : {}),
      };
    });
}
