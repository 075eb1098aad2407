/** Proves the plan that a cluster stores, against the objects and the topology there. */
import type { Plan } from "../../api/plan.ts";
import { fabricsElsewhere, notCounting } from "../../controllers/fabric/elsewhere.ts";
import { ledgerOf } from "../../controllers/fabric/ledger.ts";
import { tokenOf } from "../../controllers/device/token.ts";
import { loadTopology } from "../../controllers/fabric/topologyStore.ts";
import { namesElsewhere } from "../../planner/topology/elsewhere.ts";
import { buildTopology } from "../../planner/topology/topology.ts";
import type { Violation } from "../../planner/verify/verify.ts";
import { CliError } from "../cliError.ts";
import { provePlan } from "../planning.ts";
import { findCampaign, findFabric, findPlan, isOutdated, upgradesOf } from "./campaigns.ts";
import type { Cluster } from "./withCluster.ts";

export interface StoredProof {
  readonly plan: Plan;
  /** Empty when everything the plan claims is true. */
  readonly violations: readonly Violation[];
  /** Fabric, campaign or images have changed since the plan was made. */
  readonly outdated: boolean;
  /** Devices that the campaign itself has taken out, and that come back before its next batch. */
  readonly away: readonly string[];
}

/** Throws `CliError` when campaign, Fabric or plan are not there, or no device has been read yet. */
export async function proveStored(cluster: Cluster, name: string): Promise<StoredProof> {
  const campaign = await findCampaign(cluster, name);
  const record = await findPlan(cluster, campaign);
  const fabric = await findFabric(cluster, campaign.spec.fabricRef.name);
  const { discoveries } = await loadTopology(cluster.store, fabric);
  if (Object.keys(discoveries).length === 0) {
    throw new CliError("Unreachable", `no device of Fabric ${fabric.metadata.name} has been read yet`, {
      hint: "see its conditions for why",
    });
  }
  const upgrades = await upgradesOf(cluster, campaign);
  const underWay = upgrades.filter(({ status }) => status?.finishedAt === undefined);
  const mine = new Set(underWay.map(tokenOf));
  const ledger = ledgerOf(fabric);
  const isMine = ({ holder }: { readonly holder: string }): boolean => mine.has(holder);
  const { plan } = record;
  const violations = provePlan(plan, {
    campaign,
    fabric,
    // The controller leaves this reading as it is while a device is out: it shows what each carries in service.
    topology: buildTopology(fabric.spec, discoveries),
    outOfService: [
      ...ledger.filter((entry) => !isMine(entry)).map(({ device }) => device),
      ...notCounting(namesElsewhere(fabric.spec), await fabricsElsewhere(cluster.store, fabric)),
    ],
  });
  return {
    plan,
    violations,
    outdated: await isOutdated(cluster, campaign, record),
    away: ledger.filter(isMine).map(({ device }) => device),
  };
}
