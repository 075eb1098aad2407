/**
 * The controller as a process of its own on a kubeconfig, over plain TCP to the simulated devices. Ends with its
 * standard input.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { startController } from "../../src/controllers/controller.ts";
import type { Dial } from "../../src/controllers/device/devicePool.ts";
import { qfx } from "../../src/drivers/qfx.ts";
import { createLogger } from "../../src/observability/logger.ts";
import { NO_METER } from "../../src/observability/meter.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { readKubeConfig } from "../../src/store/kubernetes/kubeConfig.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import type { ClockAnchors, ControllerMessage } from "./messages.ts";

const [kubeconfig = "", port = "0", anchors = "{}", leaseSeconds = "15"] = process.argv.slice(2);
const clockAnchors: ClockAnchors = JSON.parse(anchors);

let reconciles = 0;
let failedReconciles = 0;
const rpcs: Record<string, number> = {};
const eventLoopDelay = monitorEventLoopDelay({ resolution: 5 });
eventLoopDelay.enable();

const dial: Dial = async ({ device }) => {
  const sockets = new Set<ReturnType<typeof connect>>();
  let close = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  return {
    closed,
    async openStream() {
      const socket = connect(Number(port), "127.0.0.1");
      socket.setNoDelay(true);
      sockets.add(socket.on("close", () => sockets.delete(socket)).on("error", () => undefined));
      await once(socket, "connect");
      socket.write(`${device}\n`);
      return socket;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      close();
    },
  };
};

const clock = scaledClock(clockAnchors);
const store = kubernetesStore({ kubeConfig: readKubeConfig(kubeconfig), clock });
const log = createLogger({ level: "warn", redact: [], stream: process.stderr });
const controller = await startController({
  store,
  clock,
  drivers: [qfx],
  dial,
  leaseDurationSeconds: Number(leaseSeconds),
  log,
  registerSecret: (secret) => log.registerSecret(secret),
  meter: {
    ...NO_METER,
    reconcile: ({ result }) => {
      reconciles += 1;
      if (result === "Error") failedReconciles += 1;
    },
    deviceRpc: ({ rpc }) => {
      rpcs[rpc] = (rpcs[rpc] ?? 0) + 1;
    },
  },
});
/** By `VmHWM` of proc(5): the peak of `getrusage` begins with that of the process that started this one. */
async function peakMemoryBytes(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
  return (kibibytes === undefined ? process.resourceUsage().maxRSS : Number(kibibytes)) * 1024;
}

process.stdin.resume();
await once(process.stdin, "end");
await controller.stop();
await store.close();
const { user, system } = process.cpuUsage();
const message: ControllerMessage = {
  reconciles,
  failedReconciles,
  cpuSeconds: (user + system) / 1e6,
  peakMemoryBytes: await peakMemoryBytes(),
  eventLoopDelayMilliseconds: {
    max: eventLoopDelay.max / 1e6,
    p99: eventLoopDelay.percentile(99) / 1e6,
  },
  rpcs,
};
process.stdout.write(`${JSON.stringify(message)}\n`);
