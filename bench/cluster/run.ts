/**
 * `npm run bench:cluster -- [--speed=N] [--lease=SECONDS] [--profile=FOLDER] [sizes…]`: whole campaigns on a real API server, with the
 * controller, the devices and the API server as processes of their own. Prints what the controller asks of the API and of
 * the devices, and what it takes itself. Nothing is asserted; machines differ.
 */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { renderTable } from "../../src/cli/render/table.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { readKubeConfig } from "../../src/store/kubernetes/kubeConfig.ts";
import type { Store } from "../../src/store/store.ts";
import { buildCluster } from "../../test/support/cluster/buildCluster.ts";
import { installDefinitions } from "../../test/support/cluster/sharedCluster.ts";
import { startCluster, type Cluster } from "../../test/support/cluster/startCluster.ts";
import { startFaultProxy } from "../../test/support/faultProxy.ts";
import { apiLoad, type ApiLoad } from "./apiLoad.ts";
import { buildController } from "./buildController.ts";
import { startChild } from "./child.ts";
import { CAMPAIGN, largeFabric, NAMESPACE } from "./largeFabric.ts";
import type { ClockAnchors, ControllerMessage, DevicesMessage } from "./messages.ts";

const DEFAULT_SIZES = [10, 500];
/** Model seconds in a second: what a device does shall take no longer than what the API does. */
const DEFAULT_SPEED = 20;

const { values: options, positionals } = parseArgs({
  options: { speed: { type: "string" }, lease: { type: "string" }, profile: { type: "string" } },
  allowPositionals: true,
});
const speed = Number(options.speed ?? DEFAULT_SPEED);

/** As in the Dockerfile: memory before speed, for a process that mostly waits. */
const CONTROLLER_FLAGS = [
  "--max-semi-space-size=4",
  "--optimize-for-size",
  "--single-threaded-gc",
  ...(options.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${options.profile}`]),
];

interface Measurement {
  readonly size: number;
  readonly outcome: string;
  readonly wrong: readonly string[];
  readonly lostPackets: number;
  readonly seconds: number;
  readonly modelSeconds: number;
  readonly controller: ControllerMessage;
  readonly load: ApiLoad;
}

interface Programs {
  /** The folder of the cluster's. */
  readonly binaries: string;
  readonly controller: string;
}

async function measure({ binaries, controller }: Programs, size: number): Promise<Measurement> {
  const cluster = await startCluster({ binaries });
  try {
    return await measureOn(cluster, { size, program: controller });
  } finally {
    await cluster.stop();
  }
}

async function measureOn(
  cluster: Cluster,
  { size, program }: { size: number; program: string },
): Promise<Measurement> {
  await installDefinitions(cluster);
  await cluster.request({
    method: "POST",
    path: "/api/v1/namespaces",
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
  });
  const now = Date.now();
  const anchors: ClockAnchors = { anchorModel: now, anchorReal: now, speed };
  const devices = startChild<DevicesMessage>("devicesProcess.ts", [String(size), JSON.stringify(anchors)]);
  const serving = await devices.next();
  if (serving.event !== "serving") throw new Error("the devices do not serve");
  const store = kubernetesStore({
    kubeConfig: readKubeConfig(cluster.kubeconfig),
    clock: { monotonicMilliseconds: () => performance.now() },
  });
  // Between the controller and the server, so that what passes is counted outside of what is measured.
  const proxy = await startFaultProxy(cluster);
  const kubeconfig = path.join(cluster.folder, "proxied.json");
  await writeFile(kubeconfig, cluster.kubeconfigText({ url: proxy.url }), { mode: 0o600 });
  try {
    await apply(store, size);
    const startedAt = performance.now();
    const controller = startChild<ControllerMessage>(
      program,
      [kubeconfig, String(serving.port), JSON.stringify(anchors), options.lease ?? "15"],
      CONTROLLER_FLAGS,
    );
    const outcome = await untilEnded(store, size);
    const seconds = (performance.now() - startedAt) / 1000;
    controller.end();
    const counted = await controller.next();
    await controller.exited;
    devices.end();
    const report = await devices.next();
    return {
      size,
      outcome,
      ...(report.event === "counted" ? report : { wrong: ["?"], lostPackets: Number.NaN }),
      seconds,
      modelSeconds: seconds * speed,
      controller: counted,
      load: apiLoad(proxy.requests),
    };
  } finally {
    devices.end();
    await store.close();
    await proxy.stop();
  }
}

async function apply(store: Store, size: number): Promise<void> {
  const { fabric, image, campaign } = largeFabric(size);
  const encoded = (text: string): string => Buffer.from(text).toString("base64");
  await store.create("Secret", {
    metadata: { namespace: NAMESPACE, name: "login" },
    type: "Opaque",
    data: { username: encoded("hitless"), password: encoded("simulated") },
  });
  await store.create("ConfigMap", {
    metadata: { namespace: NAMESPACE, name: "hosts" },
    data: { known_hosts: "" },
  });
  await store.create("Fabric", fabric);
  await store.create("DeviceImage", image);
  await store.create("UpgradeCampaign", campaign);
}

async function untilEnded(store: Store, size: number): Promise<string> {
  let shown = "";
  for (;;) {
    const { status } = (await store.get("UpgradeCampaign", { namespace: NAMESPACE, name: CAMPAIGN })) ?? {};
    const line = `${String(size)} devices: ${status?.phase ?? "Planning"} ${status?.progress ?? ""}`;
    if (line !== shown) console.error(line);
    shown = line;
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    if (status?.finishedAt !== undefined || status?.phase === "Blocked") {
      return `${status.phase ?? "?"}: ${ready?.message ?? ""}`;
    }
    await sleep(1000);
  }
}

function row({ size, controller, load, seconds }: Measurement): string[] {
  const perDevice = (value: number): string => (value / size).toFixed(1);
  return [
    String(size),
    seconds.toFixed(0),
    perDevice(load.writes),
    perDevice(load.leaseWrites),
    perDevice(load.writtenBytes / 1024),
    perDevice(load.reads),
    String(load.needlessWrites),
    (controller.reconciles / seconds).toFixed(0),
    ((controller.cpuSeconds / seconds) * 100).toFixed(0),
    perDevice(controller.cpuSeconds * 1000),
    (controller.peakMemoryBytes / 1024 / 1024).toFixed(0),
    perDevice(Object.values(controller.rpcs).reduce((sum, count) => sum + count, 0)),
    controller.eventLoopDelayMilliseconds.p99.toFixed(0),
    controller.eventLoopDelayMilliseconds.max.toFixed(0),
  ];
}

/** The most first. */
function byResource(sums: Iterable<readonly [string, number]>, size: number): string {
  return [...sums]
    .toSorted(([, one], [, other]) => other - one)
    .map(([what, sum]) => `${what} ${(sum / size).toFixed(1)}`)
    .join(", ");
}

const head = [
  "devices",
  "seconds",
  "writes/device",
  "Lease writes/device",
  "KiB written/device",
  "reads/device",
  "needless writes",
  "reconciles/s",
  "CPU %",
  "CPU ms/device",
  "peak MiB",
  "RPCs/device",
  "loop ms p99",
  "loop ms max",
];
const sizes = positionals.map(Number);
const binaries = await buildCluster({ onProgress: (line) => console.error(line) });
const built = await buildController();
const programs = { binaries, controller: built.program };
const measurements: Measurement[] = [];
try {
  for (const size of sizes.length > 0 ? sizes : DEFAULT_SIZES) {
    const measurement = await measure(programs, size);
    // At once: the next one takes longer, and may not end.
    console.error(renderTable(head, [row(measurement)]));
    measurements.push(measurement);
  }
} finally {
  await built.remove();
}
for (const { size, outcome, wrong, lostPackets } of measurements) {
  const once = wrong.length === 0 ? "each installed and rebooted once" : `not once: ${wrong.join(", ")}`;
  console.log(`${String(size)} devices: ${outcome}; ${once}; ${String(lostPackets)} packets lost`);
}
console.log(renderTable(head, measurements.map(row), { right: head.map((_, index) => index) }));
for (const { size, load, controller } of measurements) {
  const about = `per device, ${String(size)} devices`;
  console.log(`Writes ${about}: ${byResource(load.writesByResource, size)}`);
  console.log(`Bytes written ${about}: ${byResource(load.bytesByResource, size)}`);
  console.log(`Reads ${about}: ${byResource(load.readsByResource, size)}`);
  console.log(`RPCs ${about}: ${byResource(Object.entries(controller.rpcs), size)}`);
}
