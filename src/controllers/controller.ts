/**
 * The controller: watches the objects and calls the reconcilers, for as long as it is not stopped. Any number of
 * them may run; the Lease of each fabric says who acts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Kind } from "../api/kinds.ts";
import type { Clock } from "../api/time.ts";
import { FenceClosed, type Driver } from "../drivers/driver.ts";
import type { Logger } from "../observability/logger.ts";
import { NO_METER, type Meter, type ReconcileResult } from "../observability/meter.ts";
import { Redaction } from "../observability/redaction.ts";
import { isStoreError, StoreError } from "../store/errors.ts";
import type { ObjectKey, Store } from "../store/store.ts";
import type { ControllerContext } from "./controllerContext.ts";
import { deviceController } from "./device/deviceController.ts";
import { reconcileDeviceImage } from "./deviceImageController.ts";
import { devicePool, type DevicePool, type Dial } from "./device/devicePool.ts";
import { effectDoor, type EffectHooks } from "./leadership/effects.ts";
import { eventRecorder } from "./news/events.ts";
import { reconcileFabric } from "./fabric/fabricController.ts";
import { gaugesOf, type KnownFabric } from "./news/gauges.ts";
import { measuredStore, shutStore } from "./leadership/guardedStore.ts";
import { imageTransfers } from "./device/imageTransfers.ts";
import { intentWatch } from "./device/intents.ts";
import { leaderships } from "./leadership/leadership.ts";
import { ledgers } from "./fabric/ledgers.ts";
import { newsTo } from "./news/news.ts";
import { repeatedDiscovery } from "./fabric/proof.ts";
import { sharedDiscovery } from "./fabric/sharedDiscovery.ts";
import { storedReadings } from "./fabric/storedReadings.ts";
import { addFabric, idOf, keyFrom, watchObjects } from "./work/triggers.ts";
import { upgradeCampaignController } from "./campaign/upgradeCampaignController.ts";
import { workQueue, type WorkQueue } from "./work/workQueue.ts";

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
  readonly meter?: Meter;
  /** Gives up the start, which waits for the API as long as it takes. */
  readonly signal?: AbortSignal;
}

export interface RunningController {
  /** The name by which Leases, intents and events know this process. */
  readonly holder: string;
  /**
   * Hands over within a second: ends connections and requests at once, whatever the devices are doing (what they
   * made of it, the successor observes, as after a crash), and gives the leaderships back last.
   */
  stop(): Promise<void>;
}

/** Devices that are worked on at the same time, over all fabrics. */
const DEVICES_AT_ONCE = 64;

/** Real time for reconciles to come to an end, ... */
const REST_SECONDS = 0.4;
/** ... and then to give the leaderships back and write the last events. */
const HAND_OVER_SECONDS = 0.4;

/** Starts it. Resolves once all objects were read. Rejects with the reason of the signal that gave it up. */
export async function startController(options: ControllerOptions): Promise<RunningController> {
  const { clock, log, meter = NO_METER } = options;
  const wait =
    options.wait ??
    ((seconds: number, stop: AbortSignal) => sleep(seconds * 1000, undefined, { signal: stop }));
  const stopping = new AbortController();
  const { signal } = stopping;
  /** Ends what did not come to an end by itself. */
  const over = new AbortController();
  const measured = measuredStore(options.store, meter);
  const store = shutStore(measured, { reads: signal, writes: over.signal });
  const secrets = new Redaction();
  const registerSecret = (secret: string): void => {
    secrets.registerSecret(secret);
    options.registerSecret(secret);
  };
  const fabrics = new Map<string, KnownFabric>();
  const queues = new Map<Kind, WorkQueue>();
  const leadership = leaderships({
    store: measured,
    clock,
    signal,
    leaseDurationSeconds: options.leaseDurationSeconds ?? 15,
    wait,
    onChange: (fabric, leads) => {
      log.info({
        object: fabric.name,
        action: "Lead",
        code: leads ? "Running" : "LeaseLost",
        message: leads ? "leads the fabric" : "leads the fabric no more",
      });
      if (!leads) return;
      addFabric({ store, queues }, fabric);
    },
  });
  const events = eventRecorder({
    store: measured,
    instance: leadership.holder,
    clock,
    wait,
    log,
    redact: (text) => secrets.redact(text),
    meter,
  });
  const pool =
    options.pool ??
    devicePool({
      store,
      dial: options.dial,
      signal,
      registerSecret,
      meter,
      ...(options.wait === undefined ? {} : { wait }),
    });
  const context: ControllerContext = {
    store,
    clock,
    drivers: options.drivers,
    pool,
    discover: sharedDiscovery(repeatedDiscovery({ pool, drivers: options.drivers, clock }), clock),
    door: effectDoor(options.hooks),
    leadership,
    intents: intentWatch(clock, leadership.holder),
    ledgers: ledgers({ clock, signal }),
    readings: storedReadings(store),
    intentValidSeconds: options.intentValidSeconds ?? 10,
    news: newsTo({ events, meter, fabricUid: (fabric) => fabrics.get(idOf(fabric))?.uid }),
    transfers: imageTransfers(),
    log,
    redact: (text) => secrets.redact(text),
  };

  const devices = deviceController(context);
  const addQueue = (
    kind: Kind,
    concurrency: number,
    reconcile: (key: ObjectKey, signal: AbortSignal) => Promise<number | undefined>,
  ): void => {
    const queue = workQueue({
      clock,
      signal,
      concurrency,
      reconcile: async (id, stop) => {
        const startedAt = performance.now();
        let result: ReconcileResult = "Success";
        try {
          return await reconcile(keyFrom(id), stop);
        } catch (error) {
          result = isPassing(error) ? "Conflict" : "Error";
          throw error;
        } finally {
          meter.reconcile({ kind, result, seconds: (performance.now() - startedAt) / 1000 });
        }
      },
      onError: (id, error) => {
        logFailure(log, `${kind} ${id}`, error);
      },
    });
    queues.set(kind, queue);
  };
  addQueue("Fabric", 4, (key) => reconcileFabric(context, key));
  addQueue("DeviceImage", 4, (key) => reconcileDeviceImage(context, key));
  const campaigns = upgradeCampaignController(context);
  addQueue("UpgradeCampaign", 4, (key, stop) => campaigns.reconcile(key, stop));
  addQueue("DeviceUpgrade", DEVICES_AT_ONCE, (key, stop) => devices.reconcile(key, stop));
  meter.readGauges(() => ({
    fabrics: gaugesOf({ store, clock, leadership, fabrics: fabrics.values() }),
    queues: [...queues].map(([kind, { depth }]) => ({ kind, ...depth })),
  }));

  /** The same end for whoever asks again. */
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort(new Error("the controller stops"));
    context.pool.close();
    await within(REST_SECONDS, wait, () => Promise.all([...queues.values()].map((queue) => queue.stopped())));
    over.abort(new Error("the controller stops"));
    await within(HAND_OVER_SECONDS, wait, (end) => Promise.all([events.close(end), leadership.release(end)]));
  };

  const synced = watchObjects({ store, queues, fabrics, intents: context.intents, signal });

  const giveUp = (): void => stopping.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", giveUp, { once: true });
  if (options.signal?.aborted === true) giveUp();
  try {
    await synced;
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", giveUp);
  }
  return {
    holder: leadership.holder,
    stop: () => (stopped ??= stop()),
  };
}

/** Waits for work, but not longer than that much real time; its signal is aborted then, and what it does is its own. */
async function within(
  seconds: number,
  wait: (seconds: number, signal: AbortSignal) => Promise<void>,
  work: (end: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const late = new AbortController();
  const inTime = new AbortController();
  const limit = wait(seconds, inTime.signal).then(
    () => late.abort(new Error("there is no time left")),
    () => undefined,
  );
  const done = work(late.signal).then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([done, limit]);
  inTime.abort(new Error("it is done"));
}

/** Somebody else wrote in between, or leads now: nothing is wrong. */
function isPassing(error: unknown): boolean {
  return (
    isStoreError(error, "Conflict") || isStoreError(error, "AlreadyExists") || error instanceof FenceClosed
  );
}

function logFailure(log: Logger, object: string, error: unknown): void {
  const about = { object, action: "Reconcile" };
  if (error instanceof FenceClosed) {
    log.warn({ ...about, code: "LeaseLost", message: error.message });
  } else if (isPassing(error)) {
    log.debug({ ...about, code: "Conflict", message: "somebody else wrote in between; read anew" });
  } else if (error instanceof StoreError) {
    const message = `${error.message}; ${error.hint}; it is tried again`;
    log.warn({ ...about, code: error.code, message });
  } else {
    const message = "a reconcile failed; it is tried again";
    log.error({ ...about, code: "InternalError", message, error });
  }
}
