/** Follows a campaign in a cluster to its end and shows what happens, whatever becomes of the connection meanwhile. */
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { loadPlan } from "../../controllers/campaign/planStore.ts";
import { isStoreError } from "../../store/errors.ts";
import { showCampaign, type CampaignView } from "../render/campaignView.ts";
import { hasEnded, hasSucceeded } from "./approval.ts";
import { upgradesOf } from "./campaigns.ts";
import type { Cluster } from "./withCluster.ts";

export interface CampaignWatch {
  readonly campaign: UpgradeCampaign;
  readonly stream: Writable;
  /** Called whenever the API server has told something. */
  readonly onNews: () => void;
}

/** How a watched campaign ended. */
export type WatchedEnd = "Succeeded" | "Failed" | "Deleted";

/** Before the next try when the API server did not answer. */
const RETRY_MILLISECONDS = 1000;

/**
 * Returns once the campaign has succeeded, failed, or is gone. Rejects with the signal's reason, and with a
 * `StoreError` when the objects may not be read.
 */
export async function watchCampaign(
  cluster: Cluster,
  { campaign: found, stream, onNews }: CampaignWatch,
): Promise<WatchedEnd> {
  const over = new AbortController();
  const until = AbortSignal.any([cluster.signal, over.signal]);
  const view = showCampaign(stream);
  try {
    for (const upgrade of await upgradesOf(cluster, found)) view.onDevice(upgrade);
    const followed = await follow(cluster, found, { view, onNews, until });
    for (;;) {
      cluster.signal.throwIfAborted();
      const changed = followed.nextChange();
      const { campaign, isGone } = followed.latest();
      if (isGone) return "Deleted";
      if (view.needsPlan(campaign)) {
        const record = await untilAnswered(() => loadPlan(cluster.store, campaign), until);
        if (record !== undefined) view.onPlan(record.plan);
      }
      view.onCampaign(campaign);
      if (hasEnded(campaign)) {
        // The last word on a device may come after that on its campaign.
        const upgrades = await untilAnswered(() => upgradesOf(cluster, campaign), until);
        for (const upgrade of upgrades) view.onDevice(upgrade);
        view.onEnd(campaign);
        return hasSucceeded(campaign) ? "Succeeded" : "Failed";
      }
      await changed;
    }
  } finally {
    view.stop();
    over.abort(new Error("the campaign is watched no more"));
  }
}

interface Followed {
  latest(): { readonly campaign: UpgradeCampaign; readonly isGone: boolean };
  /** Resolves at the next change, and when the watch is over. */
  nextChange(): Promise<void>;
}

/** Keeps the newest state of the campaign, and shows what is new of its devices. */
async function follow(
  { store }: Cluster,
  found: UpgradeCampaign,
  {
    view,
    onNews,
    until,
  }: { readonly view: CampaignView; readonly onNews: () => void; readonly until: AbortSignal },
): Promise<Followed> {
  const { uid } = found.metadata;
  let latest = { campaign: found, isGone: false };
  let wake = (): void => undefined;
  await store.watch(
    "UpgradeCampaign",
    ({ type, object }) => {
      onNews();
      if (object.metadata.uid !== uid) return;
      latest = { campaign: object, isGone: type === "Deleted" };
      wake();
    },
    until,
  );
  await store.watch(
    "DeviceUpgrade",
    ({ type, object }) => {
      onNews();
      if (type !== "Deleted" && object.spec.campaignRef.uid === uid) view.onDevice(object);
    },
    until,
  );
  until.addEventListener("abort", () => wake(), { once: true });
  return {
    latest: () => latest,
    nextChange: () =>
      new Promise((resolve) => {
        wake = resolve;
      }),
  };
}

/** Asks again as long as nobody answers. */
async function untilAnswered<T>(ask: () => Promise<T>, until: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isStoreError(error, "Unavailable")) throw error;
      await sleep(RETRY_MILLISECONDS, undefined, { signal: until });
    }
  }
}
