/** Approval: a yes to one very plan, named by its hash. Once given it is kept in the status. */
import { ANNOTATIONS } from "../api/names.ts";
import { explain, type Explained } from "../api/reasons.ts";
import { formatInstant, type Instant } from "../api/time.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { hasEnded, hasSucceeded } from "./campaignProgress.ts";
import type { CampaignStatus, CampaignWorld, StoredPlan } from "./campaignWorld.ts";
import { namedDevices } from "./namedDevices.ts";

export type Approval =
  | { readonly given: true; readonly approved: NonNullable<CampaignStatus["approved"]> }
  | { readonly given: false; readonly because: Explained };

/**
 * Whether the stored plan is approved. A plan that was approved stays so, whatever `spec.approval` says later;
 * another plan needs another approval. Blocked plans cannot be approved. `Automatic` is a yes to the devices there are
 * when the campaign begins: one that joins later takes a yes of its own, and so does going on once one has failed.
 */
export function approvalOf(world: CampaignWorld, now: Instant): Approval {
  const { campaign, stored } = world;
  if (stored === undefined) return { given: false, because: explain("Planning") };
  const latched = campaign.status?.approved;
  if (latched?.hash === stored.hash) return { given: true, approved: latched };
  if (stored.blockers.length > 0) return { given: false, because: blocked(stored.blockers) };
  const { mode, approval } = campaign.spec;
  // What shall not be run needs no yes, and must not go before campaigns that have one.
  if (mode !== "Upgrade") {
    return { given: false, because: explain("AwaitingApproval", `mode ${mode} needs no approval`) };
  }
  const { policy } = approval;
  const hashes = approvedHashes(campaign);
  const approved = { hash: stored.hash, at: formatInstant(now) };
  if (hashes.includes(stored.hash)) return { given: true, approved };
  if (policy === "Automatic") {
    const news = sinceItBegan(world, stored);
    const message = `${news ?? ""}; plan ${stored.hash} waits for an approval by its hash`;
    return news === undefined
      ? { given: true, approved }
      : { given: false, because: explain("PlanStale", message) };
  }
  const [other] = hashes;
  return other === undefined
    ? {
        given: false,
        because: explain("AwaitingApproval", `plan ${stored.hash} waits for approval`),
      }
    : {
        given: false,
        because: explain("HashMismatch", `approved is ${other}, the plan is ${stored.hash}`),
      };
}

/** What an automatic approval, given when the campaign began, said nothing of; undefined while there is nothing of it. */
function sinceItBegan(
  { campaign, children, passed = [] }: CampaignWorld,
  { plan }: StoredPlan,
): string | undefined {
  if (campaign.status?.startedAt === undefined) return undefined;
  const known = new Set([...passed, ...children].map(({ spec }) => spec.deviceName));
  const joined = Object.keys(plan.devices).filter((device) => !known.has(device));
  if (joined.length > 0) return `joined since the campaign began: ${namedDevices(joined)}`;
  const failed = children.filter((child) => hasEnded(child) && !hasSucceeded(child));
  return failed.length > 0 ? `failed: ${namedDevices(failed.map(({ spec }) => spec.deviceName))}` : undefined;
}

/** The hashes that people approved: in the spec, or by annotation where the spec belongs to Git. */
function approvedHashes({ spec, metadata }: UpgradeCampaign): readonly string[] {
  const hashes = [spec.approval.planHash, metadata.annotations?.[ANNOTATIONS.approve]];
  return hashes.flatMap((hash) => (hash === undefined || hash === "" ? [] : [hash]));
}

const NAMED_BLOCKERS = 10;

/** The first blocker's reason, and all of them in words. */
export function blocked(blockers: NonNullable<CampaignWorld["stored"]>["blockers"]): Explained {
  const named = blockers.slice(0, NAMED_BLOCKERS).map(({ device, message }) => `${device}: ${message}`);
  const more = blockers.length - named.length;
  return explain(
    blockers[0]?.reason ?? "NotHitless",
    named.join("; ") + (more > 0 ? `; and ${String(more)} more` : ""),
  );
}
