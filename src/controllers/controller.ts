/**
 * The controller: watches the objects and calls the reconcilers, for as long as it is not stopped. Any number of
 * them may run; the Lease of each fabric says who acts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Kind } from "../api/kinds.ts";
import { ANNOTATIONS } from "../api/names.ts";
import type { ObjectMeta } from "../api/objectMeta.ts";
import type { Clock } from "../api/time.ts";
import { FenceClosed, type Driver } from "../drivers/driver.ts";
import type { Logger } from "../observability/logger.ts";
import { isStoreError } from "../store/errors.ts";
import type { ObjectKey, Store } from "../store/store.ts";
import { keyOf } from "../store/store.ts";
import type { ControllerContext } from "./controllerContext.ts";
import { deviceController } from "./deviceController.ts";
import { reconcileDeviceImage } from "./deviceImageController.ts";
import { devicePool, type DevicePool, type Dial } from "./devicePool.ts";
import { effectDoor, type EffectHooks } from "./effects.ts";
import { reconcileFabric } from "./fabricController.ts";
import { intentWatch } from "./intents.ts";
import { leaderships } from "./leadership.ts";
import { reconcileUpgradeCampaign } from "./upgradeCampaignController.ts";
import { workQueue, type WorkQueue } from "./workQueue.ts";

export interface ControllerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly drivers: readonly Driver[];
  readonly dial: Dial;
  /** Used instead of one that dials: for devices that are not behind a network. */
  readonly pool?: DevicePool;
  readonly log: Logger;
  readonly registerSecret: (secret: string) => void;
  readonly hooks?: EffectHooks;
  /** Real time. Default 15. */
  readonly leaseDurationSeconds?: number;
  /** Real time. Default 10. */
  readonly intentValidSeconds?: number;
  /** Waits real time. Default: timers; a sweep hands in its own. */
  readonly wait?: (seconds: number, signal: AbortSignal) => Promise<void>;
}

export interface RunningController {
  /** Ends the work at the next safe moment, gives the leaderships back and closes all connections. */
  stop(): Promise<void>;
}

/** Devices that are worked on at the same time, over all fabrics. */
const DEVICES_AT_ONCE = 64;

export async function startController(options: ControllerOptions): Promise<RunningController> {
  const { store, clock, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const queues: Partial<Record<Kind, WorkQueue>> = {};
  const idOf = ({ namespace, name }: ObjectKey): string => `${namespace}/${name}`;
  const addAll = (
    kind: "UpgradeCampaign" | "DeviceUpgrade",
    mine: (object: { spec: { fabricRef: { name: string } }; metadata: ObjectMeta }) => boolean,
  ): void => {
    for (const object of store.cached(kind).list())
      if (mine(object)) queues[kind]?.add(idOf(object.metadata));
  };

  const leadership = leaderships({
    store,
    clock,
    signal,
    leaseDurationSeconds: options.leaseDurationSeconds ?? 15,
    wait: options.wait ?? ((seconds, stop) => sleep(seconds * 1000, undefined, { signal: stop })),
    onChange: (fabric, leads) => {
      log.info({
        object: fabric.name,
        action: "Lead",
        code: leads ? "Running" : "LeaseLost",
        message: leads ? "leads the fabric" : "leads the fabric no more",
      });
      if (!leads) return;
      queues.Fabric?.add(idOf(fabric));
      const onFabric = (object: { spec: { fabricRef: { name: string } }; metadata: ObjectKey }): boolean =>
        object.spec.fabricRef.name === fabric.name && object.metadata.namespace === fabric.namespace;
      addAll("UpgradeCampaign", onFabric);
      addAll("DeviceUpgrade", onFabric);
    },
  });
  const context: ControllerContext = {
    store,
    clock,
    drivers: options.drivers,
    pool:
      options.pool ??
      devicePool({
        store,
        dial: options.dial,
        signal,
        registerSecret: options.registerSecret,
        ...(options.wait === undefined ? {} : { wait: options.wait }),
      }),
    door: effectDoor(options.hooks),
    leadership,
    intents: intentWatch(clock, leadership.holder),
    intentValidSeconds: options.intentValidSeconds ?? 10,
    log,
  };

  const devices = deviceController(context);
  const queueOf = (
    reconcile: (key: ObjectKey, signal: AbortSignal) => Promise<number | undefined>,
    concurrency: number,
  ): WorkQueue =>
    workQueue({
      clock,
      signal,
      concurrency,
      reconcile: (id, stop) => reconcile(keyFrom(id), stop),
      onError: (id, error) => {
        const about = { object: keyFrom(id).name, action: "Reconcile" };
        if (isStoreError(error, "Conflict") || isStoreError(error, "AlreadyExists")) {
          log.debug({ ...about, code: "Conflict", message: "somebody else wrote in between; read anew" });
        } else if (error instanceof FenceClosed) {
          log.warn({ ...about, code: "LeaseLost", message: error.message });
        } else {
          const message = "a reconcile failed; it is tried again";
          log.error({ ...about, code: "InternalError", message, error });
        }
      },
    });
  queues.Fabric = queueOf((key) => reconcileFabric(context, key), 4);
  queues.DeviceImage = queueOf((key) => reconcileDeviceImage(context, key), 4);
  queues.UpgradeCampaign = queueOf((key) => reconcileUpgradeCampaign(context, key), 4);
  queues.DeviceUpgrade = queueOf((key, stop) => devices.reconcile(key, stop), DEVICES_AT_ONCE);

  const tellsCampaign = newOrders();
  const tellsDevice = newOrders();
  await Promise.all([
    store.cached("UpgradeCampaign").whenSynced(signal),
    store.cached("DeviceUpgrade").whenSynced(signal),
    store.watch(
      "Fabric",
      ({ object }) => {
        queues.Fabric?.add(idOf(keyOf(object)));
        addAll("UpgradeCampaign", (campaign) => campaign.spec.fabricRef.name === object.metadata.name);
      },
      signal,
    ),
    store.watch(
      "DeviceImage",
      ({ object }) => {
        queues.DeviceImage?.add(idOf(keyOf(object)));
        addAll("UpgradeCampaign", (campaign) => campaign.metadata.namespace === object.metadata.namespace);
      },
      signal,
    ),
    store.watch(
      "UpgradeCampaign",
      ({ object }) => {
        const { uid } = object.metadata;
        if (tellsCampaign(object)) queues.UpgradeCampaign?.add(idOf(keyOf(object)));
        addAll(
          "UpgradeCampaign",
          (other) => other.metadata.uid !== uid && other.spec.fabricRef.name === object.spec.fabricRef.name,
        );
      },
      signal,
    ),
    store.watch(
      "DeviceUpgrade",
      ({ object }) => {
        if (tellsDevice(object)) queues.DeviceUpgrade?.add(idOf(keyOf(object)));
        queues.UpgradeCampaign?.add(
          idOf({ namespace: object.metadata.namespace, name: object.spec.campaignRef.name }),
        );
      },
      signal,
    ),
  ]);

  return {
    async stop() {
      stopping.abort(new Error("the controller stops"));
      await Promise.all(Object.values(queues).map((queue) => queue.stopped()));
      await leadership.release();
      context.pool.close();
    },
  };
}

/**
 * Whether an event brings an object new orders. Its status is written by its own controller: to be called for that
 * would turn every pause between two looks at a device into none, and plan anew because a plan was refused.
 */
function newOrders(): (object: { readonly metadata: ObjectMeta }) => boolean {
  const known = new Map<string, string>();
  return ({ metadata: { uid, generation, annotations } }) => {
    const orders = JSON.stringify([generation, annotations?.[ANNOTATIONS.hold]]);
    const isNew = known.get(uid) !== orders;
    known.set(uid, orders);
    return isNew;
  };
}

function keyFrom(id: string): ObjectKey {
  const [namespace = "", name = ""] = id.split("/");
  return { namespace, name };
}
