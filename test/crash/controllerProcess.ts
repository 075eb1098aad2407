/**
 * The controller as a process of its own, to be killed: the real controller, driver and SSH over a store in a file.
 * It can kill itself at a named effect, where no other process could hit in time. Says what happens to it on
 * standard output, one JSON object a line; logs on standard error; ends with its standard input.
 */
import { parseArgs } from "node:util";
import { followCampaign } from "../../src/cli/twin/followCampaign.ts";
import { startController } from "../../src/controllers/controller.ts";
import { dialSsh, type Dial } from "../../src/controllers/devicePool.ts";
import type { Effect, EffectHooks } from "../../src/controllers/effects.ts";
import { qfx } from "../../src/drivers/qfx.ts";
import { createLogger, type Logger } from "../../src/observability/logger.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import type { Message } from "./controllerHandle.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string", default: "" },
    campaign: { type: "string", default: "" },
    "anchor-model": { type: "string" },
    "anchor-real": { type: "string" },
    speed: { type: "string" },
    "lease-duration": { type: "string" },
    "intent-valid": { type: "string" },
    /** `before`, `after`, or `dial`: when it reaches for the device once more while the effect is under way. */
    "kill-moment": { type: "string" },
    "kill-action": { type: "string" },
    /** Names with commas between them; any device where it is not given. */
    "kill-devices": { type: "string" },
  },
});

function say(message: Message): void {
  // Standard output is a pipe: on Linux, what is written there has left the process when this returns.
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const fatalDevices = values["kill-devices"]?.split(",");

function isFatal({ object, action }: Pick<Effect, "object" | "action">): boolean {
  return action === values["kill-action"] && fatalDevices?.includes(object) !== false;
}

async function die(device: string): Promise<void> {
  say({ event: "kills itself", device, at: clock.now() });
  process.kill(process.pid, "SIGKILL");
  await new Promise<never>(() => undefined);
}

/** The devices on which the fatal effect is under way. */
const underWay = new Set<string>();

const hooks: EffectHooks = {
  async before(effect) {
    if (!isFatal(effect)) return;
    underWay.add(effect.object);
    if (values["kill-moment"] === "before") await die(effect.object);
  },
  async after(effect) {
    if (!isFatal(effect)) return;
    underWay.delete(effect.object);
    if (values["kill-moment"] === "after") await die(effect.object);
  },
};

const dial: Dial = async (target) => {
  if (values["kill-moment"] === "dial" && underWay.has(target.device)) await die(target.device);
  return await dialSsh(target);
};

/** Tells when this process begins to lead, which only the log says. */
function withNews(log: Logger): Logger {
  return {
    ...log,
    info(entry) {
      if (entry.action === "Lead" && entry.code === "Running") say({ event: "leads" });
      log.info(entry);
    },
  };
}

const clock = scaledClock({
  anchorModel: Number(values["anchor-model"]),
  anchorReal: Number(values["anchor-real"]),
  speed: Number(values.speed),
});
const parentGone = new AbortController();
process.stdin.on("end", () => parentGone.abort(new Error("the test has ended"))).resume();
const log = withNews(createLogger({ level: "info", redact: [], now: () => clock.now() }));
const store = memoryStore({ clock, file: values.store });
const controller = await startController({
  store,
  clock,
  drivers: [qfx],
  dial,
  log,
  registerSecret: (secret) => log.registerSecret(secret),
  hooks,
  leaseDurationSeconds: Number(values["lease-duration"]),
  intentValidSeconds: Number(values["intent-valid"]),
});
try {
  const [namespace = "", name = ""] = values.campaign.split("/");
  const { outcome, phase, message } = await followCampaign({
    store,
    campaign: { namespace, name },
    clock,
    signal: parentGone.signal,
  });
  say({ event: "ended", outcome, phase, message });
} finally {
  await controller.stop();
  await store.close();
  process.stdin.destroy();
}
