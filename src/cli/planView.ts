/** A plan together with all that it can be explained from: made here from files, or stored in a cluster. */
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import type { Plan } from "../api/plan.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { fabricsElsewhere, notCounting, writtenOut } from "../controllers/fabric/elsewhere.ts";
import { ledgerOf } from "../controllers/fabric/ledger.ts";
import { tokenOf } from "../controllers/device/token.ts";
import { loadTopology } from "../controllers/fabric/topologyStore.ts";
import type { Blocker } from "../engine/campaignWorld.ts";
import { imagesNamed } from "../planner/imagePath.ts";
import { namesElsewhere } from "../planner/topology/elsewhere.ts";
import { buildTopology, type Topology } from "../planner/topology/topology.ts";
import type { StoredCampaign } from "./cluster/approval.ts";
import { findFabric, upgradesOf } from "./cluster/campaigns.ts";
import type { Cluster } from "./cluster/withCluster.ts";
import type { CampaignInput } from "./manifests/campaignInput.ts";
import type { MadePlan } from "./planning.ts";

export interface PlanView {
  readonly plan: Plan;
  readonly campaign: UpgradeCampaign;
  readonly blockers: readonly Blocker[];
  readonly fabric: Fabric;
  readonly images: readonly DeviceImage[];
  /** What the plan was made on, or would be now. */
  readonly topology: Topology;
  /** Devices that carry nothing, whatever the plan does. */
  readonly outOfService: readonly string[];
}

/** The view of a plan that was made of files. */
export function viewOfFiles(input: CampaignInput, { plan, blockers, topology }: MadePlan): PlanView {
  const outOfService = writtenOut(input.fabric, input.others);
  return { ...input, plan, blockers, topology, outOfService };
}

/**
 * The view of a stored plan, with its objects as they are now. Throws `CliError` where the Fabric is gone, and
 * `PlanningError` where it contradicts itself.
 */
export async function viewOfCluster(
  cluster: Cluster,
  { campaign, record: { plan, blockers } }: StoredCampaign,
): Promise<PlanView> {
  const { store, signal } = cluster;
  const { namespace } = campaign.metadata;
  const fabric = await findFabric(cluster, campaign.spec.fabricRef.name);
  const images: DeviceImage[] = [];
  for (const name of imagesNamed(campaign)) {
    const image = await store.get("DeviceImage", { namespace, name }, { signal });
    if (image !== undefined) images.push(image);
  }
  const { discoveries } = await loadTopology(store, fabric);
  // What the campaign itself has taken out comes back before anything else goes out.
  const mine = (await upgradesOf(cluster, campaign)).map(tokenOf);
  const outOfService = ledgerOf(fabric)
    .filter(({ holder }) => !mine.includes(holder))
    .map(({ device }) => device)
    .concat(notCounting(namesElsewhere(fabric.spec), await fabricsElsewhere(store, fabric)));
  const topology = buildTopology(fabric.spec, Object.keys(discoveries).length === 0 ? null : discoveries);
  return { plan, campaign, blockers, fabric, images, topology, outOfService };
}
