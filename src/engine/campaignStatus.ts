/** The status of a campaign, from what was judged of it: phase and conditions, counts, plan and times. */
import { PHASE_CONDITIONS, type CampaignPhase } from "../api/campaignPhase.ts";
import { setCondition, type ConditionUpdate } from "../api/conditions.ts";
import { withHint } from "../api/reasons.ts";
import { formatInstant, type Instant } from "../api/time.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { totalSeconds } from "../planner/estimate.ts";
import type { Approval } from "./approval.ts";
import type { CampaignProgress } from "./campaignProgress.ts";
import type { CampaignStatus, CampaignWorld, Judged, StoredPlan } from "./campaignWorld.ts";

/** What is written of a campaign; what the fabric, the plan and the devices say of it is counted anew each time. */
export function statusOf(
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
  const said = { reason: because.reason, message: withHint(because), observedGeneration };
  const conditions = setCondition(
    conditionsOf(before, { phase, said, now }),
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
  const { current: _current, failed: _failed, finishedAt, ...kept } = before;
  // Written before the first device is told to proceed: another campaign on the fabric sees that this one goes first.
  const proceeds = approval.given && judged.orders === "Go";
  const started =
    progress !== undefined && (proceeds || progress.underWay.length > 0 || progress.counts.succeeded > 0);
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
    ...(ended ? { finishedAt: finishedAt ?? formatInstant(now) } : {}),
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
    estimatedSeconds: totalSeconds(plan.batches),
  };
}

/**
 * What was approved is done, and nothing more: neither a device that joins the fabric later, nor a record of the run
 * that somebody deletes, nor another spec makes a completed campaign begin again.
 */
export function statusWhenOver({ metadata, status = {} }: UpgradeCampaign, now: Instant): CampaignStatus {
  const observedGeneration = metadata.generation;
  if (status.observedGeneration === observedGeneration) return status;
  const message = "completed; its spec has changed since, which begins nothing: that takes another campaign";
  const said = { reason: "Completed", message, observedGeneration } as const;
  return {
    ...status,
    observedGeneration,
    conditions: conditionsOf(status, { phase: "Completed", said, now }),
  };
}

type Conditions = NonNullable<CampaignStatus["conditions"]>;

/** The conditions that a phase means, with the same words for all of them. */
function conditionsOf(
  { conditions = [] }: CampaignStatus,
  {
    phase,
    said,
    now,
  }: {
    phase: CampaignPhase;
    said: Pick<ConditionUpdate, "reason" | "message" | "observedGeneration">;
    now: Instant;
  },
): Conditions {
  return Object.entries(PHASE_CONDITIONS[phase]).reduce<Conditions>(
    (known, [type, status]) => setCondition(known, { ...said, type, status }, now),
    conditions,
  );
}
