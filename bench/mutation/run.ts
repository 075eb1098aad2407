/**
 * `npm run mutate`: changes the planner and its proof in thousands of small ways, one at a time and in memory only, and
 * sees whether the planner's tests notice. Each mutant is shown to the tests that run its place, the quick ones first.
 */
import { globSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { equivalents } from "./equivalent.ts";
import type { Candidate } from "./equivalent.ts";
import { mutantsOf } from "./mutants.ts";
import { askAll, askOnce } from "./pool.ts";
import type { Pool } from "./pool.ts";
import { reachOf } from "./questions.ts";
import { printTable, mutantText } from "./report.ts";
import type { Outcome } from "./report.ts";
import { withSwitches } from "./switches.ts";
import type { Answer, Task } from "./worker.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SOURCES = "src/planner/**/*.ts";
const TESTS = "test/planner/**/*.test.ts";
/** A run with less than this fails. */
const WANTED_PERCENT = 90;

const HELP = `npm run mutate -- [options]

Changes src/planner, one operator, number, condition or call at a time, and runs the tests of test/planner that
reach the change. Exit code 1 if less than ${String(WANTED_PERCENT)} % of the mutants are noticed.

  --file TEXT      only files whose path has TEXT in it
  --every N        only every Nth mutant (of the whole list, always the same ones)
  --offset N       with --every: others than those, from the Nth on (0 to one less than every)
  --survivors      print each mutant that nothing notices, as it is found
  --equivalent     run only the mutants of equivalent.json: one that is noticed does not belong there
  --workers N      processes beside each other (default 2 at most)
  --help

Ctrl-C prints the table of what is known so far. The order of mutants is mixed, so that it is a fair sample.`;

const { values } = parseArgs({
  options: {
    every: { type: "string", default: "1" },
    offset: { type: "string", default: "0" },
    file: { type: "string", default: "" },
    survivors: { type: "boolean", default: false },
    workers: { type: "string", default: String(Math.min(2, availableParallelism())) },
    equivalent: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else await mutateAll();

async function mutateAll(): Promise<void> {
  const began = performance.now();
  const all = candidatesOf();
  const reasons = equivalents(all);
  const outcomes = new Map<Candidate, Outcome>();
  const note = (candidate: Candidate, outcome: Outcome): void => {
    outcomes.set(candidate, outcome);
    if (values.survivors && outcome === "Survived") console.log(mutantText(candidate));
  };
  const pool = { start: startOf(all), workers: Number(values.workers) };
  const covered = await askOnce({ kind: "Cover" }, pool);
  if (covered.kind !== "Covered") throw new Error("the tests say nothing of what they reach");
  const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(0)} s`;
  process.stderr.write(`${String(covered.tests.length)} tests pass, ${seconds()}\n`);
  const reach = reachOf(
    covered,
    all.map(({ file }) => file),
  );
  const tasks: Extract<Task, { kind: "Judge" }>[] = [];
  for (const [mutant, candidate] of all.entries()) {
    if (mutant % Number(values.every) !== Number(values.offset) || !candidate.file.includes(values.file))
      continue;
    const { isStatic, questions } = reach(mutant);
    if (values.equivalent !== reasons.has(candidate)) {
      if (!values.equivalent) note(candidate, "Equivalent");
      continue;
    }
    if (questions.length === 0) note(candidate, "Survived");
    else tasks.push({ kind: "Judge", mutant, isStatic, questions });
  }
  let judged = 0;
  process.once("SIGINT", () => {
    console.log(`stopped after ${String(judged)} of ${String(tasks.length)} mutants`);
    finish(outcomes);
    process.exit();
  });
  await askAll(mixed(tasks), {
    ...pool,
    tell: ({ mutant }, answer) => {
      const candidate = all[mutant];
      if (candidate !== undefined) note(candidate, outcomeOf(answer));
      judged += 1;
      if (judged % 50 === 0 || judged === tasks.length) {
        process.stderr.write(`${String(judged)} of ${String(tasks.length)} mutants, ${seconds()}\n`);
      }
    },
  });
  finish(outcomes);
}

function finish(outcomes: ReadonlyMap<Candidate, Outcome>): void {
  if (values.equivalent) {
    const noticed = [...outcomes].filter(([, outcome]) => outcome !== "Survived");
    for (const [candidate] of noticed) console.log(`noticed: ${mutantText(candidate)}`);
    console.log(`${String(noticed.length)} of ${String(outcomes.size)} equivalent mutants are noticed`);
    process.exitCode = noticed.length > 0 ? 1 : 0;
    return;
  }
  process.exitCode = printTable(outcomes) < WANTED_PERCENT ? 1 : 0;
}

/** In an order in which any part stands for the whole, always the same one. */
function mixed<Item>(items: readonly Item[]): Item[] {
  const places = items.map((item, place) => ({ item, key: Math.imul(place + 1, 2_654_435_761) >>> 0 }));
  return places.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}

/** No answer: it ran too long, or the process ended. */
function outcomeOf(answer: Answer | null): Outcome {
  if (answer === null) return "TimedOut";
  if (answer.kind !== "Judged") throw new Error("an answer to something else");
  if (answer.by === null) return "Survived";
  return answer.isEndless ? "TimedOut" : "Killed";
}

function candidatesOf(): Candidate[] {
  return globSync(SOURCES, { cwd: ROOT })
    .toSorted()
    .flatMap((file) => {
      const source = readFileSync(resolve(ROOT, file), "utf8");
      const lines = source.split("\n");
      return mutantsOf(source).map((mutant): Candidate => {
        const line = lines[mutant.line - 1]?.trim() ?? "";
        const column = mutant.start - source.lastIndexOf("\n", mutant.start - 1);
        return { file, mutant, line, column, was: source.slice(mutant.start, mutant.end) };
      });
    });
}

/** The sources with their mutants, which are numbered as they come. */
function startOf(all: readonly Candidate[]): Pool["start"] {
  const numbered = all.map(({ file, mutant }, number) => ({ file, number, mutant }));
  const sources = Object.fromEntries(
    [...new Set(all.map(({ file }) => file))].map((file) => {
      const code = stripTypeScriptTypes(readFileSync(resolve(ROOT, file), "utf8"));
      return [
        file,
        withSwitches(
          code,
          numbered.filter((each) => each.file === file),
        ),
      ];
    }),
  );
  return { kind: "Start", sources, tests: globSync(TESTS, { cwd: ROOT }).toSorted() };
}
