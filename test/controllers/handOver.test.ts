/**
 * A controller that is told to end hands over, whatever its devices are doing: its successor begins long before the
 * leases would have run out, and finds out from the devices what became of what was under way. The time limits of
 * the tests are shorter than those leases.
 */
import { expect } from "chai";
import { startController, type RunningController } from "../../src/controllers/controller.ts";
import { dialSsh } from "../../src/controllers/device/devicePool.ts";
import type { Driver, RunContext } from "../../src/drivers/driver.ts";
import { qfx } from "../../src/drivers/qfx.ts";
import type { Step } from "../../src/engine/step.ts";
import { createLogger } from "../../src/observability/logger.ts";
import { NO_METER, type Meter } from "../../src/observability/meter.ts";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import type { Store } from "../../src/store/store.ts";
import type { Clock } from "../../src/api/time.ts";
import { eventually } from "../support/eventually.ts";
import {
  applyFabric,
  CAMPAIGN,
  campaignDraft,
  imageDraft,
  NAMESPACE,
  only,
  simulation,
} from "../support/smallFabric.ts";
import { applyToyObjects, TARGET, toyDevices, toyDriver, toyPool, type ToyDevices } from "./toyFabric.ts";

const LEASE_SECONDS = 30;
const NEVER = new Promise<never>(() => undefined);

const log = createLogger({ level: "error", redact: [] });

function clockAt(speed: number): Clock {
  const now = Date.now();
  return scaledClock({ anchorModel: now, anchorReal: now, speed });
}

/** Who holds the lease of the fabric. */
async function holderOf(store: Store): Promise<string | undefined> {
  const lease = await store.get("Lease", { namespace: NAMESPACE, name: "hitless-dc1" });
  return lease?.spec.holderIdentity;
}

async function untilCompleted(store: Store, name: string): Promise<void> {
  await eventually(async () => {
    const campaign = await store.get("UpgradeCampaign", { namespace: NAMESPACE, name });
    expect(campaign?.status?.phase).to.equal("Completed");
  }, 1000);
}

/** Stops one, and lets another take over that waits already or is started then. Prints how long either took. */
async function handOver(
  store: Store,
  { from, to }: { from: RunningController; to: RunningController | (() => Promise<RunningController>) },
): Promise<void> {
  const startedAt = performance.now();
  const elapsed = (): string => `${((performance.now() - startedAt) / 1000).toFixed(2)} s`;
  await from.stop();
  const stopped = elapsed();
  const { holder } = typeof to === "function" ? await to() : to;
  await eventually(async () => expect(await holderOf(store)).to.equal(holder));
  console.log(`      stopped after ${stopped}; led by the successor after ${elapsed()}`);
}

describe("controllers: handing over", function () {
  this.timeout(25_000);

  const running: RunningController[] = [];
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((controller) => controller.stop()));
    for (const end of ends.splice(0).toReversed()) await end();
  });

  describe("with toy devices", () => {
    let clock: Clock;
    let store: Store;
    let devices: ToyDevices;

    beforeEach(async () => {
      clock = clockAt(60);
      store = memoryStore({ clock });
      devices = toyDevices(clock);
      await applyToyObjects(store, NAMESPACE);
      ends.push(() => store.close());
    });

    async function start(own: Store, changed: (driver: Driver) => Driver = (driver) => driver) {
      const world = { devices, clock, gate: { dead: false } };
      const controller = await startController({
        store: own,
        clock,
        drivers: [changed(toyDriver(world))],
        dial: dialSsh,
        pool: toyPool(world),
        log,
        registerSecret: () => undefined,
        leaseDurationSeconds: LEASE_SECONDS,
        intentValidSeconds: 2,
      });
      running.push(controller);
      return controller;
    }

    it("EX-9 does not wait for a look at a device that never ends", async () => {
      let isHung = false;
      const first = await start(store, (driver) =>
        withStep(driver, "Install", {
          observe: async () => {
            isHung = true;
            return NEVER;
          },
        }),
      );
      const second = await start(store);
      await eventually(() => expect(isHung).to.equal(true));
      await handOver(store, { from: first, to: second });
      await untilCompleted(store, "toys");
      for (const name of ["leaf1", "leaf2"]) {
        const expected = { release: TARGET, reboots: 1, installs: 1, rawReboots: 0, pairOut: 0 };
        expect(devices.get(name), name).to.include(expected);
      }
    });

    it("EX-9 does not wait for a request that was sent: the successor sees whether it took effect", async () => {
      let isSent = false;
      const first = await start(store, (driver) => {
        const reboot = driver.procedure.steps.find(({ name }) => name === "Reboot");
        return withStep(driver, "Reboot", {
          start: async (context) => {
            await reboot?.start?.(context);
            isSent = true;
            return NEVER;
          },
        });
      });
      await eventually(() => expect(isSent).to.equal(true));
      await handOver(store, { from: first, to: () => start(store) });
      await untilCompleted(store, "toys");
      for (const name of ["leaf1", "leaf2"]) expect(devices.get(name), name).to.include({ reboots: 1 });
    });

    it("writes nothing any more once it was told to end, whatever a look at a device says then", async () => {
      let answer: () => void = () => undefined;
      let isAsked = false;
      const first = await start(store, (driver) =>
        withStep(driver, "Preflight", {
          observe: async () => {
            isAsked = true;
            await new Promise<void>((resolve) => (answer = resolve));
            return { is: "Failed", reason: "HealthCheckFailed", message: "late" };
          },
        }),
      );
      await eventually(() => expect(isAsked).to.equal(true));
      await first.stop();
      const before = await store.list("DeviceUpgrade");
      answer();
      await new Promise((resolve) => setImmediate(resolve));
      expect(await store.list("DeviceUpgrade")).to.deep.equal(before);
      expect(await holderOf(store)).to.equal("");
    });

    it("ends also when the API does not answer any more", async () => {
      let isSilent = false;
      const silent: Store = Object.assign(
        Object.create(store),
        silenced(store, () => isSilent),
      );
      const lonely = await start(silent);
      await eventually(async () => expect(await holderOf(store)).to.equal(lonely.holder));
      isSilent = true;
      const startedAt = performance.now();
      await lonely.stop();
      console.log(`      stopped after ${((performance.now() - startedAt) / 1000).toFixed(2)} s`);
      expect(await holderOf(store), "left to run out").to.equal(lonely.holder);
    });
  });

  describe("with simulated devices over SSH", () => {
    let clock: Clock;
    let store: Store;
    let simulator: FabricSimulator;

    beforeEach(async () => {
      clock = clockAt(300);
      store = memoryStore({ clock });
      simulator = createFabricSimulator({ description: simulation(), clock });
      ends.push(
        () => store.close(),
        () => simulator.close(),
      );
      await applyFabric(store, await simulator.serve({ freePorts: true }), imageDraft());
      await store.create("UpgradeCampaign", campaignDraft(only("leaf1")));
    });

    async function start(meter: Meter = NO_METER): Promise<RunningController> {
      const controller = await startController({
        store,
        clock,
        drivers: [qfx],
        dial: dialSsh,
        meter,
        log,
        registerSecret: () => undefined,
        leaseDurationSeconds: LEASE_SECONDS,
        intentValidSeconds: 2,
      });
      running.push(controller);
      return controller;
    }

    it("EX-9 does not wait for the reply to a reboot; the device reboots once", async () => {
      const device = simulator.devices.get("leaf1");
      simulator.inject({ device: "leaf1", fault: "replyLost", rpc: "request-reboot" });
      const first = await start();
      await eventually(() => expect(device?.counters.reboots).to.equal(1), 1000);
      await handOver(store, { from: first, to: start });
      await untilCompleted(store, CAMPAIGN);
      expect(device?.counters).to.include({ reboots: 1, installsStarted: 1 });
    });

    it("does not wait for the answer to a question", async () => {
      const device = simulator.devices.get("leaf1");
      simulator.inject({ device: "leaf1", fault: "replyLost", rpc: "get-lldp-neighbors-information" });
      const answered: string[] = [];
      const meter: Meter = {
        ...NO_METER,
        deviceRpc: ({ rpc, code }) => answered.push(`${rpc} ${code}`),
      };
      const first = await start(meter);
      await eventually(() => expect(device?.rpcLog.map(({ outcome }) => outcome)).to.include("lost"));
      await handOver(store, { from: first, to: start });
      expect(answered).to.include("get-lldp-neighbors-information SessionClosed");
      await untilCompleted(store, CAMPAIGN);
      expect(device?.counters).to.include({ reboots: 1, installsStarted: 1 });
    });
  });
});

function withStep(driver: Driver, name: string, parts: Partial<Step<RunContext>>): Driver {
  const steps = driver.procedure.steps.map((step) => (step.name === name ? { ...step, ...parts } : step));
  return { ...driver, procedure: { ...driver.procedure, steps } };
}

/** Methods that answer no more once it is so, like a server whose packets are dropped; they heed their signal. */
function silenced(store: Store, isSilent: () => boolean): Partial<Store> {
  const silence = async (signal: AbortSignal | undefined): Promise<void> => {
    if (!isSilent()) return;
    await new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  };
  return {
    get: async (kind, key, options) => {
      await silence(options?.signal);
      return store.get(kind, key, options);
    },
    list: async (kind, namespace, options) => {
      await silence(options?.signal);
      return store.list(kind, namespace, options);
    },
    create: async (kind, draft, options) => {
      await silence(options?.signal);
      return store.create(kind, draft, options);
    },
    replace: async (kind, object, options) => {
      await silence(options?.signal);
      return store.replace(kind, object, options);
    },
    replaceStatus: async (kind, object, options) => {
      await silence(options?.signal);
      return store.replaceStatus(kind, object, options);
    },
    cached: (kind) => store.cached(kind),
    watch: async (kind, handler, signal) => store.watch(kind, handler, signal),
  };
}
