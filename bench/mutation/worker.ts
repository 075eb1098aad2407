/**
 * Runs the planner's tests against one mutant after another, in one process. A mutant is loaded as a module graph of
 * its own, with the changed source in memory: no file is written. It also says which tests run which changed places.
 */
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import Mocha from "mocha";
import { recorder } from "./coverage.ts";
import { mutate } from "./mutants.ts";
import type { Mutant } from "./mutants.ts";

/** Some tests of one file, run together. */
export interface Step {
  /** From the root of the project. */
  readonly file: string;
  /** Full titles; null for all of them. */
  readonly titles: readonly string[] | null;
}

export interface MutantTask {
  readonly kind: "Mutant";
  readonly number: number;
  /** The changed file, from the root of the project. */
  readonly file: string;
  readonly mutant: Mutant;
  /** The modules to load for this task alone, from the root of the project. */
  readonly anew: readonly string[];
  readonly steps: readonly Step[];
}

/** Runs all tests of a file on what is there, and sees which places they run. */
export interface CoverTask {
  readonly kind: "Cover";
  readonly number: number;
  readonly test: string;
  /** By source file, from the root of the project, the places that are asked about. */
  readonly places: Readonly<Record<string, readonly number[]>>;
}

export type Task = MutantTask | CoverTask;

/** Places that something runs, by source file. */
export type Run = Readonly<Record<string, readonly number[]>>;

export type Answer =
  | { readonly kind: "Began"; readonly step: number }
  /** `by` is the test that noticed the change; null for nobody. */
  | { readonly kind: "Judged"; readonly by: string | null }
  | {
      readonly kind: "Covered";
      /** What fails without any change; null for nothing. */
      readonly failed: string | null;
      /** What runs while the file is loaded, or in its hooks: all of its tests may depend on it. */
      readonly shared: Run;
      readonly tests: readonly { readonly title: string; readonly milliseconds: number; readonly run: Run }[];
    };

const ROOT = resolve(import.meta.dirname, "../..");
/** Modules that are loaded anew for each file of tests where it is looked at what they run. */
const OWN = ["src/planner/", "test/planner/", "bench/"].map(urlOf);

let task: Task | null = null;
let isAnew: (url: string) => boolean = () => false;
const stripped = new Map<string, string>();

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    return task !== null && !found.url.includes("?") && isAnew(found.url)
      ? { ...found, url: `${found.url}?mutant=${String(task.number)}` }
      : found;
  },
  load(url, context, nextLoad) {
    if (!url.includes("?mutant=")) return nextLoad(url, context);
    return {
      format: "module",
      source: sourceOf(fileURLToPath(url.replace(/\?.*$/, ""))),
      shortCircuit: true,
    };
  },
});

function urlOf(path: string): string {
  return pathToFileURL(resolve(ROOT, path)).href;
}

function sourceOf(file: string): string {
  if (task?.kind === "Mutant" && resolve(ROOT, task.file) === file) {
    return stripTypeScriptTypes(mutate(readFileSync(file, "utf8"), task.mutant));
  }
  let code = stripped.get(file);
  if (code === undefined) {
    code = stripTypeScriptTypes(readFileSync(file, "utf8"));
    stripped.set(file, code);
  }
  return code;
}

/** A reporter that says nothing. */
class Silence extends Mocha.reporters.Base {}

/** The tests of a file, loaded with the task's sources. `copy` tells apart what is loaded more than once. */
async function load(file: string, { number, copy }: { number: number; copy: number }): Promise<Mocha> {
  const mocha = new Mocha({ bail: true, timeout: 60_000, reporter: Silence });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  await import(`${urlOf(file)}?mutant=${String(number)}&copy=${String(copy)}`);
  return mocha;
}

function keep(suite: Mocha.Suite, titles: ReadonlySet<string>): void {
  suite.tests = suite.tests.filter((test) => titles.has(test.fullTitle()));
  for (const inner of suite.suites) keep(inner, titles);
}

async function judge({ number, anew, steps }: MutantTask): Promise<Answer> {
  const urls = new Set(anew.map(urlOf));
  isAnew = (url) => urls.has(url);
  for (const [step, { file, titles }] of steps.entries()) {
    say({ kind: "Began", step });
    let by: string | null = null;
    try {
      const mocha = await load(file, { number, copy: step });
      if (titles !== null) keep(mocha.suite, new Set(titles));
      await new Promise<void>((done) => {
        mocha
          .run(() => {
            done();
          })
          .on("fail", (test) => {
            by ??= test.fullTitle();
          });
      });
    } catch (error) {
      by = `loading: ${String(error)}`;
    }
    if (by !== null) return { kind: "Judged", by };
  }
  return { kind: "Judged", by: null };
}

async function cover({ number, test: file, places }: CoverTask): Promise<Answer> {
  isAnew = (url) => OWN.some((folder) => url.startsWith(folder));
  const takeRun = recorder(ROOT, places);
  let failed: string | null = null;
  const tests: { title: string; milliseconds: number; run: Run }[] = [];
  const mocha = await load(file, { number, copy: 0 });
  const shared: Run[] = [takeRun()];
  await new Promise<void>((done) => {
    mocha
      .run(() => {
        done();
      })
      .on("fail", (test) => {
        failed ??= test.fullTitle();
      })
      .on("test", () => {
        shared.push(takeRun());
      })
      .on("test end", (test) => {
        tests.push({ title: test.fullTitle(), milliseconds: test.duration ?? 0, run: takeRun() });
      });
  });
  shared.push(takeRun());
  const all: Record<string, number[]> = {};
  for (const run of shared) {
    for (const [source, own] of Object.entries(run)) {
      all[source] = [...new Set([...(all[source] ?? []), ...own])];
    }
  }
  return { kind: "Covered", failed, shared: all, tests };
}

function say(answer: Answer): void {
  process.send?.(answer);
}

process.on("message", (message: Task) => {
  task = message;
  void (message.kind === "Mutant" ? judge(message) : cover(message)).then(say);
});
