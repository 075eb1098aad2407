/** Plans in immutable ConfigMaps: the plan, what blocks it, and what it was made of. */
import type { Plan } from "../api/plan.ts";
import { ownerReference } from "../api/kinds.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import type { Blocker } from "../engine/campaignWorld.ts";
import { isStoreError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";

export interface PlanRecord {
  readonly plan: Plan;
  readonly blockers: readonly Blocker[];
  /** The parts of the objects that the plan was made of, as canonical text: a change makes it stale. */
  readonly inputs: string;
}

/** Stores a plan under a name that carries its hash. Returns the name. */
export async function savePlan(
  store: Store,
  campaign: UpgradeCampaign,
  { plan, blockers, inputs }: PlanRecord,
): Promise<string> {
  const name = `${campaign.metadata.name}-plan-${(plan.hash ?? "declared").slice(0, 12)}`;
  try {
    await store.create("ConfigMap", {
      metadata: {
        namespace: campaign.metadata.namespace,
        name,
        ownerReferences: [ownerReference(campaign)],
      },
      immutable: true,
      data: { "plan.json": JSON.stringify(plan), "blockers.json": JSON.stringify(blockers), inputs },
    });
  } catch (error) {
    // The hash names the contents: the very plan is there already.
    if (!isStoreError(error, "AlreadyExists")) throw error;
  }
  return name;
}

/** The plan that the campaign's status names; undefined while there is none. */
export async function loadPlan(store: Store, campaign: UpgradeCampaign): Promise<PlanRecord | undefined> {
  const name = campaign.status?.plan?.configMapRef.name;
  if (name === undefined) return undefined;
  const map = await store.get("ConfigMap", { namespace: campaign.metadata.namespace, name });
  const plan = map?.data?.["plan.json"];
  const blockers = map?.data?.["blockers.json"];
  const inputs = map?.data?.["inputs"];
  if (plan === undefined || blockers === undefined || inputs === undefined) return undefined;
  const stored: Omit<PlanRecord, "inputs"> = { plan: JSON.parse(plan), blockers: JSON.parse(blockers) };
  return { ...stored, inputs };
}
