/**
 * The controller as a process of its own, to be killed and stopped: the real controller, driver and SSH on a
 * cluster. It can do it to itself at a moment of its own work, where no other process could hit in time. Tells its
 * acts and what happens to it on standard output, takes orders on standard input and ends with it; logs on standard
 * error.
 */
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { startController } from "../../src/controllers/controller.ts";
import { devicePool, dialSsh, type Dial } from "../../src/controllers/device/devicePool.ts";
import type { EffectHooks } from "../../src/controllers/leadership/effects.ts";
import { qfx } from "../../src/drivers/qfx.ts";
import { createLogger, type Logger } from "../../src/observability/logger.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { readKubeConfig } from "../../src/store/kubernetes/kubeConfig.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { toldActs } from "./acts.ts";
import type { Fate, Message, Moment, Order } from "./messages.ts";

const { values } = parseArgs({
  options: {
    kubeconfig: { type: "string", default: "" },
    "anchor-model": { type: "string" },
    "anchor-real": { type: "string" },
    speed: { type: "string" },
    "lease-duration": { type: "string" },
    "intent-valid": { type: "string" },
  },
});

function say(message: Message): void {
  // Standard output is a pipe: on Linux, what is written there has left the process when this returns.
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** The moment it waits for, and how many of its kind are left until then. */
let armed: { readonly moment: Moment; readonly fate: Fate; left: number } | undefined;
let goOn: () => void = () => undefined;

const ended = new AbortController();
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const order: Order = JSON.parse(line);
    switch (order.order) {
      case "arm":
        armed = { ...order, left: order.moment.nth ?? 1 };
        break;
      case "disarm":
        armed = undefined;
        break;
      case "go on":
        goOn();
        break;
    }
  })
  .on("close", () => ended.abort(new Error("the test has ended")));

/** Meets its fate if this is the moment; the promise says when to go on. */
function reach(when: Moment["when"], object: string, action: string): Promise<void> | undefined {
  if (armed === undefined) return undefined;
  const { moment, fate } = armed;
  if (moment.when !== when || (moment.action ?? action) !== action) return undefined;
  if (moment.devices?.includes(object) === false) return undefined;
  armed.left -= 1;
  if (armed.left > 0) return undefined;
  armed = undefined;
  say({ event: "reached", object, action, when, at: clock.now() });
  switch (fate) {
    case "die":
      process.kill(process.pid, "SIGKILL");
      return new Promise(() => undefined);
    case "stop":
      process.kill(process.pid, "SIGSTOP");
      return undefined;
    case "wait":
      return new Promise((resolve) => {
        goOn = resolve;
      });
  }
}

/** The effects under way, by device. */
const underWay = new Map<string, string>();

const hooks: EffectHooks = {
  before({ object, action }) {
    underWay.set(object, action);
    return reach("before", object, action);
  },
  after({ object, action }) {
    underWay.delete(object);
    return reach("after", object, action);
  },
};

const dial: Dial = async (target) => {
  const action = underWay.get(target.device);
  if (action !== undefined) await reach("dial", target.device, action);
  return await dialSsh(target);
};

/** Tells when this process begins to lead and ceases, which only the log says. */
function withNews(log: Logger): Logger {
  return {
    ...log,
    info(entry) {
      if (entry.action === "Lead") say({ event: "leads", leads: entry.code === "Running" });
      log.info(entry);
    },
  };
}

const clock = scaledClock({
  anchorModel: Number(values["anchor-model"]),
  anchorReal: Number(values["anchor-real"]),
  speed: Number(values.speed),
});
const log = withNews(
  createLogger({ level: "info", redact: [], now: () => clock.now(), stream: process.stderr }),
);
const registerSecret = (secret: string): void => log.registerSecret(secret);
const acts = toldActs({ say, beforeSending: (device, rpc) => reach("sending", device, rpc) });
const store = acts.store(kubernetesStore({ kubeConfig: readKubeConfig(values.kubeconfig), clock }));
try {
  const controller = await startController({
    store,
    clock,
    drivers: [qfx],
    dial,
    pool: acts.pool(devicePool({ store, dial, signal: ended.signal, registerSecret })),
    log,
    registerSecret,
    hooks,
    leaseDurationSeconds: Number(values["lease-duration"]),
    intentValidSeconds: Number(values["intent-valid"]),
    signal: ended.signal,
  });
  say({ event: "ready" });
  await new Promise<void>((resolve) => {
    if (ended.signal.aborted) resolve();
    ended.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await controller.stop();
} catch (error) {
  // To be ended while the API server does not answer is an end like any other.
  if (!ended.signal.aborted) throw error;
} finally {
  await store.close();
}
