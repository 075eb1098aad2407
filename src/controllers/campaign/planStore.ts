/**
 * Plans in immutable ConfigMaps: the plan, what blocks it, and what it was made of. Immutable keeps nobody from deleting
 * one and creating another by its name; therefore the name, which stands in the campaign's status, tells the contents.
 */
import type { Plan } from "../../api/plan.ts";
import { ownerReference } from "../../api/kinds.ts";
import { explain, type Explained } from "../../api/reasons.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { Blocker } from "../../engine/campaignWorld.ts";
import { isStoreError } from "../../store/errors.ts";
import type { Store } from "../../store/store.ts";
import { sha256 } from "../device/backups.ts";

export interface PlanRecord {
  readonly plan: Plan;
  readonly blockers: readonly Blocker[];
  /** The parts of the objects that the plan was made of, as canonical text: a change makes it stale. */
  readonly inputs: string;
}

/** What lies under the name of a plan is not what was stored under it. It must not be executed. */
export class PlanChanged extends Error {
  override readonly name = "PlanChanged";
  readonly explained: Explained;

  constructor(explained: Explained) {
    super(explained.message);
    this.explained = explained;
  }
}

/** Hexadecimal digits of the hash of a plan, and of the texts of its ConfigMap, that stand in its name. */
const HASH_DIGITS = 12;
const CONTENTS_DIGITS = 16;

function contentsDigest(data: Readonly<Record<string, string>>): string {
  const texts = [data["plan.json"], data["blockers.json"], data["inputs"]];
  return sha256(JSON.stringify(texts)).slice(0, CONTENTS_DIGITS);
}

/** Stores a plan under a name that carries its hash and tells its contents. Returns the name. */
export async function savePlan(
  store: Store,
  campaign: UpgradeCampaign,
  { plan, blockers, inputs }: PlanRecord,
): Promise<string> {
  const data = { "plan.json": JSON.stringify(plan), "blockers.json": JSON.stringify(blockers), inputs };
  const hash = (plan.hash ?? "declared").slice(0, HASH_DIGITS);
  const name = `${campaign.metadata.name}-plan-${hash}-${contentsDigest(data)}`;
  try {
    await store.create("ConfigMap", {
      metadata: {
        namespace: campaign.metadata.namespace,
        name,
        ownerReferences: [ownerReference(campaign)],
      },
      immutable: true,
      data,
    });
  } catch (error) {
    // The name tells the contents: the very plan is there already, or will not be taken for it when it is read.
    if (!isStoreError(error, "AlreadyExists")) throw error;
  }
  return name;
}

/** The plan that the campaign's status names; undefined while there is none. Throws `PlanChanged`. */
export async function loadPlan(store: Store, campaign: UpgradeCampaign): Promise<PlanRecord | undefined> {
  const name = campaign.status?.plan?.configMapRef.name;
  if (name === undefined) return undefined;
  const map = await store.get("ConfigMap", { namespace: campaign.metadata.namespace, name });
  const plan = map?.data?.["plan.json"];
  const blockers = map?.data?.["blockers.json"];
  const inputs = map?.data?.["inputs"];
  if (plan === undefined || blockers === undefined || inputs === undefined) return undefined;
  if (!name.endsWith(`-${contentsDigest({ "plan.json": plan, "blockers.json": blockers, inputs })}`)) {
    throw new PlanChanged(explain("PlanChanged", `ConfigMap ${name} was changed since the plan was made`));
  }
  const stored: Omit<PlanRecord, "inputs"> = { plan: JSON.parse(plan), blockers: JSON.parse(blockers) };
  return { ...stored, inputs };
}
