/**
 * Probes: what somebody else is asked before and after devices, and what the answers mean for a campaign. The asking is
 * the controllers'; here is when it is due.
 */
import { explain, type Explained } from "../api/reasons.ts";
import type { StepName } from "../api/steps.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import type { CampaignPhase } from "../api/campaignPhase.ts";
import { hasEnded, isUnderWay, type CampaignProgress } from "./campaignProgress.ts";
import type { CampaignWorld, StoredPlan } from "./campaignWorld.ts";
import { recordOf } from "./journal.ts";
import type { DeviceUpgradeStatus, Observation, StepRule } from "./step.ts";

export type Probe = NonNullable<UpgradeCampaign["spec"]["healthChecks"]["probes"]>[number];
export type ProbePoint = Probe["points"][number];

/** One time at which probes are asked. */
export interface ProbeOccasion {
  readonly point: ProbePoint;
  /** The batch, counted from 1, of the points of a batch. */
  readonly batch?: number;
  /** The device, of the points of a device. */
  readonly device?: string;
  /** The same for the same occasion, whoever asks; another one for any other occasion of the campaign. */
  readonly key: string;
}

export type ProbeAnswer =
  | { readonly is: "Passed" }
  /** `final`: asking again gives the same answer. */
  | { readonly is: "Failed"; readonly because: Explained; readonly final: boolean }
  /** Nobody could be asked, or nobody answered. */
  | { readonly is: "Unknown"; readonly because: Explained }
  | { readonly is: "Running"; readonly because: Explained };

/** The probes of a campaign that are asked at a point. */
export function probesAt({ spec }: UpgradeCampaign, point: ProbePoint): readonly Probe[] {
  return (spec.healthChecks.probes ?? []).filter(({ points }) => points.includes(point));
}

/** What is to be asked before a campaign that may go on does go on, in this order; empty where nothing is. */
export function occasionsOf(
  { campaign, children, passed = [] }: CampaignWorld,
  { hash, plan }: StoredPlan,
  { currentBatch }: CampaignProgress,
): readonly ProbeOccasion[] {
  const { startedAt, finishedAt } = campaign.status ?? {};
  if (finishedAt !== undefined) return [];
  const begun = new Set(
    [...passed, ...children]
      .filter((child) => hasEnded(child) || isUnderWay(child))
      .map(({ spec }) => plan.devices[spec.deviceName]?.batch),
  );
  if (currentBatch !== undefined && begun.has(currentBatch)) return [];
  const last = currentBatch === undefined ? plan.batches.length : currentBatch - 1;
  const points: Omit<ProbeOccasion, "key">[] = [];
  if (startedAt === undefined) points.push({ point: "BeforeCampaign" });
  if (last > 0) points.push({ point: "AfterBatch", batch: last });
  if (currentBatch === undefined) points.push({ point: "AfterCampaign" });
  else points.push({ point: "BeforeBatch", batch: currentBatch });
  return points
    .filter(({ point }) => probesAt(campaign, point).length > 0)
    .map((each) => ({ ...each, key: `${hash}/${each.point}/${String(each.batch ?? "")}` }));
}

/** The phase of a campaign whose probes have not passed, and why it is that. */
export function judgeProbes(answer: ProbeAnswer | undefined): {
  readonly phase: CampaignPhase;
  readonly because: Explained;
} {
  if (answer === undefined || answer.is === "Passed") {
    return { phase: "Running", because: explain("ProbeRunning") };
  }
  const { because } = answer;
  switch (answer.is) {
    case "Failed":
      return { phase: "Blocked", because };
    case "Unknown":
      return { phase: "Unknown", because };
    case "Running":
      return { phase: "Running", because };
  }
}

/** The occasion right before a device is taken out of service; a device that has to be taken out again is another one. */
export function occasionBeforeDevice(device: string, uid: string, run: DeviceRunSoFar): ProbeOccasion {
  return { point: "BeforeDevice", device, key: `${uid}/BeforeDevice/${String(timesTakenOut(run))}` };
}

/** The occasion once a device is back in service. */
export function occasionAfterDevice(device: string, uid: string, run: DeviceRunSoFar): ProbeOccasion {
  return { point: "AfterDevice", device, key: `${uid}/AfterDevice/${String(timesTakenOut(run))}` };
}

interface DeviceRunSoFar {
  readonly status: DeviceUpgradeStatus;
  readonly procedure: readonly StepRule[];
}

/** The step that takes the device out of service. */
export function takingOut(procedure: readonly StepRule[]): StepName | undefined {
  return procedure.find(({ outOfService }) => outOfService)?.name;
}

/** The first step with the device back in service. */
export function backInService(procedure: readonly StepRule[]): StepName | undefined {
  const last = procedure.findLastIndex(({ outOfService }) => outOfService);
  return procedure[last + 1]?.name;
}

/** Written before it is begun, and counted on when the run begins anew. */
function timesTakenOut({ status, procedure }: DeviceRunSoFar): number {
  const name = takingOut(procedure);
  return name === undefined ? 0 : recordOf(status, name).attempts;
}

/** What a look at a device that is back in service comes to, with the answer of its probes. */
export function withAnswer(seen: Observation, answer: ProbeAnswer): Observation {
  switch (answer.is) {
    case "Passed":
      return seen;
    case "Failed":
      return answer.final ? { is: "Failed", ...answer.because } : { is: "Blocked", ...answer.because };
    case "Unknown":
      return { is: "Unknown", ...answer.because };
    case "Running":
      return { is: "Running", message: answer.because.message, reason: "ProbeUnanswered" };
  }
}
