/** Finds the upgrade of a device, and since when it holds the device out of service. */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import { LABELS } from "../../api/names.ts";
import { ledgerOf } from "../../controllers/fabric/ledger.ts";
import { tokenOf } from "../../controllers/device/token.ts";
import { isPassed } from "../../engine/stopovers.ts";
import { CliError } from "../cliError.ts";
import { knownNames } from "../knownNames.ts";
import { findCampaign, upgradesOf } from "./campaigns.ts";
import type { Cluster } from "./withCluster.ts";

/** By its labels: what the object is called is the controller's business. Also that of a campaign that is gone. */
export async function findUpgrade(
  cluster: Cluster,
  campaign: string,
  device: string,
): Promise<DeviceUpgrade> {
  const { store, namespace, signal } = cluster;
  const labels = { [LABELS.campaign]: campaign, [LABELS.device]: device };
  const all = await store.list("DeviceUpgrade", namespace, { labels, signal });
  // Where it installs several images, the one that it has come to.
  const found = all.find((upgrade) => !isPassed(upgrade)) ?? all[0];
  if (found !== undefined) return found;
  const upgrades = await upgradesOf(cluster, await findCampaign(cluster, campaign));
  const names = upgrades.map(({ spec }) => spec.deviceName);
  throw new CliError("BadInput", `campaign ${campaign} upgrades no device ${device}`, {
    hint: names.length === 0 ? "it has begun none yet" : `it has: ${knownNames(device, names)}`,
  });
}

/** The latest upgrade of a device, of whatever campaign. Throws `CliError` `BadInput` where there is none. */
export async function latestUpgrade(cluster: Cluster, device: string): Promise<DeviceUpgrade> {
  const { store, namespace, signal } = cluster;
  const labels = { [LABELS.device]: device };
  const found = await store.list("DeviceUpgrade", namespace, { labels, signal });
  const [latest] = found.toSorted((one, other) => newest(other).localeCompare(newest(one)));
  if (latest !== undefined) return latest;
  const all = await store.list("DeviceUpgrade", namespace, { signal });
  const names = [...new Set(all.map(({ spec }) => spec.deviceName))].toSorted();
  const others = names.length === 0 ? "" : `; it has those of: ${knownNames(device, names)}`;
  throw new CliError("BadInput", `namespace ${namespace} has no upgrade of a device ${device}${others}`, {
    hint: "one is made by a test run or an approved campaign; choose another namespace with -n",
  });
}

function newest({ status, metadata }: DeviceUpgrade): string {
  return status?.startedAt ?? status?.test?.at ?? metadata.creationTimestamp;
}

/** Since when the upgrade holds its device out of service; undefined where it does not. */
export async function outOfServiceSince(
  { store, namespace, signal }: Cluster,
  upgrade: DeviceUpgrade,
): Promise<string | undefined> {
  const key = { namespace, name: upgrade.spec.fabricRef.name };
  const fabric = await store.get("Fabric", key, { signal });
  if (fabric === undefined) return undefined;
  return ledgerOf(fabric).find(({ holder }) => holder === tokenOf(upgrade))?.since;
}
