/**
 * Plans one data centre and proves the plan, in a process of its own, so that its memory can be told: prints one
 * line of JSON. Arguments: how many devices, `damaged` or `whole`, how many times (the best counts).
 */
import { Worker } from "node:worker_threads";
import type { DeviceDiscovery } from "../src/api/discovery.ts";
import { makePlan } from "../src/planner/plan.ts";
import { verifyPlan } from "../src/planner/verify/verify.ts";
import { campaignOf, discover, fabricOf, imageOf, sha256 } from "../test/planner/support.ts";
import { figuresOf, withBatches } from "./compare.ts";
import type { Figures } from "./compare.ts";
import { dataCentre } from "./dataCentre.ts";
import { planInListOrder } from "./listOrder.ts";

export interface PlanMeasurement {
  readonly devices: number;
  readonly endpoints: number;
  readonly damaged: boolean;
  readonly planMilliseconds: number;
  readonly verifyMilliseconds: number;
  /** The most that was held beyond the input, as the system counts it. */
  readonly peakMegabytes: number;
  readonly ours: Figures;
  readonly bound: Figures;
  readonly baselineMilliseconds: number;
  readonly baseline: Figures;
}

const MAX_BATCH_SIZE = 4;

function measure({ size, damaged, runs }: { size: number; damaged: boolean; runs: number }): PlanMeasurement {
  const { world, secondsOf } = dataCentre(size, { damaged });
  const fabric = fabricOf(world);
  // As readings arrive: parsed, each by itself. What making them up has left behind is no part of planning.
  const discovery = Object.fromEntries(
    Object.entries(discover(world)).map(([name, said]) => [name, parsed(said)]),
  );
  globalThis.gc?.();
  const peak = watchMemory();
  let [planMilliseconds, verifyMilliseconds] = [Infinity, Infinity];
  let last: ReturnType<typeof makePlan> | null = null;
  for (let run = 0; run < runs; run += 1) {
    const started = performance.now();
    last = makePlan({
      fabric,
      discovery,
      campaign: campaignOf({ maxBatchSize: MAX_BATCH_SIZE }),
      images: [imageOf()],
      outOfService: [],
      sha256,
      estimateSeconds: ({ name }) => secondsOf(name),
      supports: () => null,
    });
    const planned = performance.now();
    const violations = verifyPlan(last.plan, last.topology, { maxBatchSize: MAX_BATCH_SIZE });
    if (violations[0] !== undefined) throw new Error(JSON.stringify(violations[0]));
    verifyMilliseconds = Math.min(verifyMilliseconds, performance.now() - planned);
    planMilliseconds = Math.min(planMilliseconds, planned - started);
  }
  const peakMegabytes = peak();
  if (last === null) throw new Error("no run was asked for");
  const { plan } = last;
  const input = {
    devices: world.devices.map(({ name, role, overlayRoles }) => ({
      name,
      role,
      overlayRoles: overlayRoles ?? [],
    })),
    segments: world.servers.map(({ ports }) => ports.map((port) => port.slice(0, port.indexOf("/")))),
    maxBatchSize: MAX_BATCH_SIZE,
  };
  const started = performance.now();
  const batches = planInListOrder(input);
  const baselineMilliseconds = performance.now() - started;
  return {
    devices: world.devices.length,
    endpoints: world.servers.length,
    damaged,
    planMilliseconds,
    verifyMilliseconds,
    peakMegabytes,
    ours: figuresOf(plan),
    bound: { batches: plan.lowerBound, seconds: plan.lowerBoundSeconds ?? 0 },
    baselineMilliseconds,
    baseline: figuresOf(withBatches(plan, batches, { world, secondsOf })),
  };
}

function parsed(said: DeviceDiscovery): DeviceDiscovery {
  const copy: DeviceDiscovery = JSON.parse(JSON.stringify(said));
  return copy;
}

/** Looks at this process's memory from another thread. The answer is in megabytes above the beginning. */
function watchMemory(): () => number {
  const peak = new Float64Array(new SharedArrayBuffer(8));
  const look = `
    const { workerData } = require("node:worker_threads");
    setInterval(() => { workerData[0] = Math.max(workerData[0], process.memoryUsage.rss()); }, 5);`;
  const worker = new Worker(look, { eval: true, workerData: peak });
  worker.unref();
  const start = process.memoryUsage.rss();
  return () => (Math.max(peak[0] ?? 0, process.memoryUsage.rss()) - start) / 1_000_000;
}

const [size = "500", condition = "whole", runs = "1"] = process.argv.slice(2);
const measurement = measure({ size: Number(size), damaged: condition === "damaged", runs: Number(runs) });
process.stdout.write(`${JSON.stringify(measurement)}\n`);
process.exit();
