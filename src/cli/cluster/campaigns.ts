/** Finds in a cluster what a command is about, and says what is there instead where it is not. */
import { findCondition } from "../../api/conditions.ts";
import type { DeviceImage } from "../../api/deviceImage.gen.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { LABELS } from "../../api/names.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { hintOf } from "../../api/reasons.ts";
import { planInputs } from "../../controllers/campaign/planning.ts";
import { loadPlan, PlanChanged, type PlanRecord } from "../../controllers/campaign/planStore.ts";
import { imagesNamed } from "../../planner/imagePath.ts";
import { CliError } from "../cliError.ts";
import { knownNames } from "../knownNames.ts";
import type { Cluster } from "./withCluster.ts";

/** The campaign. Throws `CliError` `BadInput` that names those there are. */
export async function findCampaign(cluster: Cluster, name: string): Promise<UpgradeCampaign> {
  const { store, namespace, signal } = cluster;
  const campaign = await store.get("UpgradeCampaign", { namespace, name }, { signal });
  if (campaign !== undefined) return campaign;
  const known = await store.list("UpgradeCampaign", namespace, { signal });
  throw notFound("UpgradeCampaign", { name, namespace }, known);
}

/** The Fabric. Throws `CliError` `BadInput` that names those there are. */
export async function findFabric(cluster: Cluster, name: string): Promise<Fabric> {
  const { store, namespace, signal } = cluster;
  const fabric = await store.get("Fabric", { namespace, name }, { signal });
  if (fabric !== undefined) return fabric;
  throw notFound("Fabric", { name, namespace }, await store.list("Fabric", namespace, { signal }));
}

function notFound(
  kind: "UpgradeCampaign" | "Fabric",
  { name, namespace }: { readonly name: string; readonly namespace: string },
  known: readonly { readonly metadata: { readonly name: string } }[],
): CliError {
  const names = known.map((object) => object.metadata.name);
  const others = names.length === 0 ? "there is none" : `there are: ${knownNames(name, names)}`;
  return new CliError("BadInput", `namespace ${namespace} has no ${kind} ${name}; ${others}`, {
    hint: "choose another namespace with -n",
  });
}

/** The upgrades of the campaign's devices; those of an earlier campaign of the same name are left out. */
export async function upgradesOf(
  { store, signal }: Cluster,
  { metadata }: UpgradeCampaign,
): Promise<readonly DeviceUpgrade[]> {
  const labels = { [LABELS.campaign]: metadata.name };
  const all = await store.list("DeviceUpgrade", metadata.namespace, { labels, signal });
  return all.filter(({ spec }) => spec.campaignRef.uid === metadata.uid);
}

/** The plan that the campaign's status names. Throws `CliError` `Refused` that says why there is none. */
export async function findPlan({ store }: Cluster, campaign: UpgradeCampaign): Promise<PlanRecord> {
  const record = await loadPlan(store, campaign).catch((error: unknown) => {
    if (!(error instanceof PlanChanged)) throw error;
    throw new CliError("Refused", error.message, { hint: hintOf(error.explained.reason), cause: error });
  });
  if (record !== undefined) return record;
  const { metadata, status } = campaign;
  const lost = status?.plan?.configMapRef.name;
  if (lost !== undefined) {
    throw new CliError("Refused", `the plan of campaign ${metadata.name}, ConfigMap ${lost}, is gone`, {
      hint: "the controller makes it again; try again in a while",
    });
  }
  throw new CliError("Refused", `campaign ${metadata.name} has no plan yet: ${phaseText(campaign)}`);
}

/** The phase and why it is so, in one line. */
export function phaseText({ status }: UpgradeCampaign): string {
  if (status?.phase === undefined) return "no controller has seen it yet";
  const why = findCondition(status.conditions, "Ready")?.message ?? "";
  return why === "" ? status.phase : `${status.phase}, ${why}`;
}

/**
 * Whether Fabric, campaign or images have changed since the plan was made: the controller will make another. Where
 * one of them is missing they have.
 */
export async function isOutdated(
  { store, signal }: Cluster,
  campaign: UpgradeCampaign,
  { inputs }: PlanRecord,
): Promise<boolean> {
  const { namespace } = campaign.metadata;
  const fabric = await store.get("Fabric", { namespace, name: campaign.spec.fabricRef.name }, { signal });
  // The images of each assignment, as the controller reads them.
  const images: DeviceImage[] = [];
  for (const name of imagesNamed(campaign)) {
    const image = await store.get("DeviceImage", { namespace, name }, { signal });
    if (image !== undefined) images.push(image);
  }
  return fabric === undefined || planInputs(fabric, campaign, images) !== inputs;
}
