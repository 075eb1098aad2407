/**
 * A campaign on a simulated twin of its fabric: the same controller, driver and SSH as with real devices, on a
 * store in memory and on model time. Used by the commands `rehearse` and `demo`, and by tests.
 */
import { Writable } from "node:stream";
import { startController } from "../controllers/controller.ts";
import { dialSsh } from "../controllers/device/devicePool.ts";
import type { Clock } from "../api/time.ts";
import type { EffectHooks } from "../controllers/leadership/effects.ts";
import type { Driver } from "../drivers/driver.ts";
import { DRIVERS } from "../drivers/registry.ts";
import { createLogger, type Logger } from "../observability/logger.ts";
import type { SimulationDescription } from "../simulator/description.ts";
import { createFabricSimulator, type FabricSimulator } from "../simulator/fabricSimulator.ts";
import { scaledClock } from "../simulator/modelClock.ts";
import { memoryStore } from "../store/memory/memoryStore.ts";
import type { Store } from "../store/store.ts";
import type { CampaignInput } from "./manifests/campaignInput.ts";
import { followCampaign, type CampaignEvents } from "./twin/followCampaign.ts";
import { createTwinObjects } from "./twin/twinObjects.ts";
import { twinReport, type TwinReport } from "./twin/twinReport.ts";

export type { TwinDevice, TwinPackets, TwinReport } from "./twin/twinReport.ts";

export interface TwinOptions extends CampaignEvents {
  readonly objects: CampaignInput;
  readonly description: SimulationDescription;
  /** Model seconds in a second. */
  readonly speed: number;
  readonly signal: AbortSignal;
  /** Those of the product by default. */
  readonly drivers?: readonly Driver[];
  /** Nothing is logged by default. */
  readonly log?: Logger;
  readonly hooks?: EffectHooks;
  /** The world stands; nothing has happened yet. */
  readonly onStart?: (world: TwinWorld) => void;
  /** A look at the world when the campaign has ended, before it is torn down. */
  readonly inspect?: (world: TwinWorld) => void | Promise<void>;
}

export interface TwinWorld {
  readonly clock: Clock;
  readonly store: Store;
  readonly simulator: FabricSimulator;
}

/** Runs the campaign to its end and reports. Rejects with the signal's reason when it is aborted. */
export async function runOnTwin(options: TwinOptions): Promise<TwinReport> {
  const { objects, description, speed, signal, log = silentLogger() } = options;
  signal.throwIfAborted();
  const startedAt = Date.now();
  const clock = scaledClock({ anchorModel: startedAt, anchorReal: startedAt, speed });
  const store = memoryStore({ clock });
  const simulator = createFabricSimulator({ description, clock });
  try {
    const served = await simulator.serve({ freePorts: true });
    await createTwinObjects(store, objects, served);
    options.onStart?.({ clock, store, simulator });
    const controller = await startController({
      store,
      clock,
      drivers: options.drivers ?? DRIVERS,
      dial: dialSsh,
      log,
      registerSecret: (secret) => {
        log.registerSecret(secret);
      },
      ...(options.hooks === undefined ? {} : { hooks: options.hooks }),
    });
    try {
      const { namespace, name } = objects.campaign.metadata;
      const end = await followCampaign({ ...options, store, clock, signal, campaign: { namespace, name } });
      const endedAt = clock.now();
      const upgrades = await store.list("DeviceUpgrade", namespace);
      const report = twinReport({ end, upgrades, simulator, description, startedAt, endedAt });
      await options.inspect?.({ clock, store, simulator });
      return report;
    } finally {
      await controller.stop();
    }
  } finally {
    await simulator.close();
    await store.close();
  }
}

function silentLogger(): Logger {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  return createLogger({ level: "error", stream: nowhere, redact: [] });
}
