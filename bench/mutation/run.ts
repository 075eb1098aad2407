/**
 * `npm run mutate`: changes the planner and its proof in thousands of small ways, one at a time and in memory only, and
 * sees whether the planner's tests notice. Each mutant is shown to the tests that run its place, the quick ones first.
 */
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { dependents } from "./dependents.ts";
import { equivalents } from "./equivalent.ts";
import type { Candidate } from "./equivalent.ts";
import { mutantsOf } from "./mutants.ts";
import { judgeAll } from "./pool.ts";
import type { Job } from "./pool.ts";
import { printTable, survivorText } from "./report.ts";
import type { Outcome } from "./report.ts";
import { stepsFor, testsOf } from "./touching.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SOURCES = "src/planner/**/*.ts";
/** A run with less than this fails. */
const WANTED_PERCENT = 90;

const HELP = `npm run mutate -- [options]

Changes src/planner, one operator, number, condition or call at a time, and runs the tests of test/planner that
reach the change. Exit code 1 if less than ${String(WANTED_PERCENT)} % of the mutants are noticed.

  --file TEXT      only files whose path has TEXT in it
  --every N        only every Nth mutant (of the whole list, always the same ones)
  --survivors      print each mutant that nothing notices
  --workers N      processes beside each other (default 2 at most)
  --help`;

const { values } = parseArgs({
  options: {
    every: { type: "string", default: "1" },
    file: { type: "string", default: "" },
    survivors: { type: "boolean", default: false },
    workers: { type: "string", default: String(Math.min(2, availableParallelism())) },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else await mutateAll();

async function mutateAll(): Promise<void> {
  const [began, workers] = [performance.now(), Number(values.workers)];
  const all = candidatesOf();
  const reasons = equivalents(all);
  const chosen = all
    .filter((_, place) => place % Number(values.every) === 0)
    .filter(({ file }) => file.includes(values.file));
  const outcomes = new Map<Candidate, Outcome>();
  const note = (candidate: Candidate, outcome: Outcome): void => {
    outcomes.set(candidate, outcome);
    if (values.survivors && outcome === "Survived") console.log(survivorText(candidate));
  };
  for (const candidate of chosen) if (reasons.has(candidate)) outcomes.set(candidate, "Equivalent");
  const open = chosen.filter((candidate) => !outcomes.has(candidate));
  const tests = await testsOf(ROOT, { places: placesIn(open), workers });
  process.stderr.write(
    `${String(tests.length)} tests, ${((performance.now() - began) / 1000).toFixed(0)} s\n`,
  );
  const anew = dependents(ROOT);
  const jobs: Job[] = [];
  for (const [number, candidate] of open.entries()) {
    const { file, mutant } = candidate;
    const steps = stepsFor(tests, { file, place: mutant.start });
    if (steps.length === 0) note(candidate, "Survived");
    else {
      const usual = steps.map(({ milliseconds }) => milliseconds);
      jobs.push({ task: { kind: "Mutant", number, file, mutant, anew: anew(file), steps }, usual });
    }
  }
  let judged = 0;
  await judgeAll(jobs, {
    workers,
    tell: ({ task }, answer) => {
      const candidate = open[task.number];
      if (candidate === undefined) return;
      const isKilled = answer?.kind === "Judged" && answer.by !== null;
      note(candidate, answer === null ? "TimedOut" : isKilled ? "Killed" : "Survived");
      judged += 1;
      if (judged % 50 === 0 || judged === jobs.length) {
        const seconds = ((performance.now() - began) / 1000).toFixed(0);
        process.stderr.write(`${String(judged)} of ${String(jobs.length)} mutants, ${seconds} s\n`);
      }
    },
  });
  const percent = printTable(
    chosen.map(({ file }) => file),
    chosen.map((each) => outcomes.get(each) ?? "Survived"),
  );
  if (percent < WANTED_PERCENT) process.exitCode = 1;
}

function candidatesOf(): Candidate[] {
  return globSync(SOURCES, { cwd: ROOT })
    .toSorted()
    .flatMap((file) => {
      const source = readFileSync(resolve(ROOT, file), "utf8");
      const lines = source.split("\n");
      return mutantsOf(source).map((mutant): Candidate => {
        const line = lines[mutant.line - 1]?.trim() ?? "";
        return { file, mutant, line, was: source.slice(mutant.start, mutant.end) };
      });
    });
}

function placesIn(candidates: readonly Candidate[]): Record<string, number[]> {
  const places: Record<string, number[]> = {};
  for (const { file, mutant } of candidates) (places[file] ??= []).push(mutant.start);
  return places;
}
