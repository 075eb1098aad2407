/** A plan as it is stored in a cluster: the report of the plan, how its campaign stands, and what to do next. */
import { approvalText, hasEnded, isApproved, obstacleTo, type StoredCampaign } from "../cluster/approval.ts";
import { phaseText } from "../cluster/campaigns.ts";
import { renderPlan } from "./planReport.ts";
import { renderTable, wrapWords } from "./table.ts";

const PHASE_WIDTH = 90;

/** The report without what to do next. */
export function renderStoredPlan(stored: StoredCampaign): string {
  const { campaign, record } = stored;
  const rows = [
    ["phase", wrapWords(phaseText(campaign).split(" "), PHASE_WIDTH)],
    ["approval", approvalText(stored)],
  ];
  return `${renderPlan({ ...record, campaign })}\n\nState\n${renderTable([], rows, { indent: "  " })}`;
}

/** What to do next; the last line is the command, where there is one. `commandLine` makes it. */
export function renderNextStep(
  stored: StoredCampaign,
  commandLine: (...words: readonly string[]) => string,
): string {
  const { campaign, record } = stored;
  const { name } = campaign.metadata;
  if (hasEnded(campaign) && campaign.spec.mode !== "Plan")
    return `The campaign has ended: ${campaign.status?.phase ?? ""}.`;
  const obstacle = obstacleTo(stored);
  if (obstacle !== undefined) {
    const { message, hint } = obstacle;
    return `It cannot be approved: ${message}${hint === undefined ? "" : `; ${hint}`}.`;
  }
  const isAutomatic = campaign.spec.approval.policy === "Automatic";
  return isApproved(stored) || isAutomatic
    ? `Follow it with:\n  ${commandLine("watch", name)}`
    : `Approve exactly this plan with:\n  ${commandLine("approve", name, "--hash", record.plan.hash ?? "")}`;
}
