/**
 * What a campaign is and what its devices shall be told. Pure, and level-triggered: the whole answer is derived
 * at every pass from the objects as they are. Batches run strictly one after another; when anything is wrong,
 * nothing new starts and what runs is brought to a safe place.
 */
import type { CampaignPhase } from "../api/campaignPhase.ts";
import { PHASE_CONDITIONS } from "../api/campaignPhase.ts";
import { setCondition } from "../api/conditions.ts";
import { explain, withHint, type Explained, type Reason } from "../api/reasons.ts";
import { formatInstant, type Instant } from "../api/time.ts";
import { approvalOf, blocked, type Approval } from "./approval.ts";
import { hasEnded, isUnderWay, progressOf, type CampaignProgress } from "./campaignProgress.ts";
import type {
  CampaignDecision,
  CampaignStatus,
  CampaignWorld,
  ChildWish,
  StoredPlan,
} from "./campaignWorld.ts";
import type { Desired } from "./deviceWorld.ts";

export function decideCampaign(world: CampaignWorld, now: Instant): CampaignDecision {
  const { campaign, stored, obstacle } = world;
  const approval = approvalOf(world, now);
  const isApproved = approval.given;
  if (stored === undefined) {
    const judged: Judged =
      obstacle === undefined
        ? { phase: "Planning", because: explain("Planning") }
        : { phase: "Blocked", because: obstacle };
    return {
      makePlan: obstacle === undefined,
      status: statusOf(world, { judged, approval, now }),
      children: [],
    };
  }
  const progress = progressOf(stored.plan, world.children);
  const judged = judge(world, { stored, approval, progress });
  // A running campaign keeps its plan until what runs has landed: the new plan must see where that was.
  const makePlan = stored.outdated && progress.underWay.length === 0 && obstacle === undefined;
  return {
    makePlan,
    status: statusOf(world, { judged, approval, progress, now }),
    children:
      isApproved || campaign.status?.approved !== undefined
        ? wishes(world, { stored, judged, progress })
        : [],
  };
}

interface Judged {
  readonly phase: CampaignPhase;
  readonly because: Explained;
}

function judge(
  world: CampaignWorld,
  { stored, approval, progress }: { stored: StoredPlan; approval: Approval; progress: CampaignProgress },
): Judged {
  const { campaign, hold, otherCampaign, obstacle } = world;
  const { counts, currentBatch, underWay } = progress;
  const landingOr = (phase: CampaignPhase, because: Explained): Judged =>
    underWay.length > 0 ? { phase: "Landing", because } : { phase, because };

  if (progress.unknown.length > 0)
    return { phase: "Unknown", because: named("StateUnknown", progress.unknown) };
  if (progress.hung.length > 0) return { phase: "Hung", because: named("DeadlinePassed", progress.hung) };
  if (counts.failed > 0) {
    return landingOr(
      "Failed",
      named(
        "DeviceFailed",
        progress.failed.map(({ device }) => device),
      ),
    );
  }
  if (approval.given && currentBatch === undefined) {
    return {
      phase: "Completed",
      because: explain("Completed", `${String(counts.total)} devices run their image`),
    };
  }
  if (hold !== undefined)
    return landingOr("Held", explain("Held", hold === "" ? undefined : `held: ${hold}`));
  if (campaign.spec.paused) return landingOr("Paused", explain("Paused"));
  if (obstacle !== undefined) return landingOr("Blocked", obstacle);
  if (stored.outdated) return landingOr("Stale", explain("PlanStale"));
  if (campaign.spec.mode === "Plan") return { phase: "Planned", because: explain("Planned") };
  if (stored.blockers.length > 0 && !approval.given)
    return { phase: "Blocked", because: blocked(stored.blockers) };
  if (!approval.given) {
    const again = campaign.status?.approved !== undefined;
    return again
      ? landingOr("Stale", explain("PlanStale", `plan ${stored.hash} waits for a new approval`))
      : { phase: "AwaitingApproval", because: approval.because };
  }
  if (otherCampaign !== undefined) {
    return { phase: "Paused", because: explain("CampaignActive", `campaign ${otherCampaign} goes first`) };
  }
  if (progress.soaking) return { phase: "Soaking", because: explain("Soaking") };
  return {
    phase: "Running",
    because: explain("Running", `batch ${String(currentBatch)} of ${String(stored.plan.batches.length)}`),
  };
}

function named(reason: Reason, devices: readonly string[]): Explained {
  const shown = devices.slice(0, 10).join(", ");
  return explain(reason, `${explain(reason).message}: ${shown}${devices.length > 10 ? ", …" : ""}`);
}

/** What each device is told: only the current batch proceeds, and only when nothing at all is wrong. */
function wishes(
  { children }: CampaignWorld,
  { stored, judged, progress }: { stored: StoredPlan; judged: Judged; progress: CampaignProgress },
): readonly ChildWish[] {
  const begun = new Set(children.filter(isUnderWay).map((child) => child.spec.deviceName));
  const over = new Set(children.filter(hasEnded).map((child) => child.spec.deviceName));
  return Object.entries(stored.plan.devices)
    .filter(([device]) => !over.has(device))
    .map(([device, { batch }]) => ({ device, batch, desired: desiredFor(device, batch) }));

  function desiredFor(device: string, batch: number): Desired {
    switch (judged.phase) {
      case "Running":
      case "Soaking":
        return batch === progress.currentBatch ? "Proceed" : "Hold";
      case "Hung":
      case "Unknown":
        return begun.has(device) ? "Proceed" : "Hold";
      case "Planning":
      case "Planned":
      case "AwaitingApproval":
      case "Landing":
      case "Held":
      case "Paused":
      case "Blocked":
      case "Stale":
      case "Failed":
      case "Completed":
        return begun.has(device) ? "Land" : "Hold";
    }
  }
}

function statusOf(
  { campaign, stored }: CampaignWorld,
  {
    judged,
    approval,
    progress,
    now,
  }: { judged: Judged; approval: Approval; progress?: CampaignProgress; now: Instant },
): CampaignStatus {
  const before = campaign.status ?? {};
  const { phase, because } = judged;
  const observedGeneration = campaign.metadata.generation;
  const message = withHint(because);
  let conditions = before.conditions ?? [];
  for (const [type, status] of Object.entries(PHASE_CONDITIONS[phase])) {
    conditions = setCondition(
      conditions,
      { type, status, reason: because.reason, message, observedGeneration },
      now,
    );
  }
  conditions = setCondition(
    conditions,
    approval.given
      ? {
          type: "Approved",
          status: "True",
          reason: "Approved",
          message: `plan ${approval.approved.hash}`,
          observedGeneration,
        }
      : {
          type: "Approved",
          status: "False",
          reason: approval.because.reason,
          message: withHint(approval.because),
          observedGeneration,
        },
    now,
  );
  const { current: _current, failed: _failed, ...kept } = before;
  const started = progress !== undefined && (progress.underWay.length > 0 || progress.counts.succeeded > 0);
  const ended = phase === "Completed" || phase === "Failed";
  return {
    ...kept,
    observedGeneration,
    phase,
    conditions,
    ...(stored === undefined ? {} : { plan: planSummary(stored) }),
    ...(approval.given ? { approved: approval.approved } : {}),
    ...(progress === undefined
      ? {}
      : {
          counts: progress.counts,
          progress: `${String(progress.counts.succeeded)}/${String(progress.counts.total)}`,
          ...(progress.failed.length > 0 ? { failed: progress.failed } : {}),
          ...(progress.currentBatch !== undefined && progress.underWay.length > 0
            ? { current: { batch: progress.currentBatch, devices: progress.underWay.slice(0, 20) } }
            : {}),
        }),
    ...(started && before.startedAt === undefined ? { startedAt: formatInstant(now) } : {}),
    ...(ended && before.finishedAt === undefined ? { finishedAt: formatInstant(now) } : {}),
  };
}

function planSummary({ hash, plan, configMapName }: StoredPlan): NonNullable<CampaignStatus["plan"]> {
  return {
    hash,
    configMapRef: { name: configMapName },
    devices: Object.keys(plan.devices).length,
    batches: plan.batches.length,
    lowerBound: plan.lowerBound,
    hitless: plan.hitless,
    estimatedSeconds: plan.batches.reduce((sum, batch) => sum + batch.estimateSeconds, 0),
  };
}
