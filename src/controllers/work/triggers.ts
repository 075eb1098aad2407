/**
 * What calls which reconciler: the objects as they change, and a fabric that this process has begun to lead. Keys in
 * queues are `namespace/name`.
 */
import type { Kind } from "../../api/kinds.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import { ANNOTATIONS } from "../../api/names.ts";
import type { ObjectMeta } from "../../api/objectMeta.ts";
import { goesOn, hasEnded, isUrgent } from "../../engine/campaignProgress.ts";
import { keyOf, type ObjectKey, type Store, type WatchEventType } from "../../store/store.ts";
import type { KnownFabric } from "../news/gauges.ts";
import type { Intents } from "../device/intents.ts";
import { ledgerOf } from "../fabric/ledger.ts";
import type { WorkQueue } from "./workQueue.ts";

export interface TriggerContext {
  readonly store: Store;
  readonly queues: ReadonlyMap<Kind, WorkQueue>;
}

/** Model time for which changes of a campaign's devices are gathered. */
const CROWD_SECONDS = 2;

/**
 * Adds what changes to the queues, and keeps in `fabrics` what is to be remembered of each Fabric. Resolves once all
 * objects were read; goes on until the signal is aborted, and rejects with its reason when that comes before.
 */
export async function watchObjects({
  store,
  queues,
  fabrics,
  intents,
  signal,
}: TriggerContext & {
  readonly fabrics: Map<string, KnownFabric>;
  readonly intents: Pick<Intents, "seen">;
  readonly signal: AbortSignal;
}): Promise<void> {
  const tellsCampaign = newOrders();
  const tellsDevice = newOrders();
  const addCampaigns = (mine: Chosen): void => addAll({ store, queues }, "UpgradeCampaign", mine);
  const addFabricOf = ({ metadata, spec }: Parameters<Chosen>[0]): void =>
    queues.get("Fabric")?.add(idOf({ namespace: metadata.namespace, name: spec.fabricRef.name }));
  await Promise.all([
    store.cached("UpgradeCampaign").whenSynced(signal),
    store.cached("DeviceUpgrade").whenSynced(signal),
    store.cached("Fabric").whenSynced(signal),
    store.watch(
      "Fabric",
      ({ type, object }) => {
        const key = keyOf(object);
        const { uid } = object.metadata;
        const before = fabrics.get(idOf(key))?.outOfService.length ?? 0;
        // Who waits for a device that is out looks again when one is back.
        if (ledgerOf(object).length < before) addWaiting({ store, queues }, key);
        if (type === "Deleted") fabrics.delete(idOf(key));
        else fabrics.set(idOf(key), { key, uid, outOfService: ledgerOf(object) });
        queues.get("Fabric")?.add(idOf(key));
        addCampaigns(({ spec }) => spec.fabricRef.name === object.metadata.name);
      },
      signal,
    ),
    store.watch(
      "DeviceImage",
      ({ object }) => {
        queues.get("DeviceImage")?.add(idOf(keyOf(object)));
        addCampaigns(({ metadata }) => metadata.namespace === object.metadata.namespace);
      },
      signal,
    ),
    store.watch(
      "UpgradeCampaign",
      ({ type, object }) => {
        if (tellsCampaign(type, object)) queues.get("UpgradeCampaign")?.add(idOf(keyOf(object)));
        // The Fabric is held no longer than devices are under way on it, or will be in a moment.
        if (type === "Deleted" || !goesOn(object)) addFabricOf(object);
        addCampaigns(
          ({ metadata, spec }) =>
            metadata.uid !== object.metadata.uid && spec.fabricRef.name === object.spec.fabricRef.name,
        );
      },
      signal,
    ),
    store.watch(
      "DeviceUpgrade",
      ({ type, object }) => {
        const { namespace } = object.metadata;
        const { campaignRef } = object.spec;
        const { intent } = object.status ?? {};
        // Whoever takes over has seen it for a while then, and need not wait until it has run out.
        if (intent !== undefined) intents.seen(object, intent);
        if (tellsDevice(type, object)) queues.get("DeviceUpgrade")?.add(idOf(keyOf(object)));
        if (hasEnded(object)) addFabricOf(object);
        const campaign = idOf({ namespace, name: campaignRef.name });
        // What devices do comes in crowds, and is counted together.
        if (isUrgent(object)) queues.get("UpgradeCampaign")?.add(campaign);
        else queues.get("UpgradeCampaign")?.addSoon(campaign, CROWD_SECONDS);
      },
      signal,
    ),
  ]);
}

/** Adds a fabric with all that belongs to it. */
export function addFabric(context: TriggerContext, fabric: ObjectKey): void {
  const onFabric: Chosen = ({ metadata, spec }) =>
    spec.fabricRef.name === fabric.name && metadata.namespace === fabric.namespace;
  context.queues.get("Fabric")?.add(idOf(fabric));
  addAll(context, "UpgradeCampaign", onFabric);
  addAll(context, "DeviceUpgrade", onFabric);
}

/** Adds the devices of a fabric that wait for something else to change. */
function addWaiting({ store, queues }: TriggerContext, fabric: ObjectKey): void {
  for (const { metadata, spec, status } of store.cached("DeviceUpgrade").list(fabric.namespace)) {
    const waits = status?.state === "Blocked" || isComparing(status);
    if (spec.fabricRef.name === fabric.name && waits) queues.get("DeviceUpgrade")?.add(idOf(metadata));
  }
}

function isComparing(status: DeviceUpgrade["status"]): boolean {
  return status?.steps?.some(({ name, state }) => name === "Compare" && state === "Running") === true;
}

type Chosen = (object: {
  readonly spec: { readonly fabricRef: { readonly name: string } };
  readonly metadata: ObjectMeta;
}) => boolean;

function addAll(
  { store, queues }: TriggerContext,
  kind: "UpgradeCampaign" | "DeviceUpgrade",
  mine: Chosen,
): void {
  for (const object of store.cached(kind).list()) {
    if (mine(object)) queues.get(kind)?.add(idOf(object.metadata));
  }
}

/**
 * Whether an event brings an object new orders. Its status is written by its own controller: to be called for that
 * would turn every pause between two looks at a device into none, and plan anew because a plan was refused.
 */
function newOrders(): (type: WatchEventType, object: { readonly metadata: ObjectMeta }) => boolean {
  const known = new Map<string, string>();
  return (type, { metadata: { uid, generation, annotations, deletionTimestamp } }) => {
    if (type === "Deleted") {
      known.delete(uid);
      return true;
    }
    const said = Object.values(ANNOTATIONS).map((name) => annotations?.[name]);
    const orders = JSON.stringify([generation, deletionTimestamp, ...said]);
    const isNew = known.get(uid) !== orders;
    known.set(uid, orders);
    return isNew;
  };
}

/** The key of an object in a queue. */
export function idOf({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

/** The object of a key in a queue. */
export function keyFrom(id: string): ObjectKey {
  const [namespace = "", name = ""] = id.split("/");
  return { namespace, name };
}
