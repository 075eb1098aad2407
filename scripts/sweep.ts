/**
 * `npm run sweep`: every driver × step × fault, each as a whole upgrade of a simulated device on model time, with the
 * promises of the product asked at every instant. Exits with 1 when one is broken.
 */
import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError, Option } from "commander";
import { casesOf } from "../test/sweep/plan.ts";
import { runCases } from "../test/sweep/pool.ts";
import { describeCase, describeEnd, sumTable, sweepTable } from "../test/sweep/report.ts";
import type { SweepCase, SweepResult } from "../test/sweep/sweepCase.ts";
import { SUBJECTS } from "../test/sweep/subjects.ts";

interface SweepOptions {
  readonly driver?: string;
  readonly step?: string;
  readonly fault?: string;
  readonly output: "table" | "json";
  readonly every: number;
  readonly jobs: number;
}

const PROGRESS_SECONDS = 15;

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError("a whole number above 0");
  return value;
};

const program = new Command("npm run sweep --")
  .description(
    "Upgrades a simulated device with each fault at each step of each driver, and says what became of it.",
  )
  .option("--driver <text>", "only drivers whose name has this in it, e.g. qfx/v1")
  .option("--step <name>", "only this step, e.g. Reboot")
  .option("--fault <text>", "only faults whose name has this in it, e.g. session")
  .option("--every <n>", "only each n-th run", positive, 1)
  .option("--jobs <n>", "threads", positive, availableParallelism())
  .addOption(
    new Option("-o, --output <format>", "what is printed").choices(["table", "json"]).default("table"),
  )
  .action(sweep);

async function sweep({ driver, step, fault, output, every, jobs }: SweepOptions): Promise<void> {
  const started = performance.now();
  const subjects = SUBJECTS.filter(({ name }) => driver === undefined || name.includes(driver));
  const all: SweepCase[] = [];
  for (const subject of subjects) {
    progress(`a clean upgrade with ${subject.name}`);
    all.push(...(await casesOf(subject)));
  }
  const cases = all
    .filter((each) => step === undefined || each.step === step)
    .filter((each) => fault === undefined || each.fault.includes(fault))
    .filter((_each, index) => index % every === 0);
  if (cases.length === 0) {
    console.error("nothing fits; --help says what can be chosen");
    process.exitCode = 2;
    return;
  }
  let told = performance.now();
  const results = await runCases(cases, {
    threads: jobs,
    onResult(result, done) {
      for (const words of result.broken)
        progress(`BROKEN ${describeCase(result)}: ${describeEnd(result)}: ${words}`);
      if (performance.now() - told < PROGRESS_SECONDS * 1000 && done < cases.length) return;
      told = performance.now();
      progress(`${String(done)} of ${String(cases.length)} runs`);
    },
  });
  const seconds = (performance.now() - started) / 1000;
  if (output === "json") console.log(JSON.stringify(results, undefined, 2));
  else print(results, seconds);
  if (results.some(({ broken }) => broken.length > 0)) process.exitCode = 1;
}

function print(results: readonly SweepResult[], seconds: number): void {
  const modelHours = results.reduce((sum, { modelSeconds }) => sum + modelSeconds, 0) / 3600;
  const checks = results.reduce((sum, result) => sum + result.checks, 0);
  console.log(sweepTable(results));
  console.log(`\n${sumTable(results)}`);
  console.log(
    `\n${String(results.length)} runs in ${seconds.toFixed(0)} s (${modelHours.toFixed(0)} hours of model time); ` +
      `the promises were asked ${String(checks)} times.`,
  );
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

await program.parseAsync();
