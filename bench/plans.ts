/**
 * How good plans are and how long they take, always beside a planner that goes through the list: 2,000 random
 * fabrics, a crown of eighty leaves, and a data centre of 500, 5,000 and 50,000 devices.
 */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { renderTable } from "../src/cli/render/table.ts";
import { compare } from "./compare.ts";
import type { Comparison } from "./compare.ts";
import { benchCrown } from "./crown.ts";
import type { PlanMeasurement } from "./planProcess.ts";

const FABRICS = 2000;

/** Devices, and how many runs: the best counts, but the largest takes its time. */
const SIZES = [
  [500, 5],
  [5000, 5],
  [50_000, 1],
] as const;

export async function benchPlans(): Promise<void> {
  console.log(`${String(FABRICS)} random fabrics`);
  console.log(table(["", "realistic", "odd"], compareAll()));
  console.log("\nA crown of 40 + 40 leaves, every one paired with all of the other row but its partner");
  console.log(table(["", "ours", "bound", "in list order", "ratio"], benchCrown()));
  console.log(
    "\nA data centre: pods of forty leaves and four spines, twelve servers a device, batches of four",
  );
  const rows: string[][] = [];
  for (const [size, runs] of SIZES) {
    for (const condition of ["whole", "damaged"]) rows.push(rowOf(await inProcess(size, condition, runs)));
  }
  console.log(table(HEAD, rows));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return renderTable(head, rows, { indent: "  ", right: head.map((_, column) => column).slice(1) });
}

const HEAD = [
  "devices",
  "servers",
  "plan ms",
  "proof ms",
  "peak MB",
  "batches",
  "bound",
  "in list order",
  "ratio",
  "hours",
  "bound",
  "in list order",
  "ratio",
  "its ms",
];

function rowOf(one: PlanMeasurement): string[] {
  const { ours, bound, baseline } = one;
  const hours = ({ seconds }: { seconds: number }): string => (seconds / 3600).toFixed(1);
  return [
    `${String(one.devices)}${one.damaged ? ", links down" : ""}`,
    String(one.endpoints),
    one.planMilliseconds.toFixed(0),
    one.verifyMilliseconds.toFixed(0),
    one.peakMegabytes.toFixed(0),
    String(ours.batches),
    String(bound.batches),
    String(baseline.batches),
    ratio(baseline.batches, ours.batches),
    hours(ours),
    hours(bound),
    hours(baseline),
    ratio(baseline.seconds, ours.seconds),
    one.baselineMilliseconds.toFixed(0),
  ];
}

/** How many times as much the other one needs. */
function ratio(other: number, ours: number): string {
  return (other / ours).toFixed(2);
}

/** Almost all that a plan allocates is kept: with the usual young generation it would be copied time and again. */
const NODE_OPTIONS = [
  "--expose-gc",
  "--max-old-space-size=12000",
  "--max-semi-space-size=64",
  "--no-warnings",
];

async function inProcess(size: number, condition: string, runs: number): Promise<PlanMeasurement> {
  const file = resolve(import.meta.dirname, "planProcess.ts");
  const args = [...NODE_OPTIONS, file, String(size), condition, String(runs)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1_000_000 });
  const measurement: PlanMeasurement = JSON.parse(stdout);
  return measurement;
}

function compareAll(): string[][] {
  const all = Array.from({ length: FABRICS }, (_, number) => compare(number));
  const kinds = [
    all.filter(({ fabric }) => fabric.isRealistic),
    all.filter(({ fabric }) => !fabric.isRealistic),
  ];
  const row = (what: string, figure: (some: readonly Comparison[]) => string): string[] => [
    what,
    ...kinds.map(figure),
  ];
  const share = (what: string, isSo: (one: Comparison) => boolean): string[] =>
    row(what, (some) => `${((100 * some.filter(isSo).length) / some.length).toFixed(1)} %`);
  const approvable = (some: readonly Comparison[]): Comparison[] =>
    some.filter(({ objections }) => objections.length === 0);
  const count = (what: string, isSo: (one: Comparison) => boolean): string[] =>
    row(what, (some) => String(approvable(some).filter(isSo).length));
  const mean = (what: string, ratioOf: (one: Comparison) => number): string[] =>
    row(what, (some) => {
      const ratios = approvable(some).map(ratioOf);
      return (ratios.reduce((sum, each) => sum + each, 0) / ratios.length).toFixed(3);
    });
  return [
    row("fabrics", (some) => String(some.length)),
    share("batches at the proven bound", ({ ours, bound }) => ours.batches === bound.batches),
    share("time at the proven bound", ({ ours, bound }) => ours.seconds === bound.seconds),
    row("plans in list order that the proof lets pass", (some) => String(approvable(some).length)),
    count("  of these with more batches than ours", ({ ours, baseline }) => baseline.batches > ours.batches),
    count("  with fewer batches", ({ ours, baseline }) => baseline.batches < ours.batches),
    count("  that take longer", ({ ours, baseline }) => baseline.seconds > ours.seconds),
    count("  that take less time", ({ ours, baseline }) => baseline.seconds < ours.seconds),
    mean("  batches, as a multiple of ours", ({ ours, baseline }) => baseline.batches / ours.batches),
    mean("  time, as a multiple of ours", ({ ours, baseline }) => baseline.seconds / ours.seconds),
  ];
}
