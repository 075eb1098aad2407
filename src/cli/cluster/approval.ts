/** What may be said of a stored plan: whether it is approved, and what keeps it from being so. */
import { isTrue, findCondition } from "../../api/conditions.ts";
import { ANNOTATIONS } from "../../api/names.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { PlanRecord } from "../../controllers/campaign/planStore.ts";
import { CliError } from "../cliError.ts";

/** A plan in a cluster with its campaign. */
export interface StoredCampaign {
  readonly campaign: UpgradeCampaign;
  readonly record: PlanRecord;
  /** Fabric, campaign or images have changed since the plan was made. */
  readonly outdated: boolean;
}

export interface Obstacle {
  readonly message: string;
  readonly hint?: string;
}

/** Why a plan cannot be approved; undefined when it can. */
export function obstacleTo({ campaign, record, outdated }: StoredCampaign): Obstacle | undefined {
  const { metadata, spec, status } = campaign;
  const subject = `campaign ${metadata.name}`;
  if (metadata.deletionTimestamp !== undefined) return { message: `${subject} is being deleted` };
  if (spec.mode === "Plan") {
    return {
      message: `${subject} only plans: its mode is Plan`,
      hint: "set spec.mode to Upgrade, and approve the plan then",
    };
  }
  if (hasEnded(campaign)) {
    return {
      message: `${subject} has ended: ${status?.phase ?? ""}`,
      hint: "another run is another campaign",
    };
  }
  const devices = [...new Set(record.blockers.map(({ device }) => device))];
  if (devices.length > 0) {
    return {
      message: `the plan of ${subject} is blocked by ${devices.slice(0, 10).join(", ")}${devices.length > 10 ? ", …" : ""}`,
      hint: "mend what the plan names; a new plan is made then",
    };
  }
  if (outdated) {
    return {
      message: `the plan of ${subject} is stale: Fabric, campaign or images have changed since it was made`,
      hint: "look at the new plan once the controller has made it",
    };
  }
  return record.plan.hash === null ? { message: `the plan of ${subject} has no hash` } : undefined;
}

/** Succeeded or failed: nothing more will happen. */
export function hasEnded({ status }: UpgradeCampaign): boolean {
  const succeeded = findCondition(status?.conditions, "Succeeded")?.status;
  return succeeded === "True" || succeeded === "False";
}

export function hasSucceeded({ status }: UpgradeCampaign): boolean {
  return isTrue(status?.conditions, "Succeeded");
}

/** The approval of the stored plan that the controller has taken note of, or that is written for it to see. */
export function isApproved({ campaign, record }: StoredCampaign): boolean {
  const { hash } = record.plan;
  return hash !== null && (campaign.status?.approved?.hash === hash || writtenApprovals(campaign).has(hash));
}

/** How the plan stands, in one line. */
export function approvalText(stored: StoredCampaign): string {
  const { campaign, record } = stored;
  const { hash } = record.plan;
  const latched = campaign.status?.approved;
  if (latched !== undefined && latched.hash === hash) return `given to this plan, ${latched.at}`;
  if (isApproved(stored)) return "given to this plan; the controller has not seen it yet";
  const others = [...writtenApprovals(campaign)];
  if (others.length > 0) return `given to ${others.join(" and ")}, which is not this plan`;
  if (latched !== undefined) return `given to ${latched.hash}, which is not this plan`;
  return campaign.spec.approval.policy === "Automatic"
    ? "none needed: spec.approval.policy is Automatic"
    : "not given";
}

/** The hashes that people wrote: into the spec, or as an annotation where the spec belongs to Git. */
function writtenApprovals({ spec, metadata }: UpgradeCampaign): ReadonlySet<string> {
  const hashes = [spec.approval.planHash, metadata.annotations?.[ANNOTATIONS.approve]];
  return new Set(hashes.flatMap((hash) => (hash === undefined || hash === "" ? [] : [hash])));
}

/** An approval that names another plan than the one there is. */
export function wrongHash(
  campaign: string,
  { given, stored, look }: { readonly given: string; readonly stored: string; readonly look: string },
): CliError {
  return new CliError(
    "Refused",
    `the plan of campaign ${campaign} is ${stored}, not ${given}: it is another plan than the one you looked at`,
    { hint: `look at it again: ${look}` },
  );
}
