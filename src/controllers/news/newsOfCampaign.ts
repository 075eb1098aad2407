/** What is worth telling of a campaign, from two states of it. Pure. */
import type { CampaignPhase } from "../../api/campaignPhase.ts";
import { findCondition } from "../../api/conditions.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { NewEvent } from "./events.ts";

type CampaignEvent = Omit<NewEvent, "regarding" | "related">;

/** Phases that are told when they are entered. Of the others, batches or the plan tell. */
const TOLD: Readonly<Record<CampaignPhase, CampaignEvent["type"] | undefined>> = {
  Planning: undefined,
  Planned: undefined,
  Testing: undefined,
  Tested: "Normal",
  AwaitingApproval: "Normal",
  Running: undefined,
  Soaking: undefined,
  Landing: "Normal",
  Held: "Normal",
  Paused: "Normal",
  OutsideWindow: "Normal",
  Blocked: "Warning",
  Stale: "Warning",
  Hung: "Warning",
  Unknown: "Warning",
  Failed: "Warning",
  Completed: "Normal",
};

/** Phases from which a campaign goes on, which people wait for. */
const STOPPED: ReadonlySet<CampaignPhase> = new Set([
  "Held",
  "Paused",
  "OutsideWindow",
  "Blocked",
  "Stale",
  "Hung",
  "Unknown",
]);

export function campaignNews(before: UpgradeCampaign, after: UpgradeCampaign): readonly CampaignEvent[] {
  const [was, is] = [before.status ?? {}, after.status ?? {}];
  const news: CampaignEvent[] = [];
  if (is.plan !== undefined && is.plan.hash !== was.plan?.hash) {
    news.push({ type: "Normal", reason: "Planned", action: "MakePlan", note: tellPlan(is.plan) });
  }
  if (is.approved !== undefined && is.approved.hash !== was.approved?.hash) {
    const note = `plan ${shortHash(is.approved.hash)} is approved`;
    news.push({ type: "Normal", reason: "Approved", action: "Approve", note });
  }
  news.push(...phaseNews(before, after));
  if (is.current !== undefined && is.current.batch !== was.current?.batch) {
    const note = `batch ${String(is.current.batch)} of ${String(is.plan?.batches ?? "?")} has begun`;
    news.push({ type: "Normal", reason: "Running", action: "StartBatch", note });
  }
  return news;
}

function phaseNews(before: UpgradeCampaign, after: UpgradeCampaign): readonly CampaignEvent[] {
  const [was, phase] = [before.status?.phase, after.status?.phase];
  if (phase === undefined) return [];
  const ready = findCondition(after.status?.conditions, "Ready");
  const reason = ready?.reason ?? phase;
  const note = ready?.message ?? "";
  const type = TOLD[phase];
  if (type !== undefined) {
    const isNew = was !== phase || reason !== findCondition(before.status?.conditions, "Ready")?.reason;
    return isNew ? [{ type, reason, action: phase, note }] : [];
  }
  const goesOn = was !== undefined && STOPPED.has(was) && (phase === "Running" || phase === "Soaking");
  return goesOn ? [{ type: "Normal", reason, action: "Resume", note: `goes on: ${note}` }] : [];
}

function tellPlan({
  hash,
  devices,
  batches,
  hitless,
  estimatedSeconds,
}: NonNullable<NonNullable<UpgradeCampaign["status"]>["plan"]>): string {
  const traffic = hitless ? "hitless" : "not hitless";
  const minutes = Math.ceil(estimatedSeconds / 60);
  return (
    `plan ${shortHash(hash)}: devices: ${String(devices)}, batches: ${String(batches)}, ` +
    `${traffic}, about ${String(minutes)} min`
  );
}

/** So much of a hash names a plan to people. */
function shortHash(hash: string): string {
  return hash.slice(0, 12);
}
