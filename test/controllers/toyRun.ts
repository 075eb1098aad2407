/** Runs the toy campaign under one controller after another, on a clock that jumps. */
import type { Clock } from "../../src/api/time.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import {
  startController,
  type ControllerOptions,
  type RunningController,
} from "../../src/controllers/controller.ts";
import { dialSsh } from "../../src/controllers/device/devicePool.ts";
import type { Effect, EffectHooks } from "../../src/controllers/leadership/effects.ts";
import { createLogger, type Logger } from "../../src/observability/logger.ts";
import { manualClock } from "../../src/simulator/modelClock.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import type { Store } from "../../src/store/store.ts";
import {
  applyToyObjects,
  gated,
  toyDevices,
  toyDriver,
  toyPool,
  type Gate,
  type ToyDevices,
  type ToyWorld,
} from "./toyFabric.ts";

const NAMESPACE = "default";
const START = Date.parse("2026-11-22T00:00:00Z");

export interface ToyStage {
  readonly clock: Clock;
  readonly store: Store;
  readonly namespace: string;
  readonly devices: ToyDevices;
  /** How a controller waits for real time, where that is simulated too. */
  readonly wait?: ControllerOptions["wait"];
  /** Lets the clock run until the promise has settled. */
  readonly settled: <T>(promise: Promise<T>) => Promise<T>;
}

export async function toyStage(): Promise<ToyStage> {
  const clock = manualClock(START);
  const store = memoryStore({ clock });
  await applyToyObjects(store, NAMESPACE);
  return {
    clock,
    store,
    namespace: NAMESPACE,
    devices: toyDevices(clock),
    wait: (seconds, signal) => clock.sleepUntil(clock.now() + seconds * 1000, signal),
    settled: (promise) => clock.runUntilSettled(promise),
  };
}

export interface ToyController {
  readonly gate: Gate;
  readonly running: RunningController;
}

export async function startToyController(
  { clock, store, devices, wait }: ToyStage,
  {
    hooks,
    losesReply,
    gate = { dead: false },
    ...leases
  }: {
    hooks?: EffectHooks;
    losesReply?: ToyWorld["losesReply"];
    gate?: Gate;
    leaseDurationSeconds?: number;
    intentValidSeconds?: number;
  } = {},
): Promise<ToyController> {
  const world: ToyWorld = { devices, clock, gate, ...(losesReply === undefined ? {} : { losesReply }) };
  const running = await startController({
    store: gated(store, gate),
    clock,
    drivers: [toyDriver(world)],
    dial: dialSsh,
    pool: toyPool(world),
    log: silentLogger(),
    registerSecret: () => undefined,
    ...leases,
    ...(wait === undefined ? {} : { wait }),
    ...(hooks === undefined ? {} : { hooks }),
  });
  return { gate, running };
}

function silentLogger(): Logger {
  return createLogger({ level: "error", redact: [] });
}

/** Waits until the campaign has ended, one way or the other. Fails after that much model time. */
export async function untilEnded(stage: ToyStage, limitSeconds = 86_400): Promise<UpgradeCampaign> {
  const { clock, store, namespace } = stage;
  const limit = clock.now() + limitSeconds * 1000;
  const ended = async (): Promise<UpgradeCampaign> => {
    for (;;) {
      const campaign = await store.get("UpgradeCampaign", { namespace, name: "toys" });
      if (campaign?.status?.finishedAt !== undefined) return campaign;
      if (clock.now() > limit)
        throw new Error(`still ${await tellStage(stage, campaign)} after ${String(limitSeconds)} s`);
      await clock.sleepUntil(clock.now() + 5000);
    }
  };
  return stage.settled(ended());
}

export function nameOf({ object, number, action }: Effect): string {
  return `${object}#${String(number)} ${action}`;
}

async function tellStage(
  { store, namespace }: ToyStage,
  campaign: UpgradeCampaign | undefined,
): Promise<string> {
  const upgrades = await store.list("DeviceUpgrade", namespace);
  const fabric = await store.get("Fabric", { namespace, name: "dc1" });
  const ledger = (fabric?.status?.outOfService ?? []).map(({ device }) => device).join();
  const devices = upgrades.map(
    ({ spec, status }) => `${spec.deviceName} ${String(status?.state)}: ${String(status?.message)}`,
  );
  const why = campaign?.status?.conditions?.find(({ type }) => type === "Ready")?.message;
  return [`${String(campaign?.status?.phase)} (${String(why)}), out of service: ${ledger}`, ...devices].join(
    "; ",
  );
}
