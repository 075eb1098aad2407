/** What monitoring reads of the objects at the moment it asks. The same from every replica, but for who leads. */
import type { CampaignPhase } from "../../api/campaignPhase.ts";
import type { DeviceState } from "../../api/deviceState.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Clock } from "../../api/time.ts";
import type { FabricGauges } from "../../observability/meter.ts";
import type { ObjectKey, Store } from "../../store/store.ts";
import type { LedgerEntry } from "../fabric/ledger.ts";
import type { Leaderships } from "../leadership/leadership.ts";

/** What is remembered of a Fabric; the whole of it may be large. */
export interface KnownFabric {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly outOfService: readonly LedgerEntry[];
}

export interface GaugeSources {
  readonly store: Pick<Store, "cached">;
  readonly clock: Pick<Clock, "now">;
  readonly leadership: Pick<Leaderships, "epochOf">;
  readonly fabrics: Iterable<KnownFabric>;
}

export function gaugesOf({ store, clock, leadership, fabrics }: GaugeSources): readonly FabricGauges[] {
  const drafts = new Map<string, Draft>();
  const draftOf = (namespace: string, fabric: string): Draft => {
    const id = `${namespace}/${fabric}`;
    const draft = drafts.get(id) ?? emptyDraft(namespace, fabric);
    drafts.set(id, draft);
    return draft;
  };
  for (const { key, outOfService } of fabrics) {
    const draft = draftOf(key.namespace, key.name);
    draft.outOfService = outOfService.length;
    draft.longestOutOfServiceSeconds = outOfService.reduce(
      (longest, { since }) => Math.max(longest, (clock.now() - Date.parse(since)) / 1000),
      0,
    );
  }
  for (const { metadata, spec, status } of store.cached("UpgradeCampaign").list()) {
    if (status?.phase === undefined) continue;
    const { campaigns } = draftOf(metadata.namespace, spec.fabricRef.name);
    campaigns[status.phase] = (campaigns[status.phase] ?? 0) + 1;
  }
  for (const { metadata, spec, status } of latestOfEach(store.cached("DeviceUpgrade").list())) {
    const draft = draftOf(metadata.namespace, spec.fabricRef.name);
    const state = status?.state ?? "Pending";
    draft.devices[state] = (draft.devices[state] ?? 0) + 1;
    if (status?.intent !== undefined && status.finishedAt === undefined) draft.openIntents += 1;
  }
  return [...drafts.values()].map((draft) => {
    const { namespace, fabric: name } = draft;
    return { ...draft, isLed: leadership.epochOf({ namespace, name }) !== undefined };
  });
}

interface Draft {
  readonly namespace: string;
  readonly fabric: string;
  readonly campaigns: Partial<Record<CampaignPhase, number>>;
  readonly devices: Partial<Record<DeviceState, number>>;
  outOfService: number;
  longestOutOfServiceSeconds: number;
  openIntents: number;
}

function emptyDraft(namespace: string, fabric: string): Draft {
  const nothing = { outOfService: 0, longestOutOfServiceSeconds: 0, openIntents: 0 };
  return { namespace, fabric, campaigns: {}, devices: {}, ...nothing };
}

/** A device that failed once and was upgraded since has not failed. */
function latestOfEach(upgrades: readonly DeviceUpgrade[]): Iterable<DeviceUpgrade> {
  const latest = new Map<string, DeviceUpgrade>();
  for (const upgrade of upgrades) {
    const { metadata, spec } = upgrade;
    const device = `${metadata.namespace}/${spec.fabricRef.name}/${spec.deviceName}`;
    const known = latest.get(device);
    if (known === undefined || known.metadata.creationTimestamp <= metadata.creationTimestamp) {
      latest.set(device, upgrade);
    }
  }
  return latest.values();
}
