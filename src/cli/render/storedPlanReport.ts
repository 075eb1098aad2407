/** A plan as it is stored in a cluster: the report of the plan, how its campaign stands, and what to do next. */
import { approvalText, hasEnded, isApproved, obstacleTo, type StoredCampaign } from "../cluster/approval.ts";
import { phaseText } from "../cluster/campaigns.ts";
import { planReport } from "./planReport.ts";
import type { PlanReportInput } from "./planSummary.ts";
import { renderReport, sentencesCell, type Report, type Section } from "./report.ts";

const PHASE_WIDTH = 90;

/** What a report says of the fabric beside the plan. */
type Ground = Pick<PlanReportInput, "fabric" | "topology">;

/** The report without what to do next, for a terminal. */
export function renderStoredPlan(stored: StoredCampaign, ground: Ground = {}): string {
  return renderReport(storedPlanReport(stored, ground));
}

/** The report without what to do next. */
export function storedPlanReport(stored: StoredCampaign, ground: Ground = {}): Report {
  const { campaign, record } = stored;
  const report = planReport({ ...ground, ...record, campaign });
  const rows = [
    ["phase", sentencesCell([phaseText(campaign)], PHASE_WIDTH)],
    ["approval", approvalText(stored)],
  ];
  return { ...report, sections: [...report.sections, { title: "State", table: { head: [], rows } }] };
}

/** What to do next, with the command for it where there is one. `commandLine` makes it. */
export function nextStep(
  stored: StoredCampaign,
  commandLine: (...words: readonly string[]) => string,
): Section {
  const { campaign, record } = stored;
  const { name } = campaign.metadata;
  const next = (text: string, command?: string): Section => ({
    title: "Next",
    text: [text],
    ...(command === undefined ? {} : { command }),
  });
  if (hasEnded(campaign) && campaign.spec.mode !== "Plan") {
    return next(`The campaign has ended: ${campaign.status?.phase ?? ""}.`);
  }
  const obstacle = obstacleTo(stored);
  if (obstacle !== undefined) {
    const { message, hint } = obstacle;
    return next(`It cannot be approved: ${message}${hint === undefined ? "" : `; ${hint}`}.`);
  }
  const isAutomatic = campaign.spec.approval.policy === "Automatic";
  return isApproved(stored) || isAutomatic
    ? next("Follow it with:", commandLine("watch", name))
    : next("Approve exactly this plan with:", commandLine("approve", name, "--hash", record.plan.hash ?? ""));
}
