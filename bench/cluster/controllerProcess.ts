/**
 * The controller as a process of its own on a kubeconfig, over plain TCP to the simulated devices. Counts what it asks
 * of the API where it leaves the process. Ends with its standard input.
 */
import { channel } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect } from "node:net";
import { startController } from "../../src/controllers/controller.ts";
import type { Dial } from "../../src/controllers/devicePool.ts";
import { qfx } from "../../src/drivers/qfx.ts";
import { createLogger } from "../../src/observability/logger.ts";
import { NO_METER } from "../../src/observability/meter.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { readKubeConfig } from "../../src/store/kubernetes/kubeConfig.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import type { ClockAnchors, ControllerMessage } from "./messages.ts";

const [kubeconfig = "", port = "0", anchors = "{}"] = process.argv.slice(2);
const clockAnchors: ClockAnchors = JSON.parse(anchors);

let apiReads = 0;
let apiWrites = 0;
let apiWrittenBytes = 0;
let acceptedWrites = 0;
const writesByResource: Record<string, number> = {};
let reconciles = 0;
let failedReconciles = 0;

interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** undici tells of every request and of the status of every reply. */
channel("undici:request:create").subscribe((message) => {
  const request = requestOf(message);
  if (request === undefined) return;
  if (request.method === "GET") {
    apiReads += 1;
    return;
  }
  apiWrites += 1;
  const { body } = request;
  if (typeof body === "string" || Buffer.isBuffer(body)) apiWrittenBytes += Buffer.byteLength(body);
});
channel("undici:request:headers").subscribe((message) => {
  const request = requestOf(message);
  if (request === undefined || request.method === "GET" || typeof message !== "object" || message === null)
    return;
  const response: unknown = "response" in message ? message.response : undefined;
  if (typeof response !== "object" || response === null || !("statusCode" in response)) return;
  if (Number(response.statusCode) >= 300) return;
  acceptedWrites += 1;
  const what = `${request.method} ${resourceOf(request.path)}`;
  writesByResource[what] = (writesByResource[what] ?? 0) + 1;
});

/** `/apis/hitless.dev/v1alpha1/namespaces/bench/fabrics/large/status` is `fabrics/status`. */
function resourceOf(path: string): string {
  const [, rest = path] = /\/namespaces\/[^/]+\/([^?]*)/.exec(path) ?? [];
  const [plural = "", , subresource] = rest.split("/");
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}

function requestOf(message: unknown): ApiRequest | undefined {
  if (typeof message !== "object" || message === null || !("request" in message)) return undefined;
  const { request } = message;
  if (typeof request !== "object" || request === null || !("method" in request)) return undefined;
  const path = "path" in request ? String(request.path) : "";
  return { method: String(request.method), path, ...("body" in request ? { body: request.body } : {}) };
}

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
  log,
  registerSecret: (secret) => log.registerSecret(secret),
  meter: {
    ...NO_METER,
    reconcile: ({ result }) => {
      reconciles += 1;
      if (result === "Error") failedReconciles += 1;
    },
  },
});
process.stdin.resume();
await once(process.stdin, "end");
await controller.stop();
await store.close();
const { user, system } = process.cpuUsage();
const message: ControllerMessage = {
  reconciles,
  failedReconciles,
  apiReads,
  apiWrites,
  apiWrittenBytes,
  acceptedWrites,
  writesByResource,
  cpuSeconds: (user + system) / 1e6,
  peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(`${JSON.stringify(message)}\n`);
