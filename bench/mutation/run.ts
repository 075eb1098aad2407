/**
 * `npm run mutate`: changes the planner and its proof in thousands of small ways, one at a time and in memory only,
 * and sees whether the planner's tests notice. Prints what they don't. `--every 10` takes each tenth change only,
 * `--file verify` those of files whose path has that in it.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { mutantsOf } from "./mutants.ts";
import type { Mutant } from "./mutants.ts";
import type { Task, Verdict } from "./worker.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SOURCES = "src/planner/**/*.ts";

/** Most changes are noticed by the first tests; only what they miss is shown to the slow ones. */
const STAGES: readonly (readonly string[])[] = [
  ["plan", "verify", "topology", "selection", "hash", "naturalOrder", "batches/fillBatches"],
  [
    "badInput",
    "order",
    "impact",
    "capacity",
    "windows",
    "knownDefects",
    "redundancy/pathRules",
    "redundancy/namedRules",
    "neverWorse",
    "samePlans",
  ],
  ["properties"],
].map((names) => names.map((name) => `test/planner/${name}.test.ts`));

/** The part of their random cases that tests look at. */
const TEST_PART = "0.1";
/** A change that makes the planner run for ever is noticed, too. */
const TIMEOUT_MILLISECONDS = 60_000;
/** Modules are never unloaded: a process that has seen so many mutants is replaced. */
const MUTANTS_PER_PROCESS = 100;

interface Candidate {
  readonly file: string;
  readonly mutant: Mutant;
}

const { values } = parseArgs({ options: { every: { type: "string" }, file: { type: "string" } } });

const candidates = globSync(SOURCES, { cwd: ROOT })
  .toSorted()
  .filter((file) => file.includes(values.file ?? ""))
  .flatMap((file): Candidate[] =>
    mutantsOf(readFileSync(resolve(ROOT, file), "utf8")).map((mutant) => ({ file, mutant })),
  )
  .filter((_, place) => place % Number(values.every ?? "1") === 0);

await checkSound();
let alive = candidates.map((_, number) => number);
for (const tests of STAGES) {
  const tasks = alive.map((number): Task => {
    const { file = null, mutant = null } = candidates[number] ?? {};
    return { number, file, mutant, tests };
  });
  alive = (await judge(tasks)).filter(({ killedBy }) => killedBy === null).map(({ number }) => number);
}
report();

/** The tests have to pass on what is there, or they prove nothing. */
async function checkSound(): Promise<void> {
  const tasks = STAGES.map((tests, place): Task => ({ number: -1 - place, file: null, mutant: null, tests }));
  for (const { killedBy } of await judge(tasks)) {
    if (killedBy !== null) throw new Error(`the tests fail without any change: ${killedBy}`);
  }
}

function report(): void {
  for (const number of alive.toSorted((a, b) => a - b)) {
    const candidate = candidates[number];
    if (candidate === undefined) continue;
    const { file, mutant } = candidate;
    const source = readFileSync(resolve(ROOT, file), "utf8");
    const was = source.slice(mutant.start, mutant.end);
    const line = source.split("\n")[mutant.line - 1]?.trim() ?? "";
    console.log(`${file}:${String(mutant.line)}  ${was} -> ${mutant.replacement}\n    ${line}`);
  }
  const killed = candidates.length - alive.length;
  const share = ((100 * killed) / Math.max(candidates.length, 1)).toFixed(1);
  console.log(
    `${String(killed)} of ${String(candidates.length)} changes noticed (${share} %), ${String(alive.length)} not`,
  );
}

/** Puts the tasks to as many processes as there are processors. */
async function judge(tasks: readonly Task[]): Promise<Verdict[]> {
  const waiting = [...tasks];
  const verdicts: Verdict[] = [];
  async function work(): Promise<void> {
    let child: ChildProcess | null = null;
    let seen = 0;
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      if (child === null || seen >= MUTANTS_PER_PROCESS) {
        child?.kill("SIGKILL");
        child = start();
        seen = 0;
      }
      seen += 1;
      const verdict = await ask(child, task);
      if (verdict === null) {
        child.kill("SIGKILL");
        child = null;
      }
      verdicts.push(verdict ?? { number: task.number, killedBy: "it ran too long, or ended the process" });
      if (verdicts.length % 50 === 0)
        process.stderr.write(`${String(verdicts.length)} of ${String(tasks.length)}\n`);
    }
    child?.kill("SIGKILL");
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return verdicts;
}

function start(): ChildProcess {
  return fork(resolve(import.meta.dirname, "worker.ts"), {
    cwd: ROOT,
    env: { ...process.env, HITLESS_TEST_PART: TEST_PART },
    execArgv: ["--no-warnings", "--max-old-space-size=2000"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}

/** Null where no answer comes. */
async function ask(child: ChildProcess, task: Task): Promise<Verdict | null> {
  return await new Promise<Verdict | null>((done) => {
    const timer = setTimeout(() => {
      finish(null);
    }, TIMEOUT_MILLISECONDS);
    function finish(verdict: Verdict | null): void {
      clearTimeout(timer);
      child.removeAllListeners();
      done(verdict);
    }
    child.once("message", (verdict: Verdict) => {
      finish(verdict);
    });
    child.once("exit", () => {
      finish(null);
    });
    child.send(task);
  });
}
