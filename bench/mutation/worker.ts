/**
 * Runs the planner's tests against one mutant after another, in one process. A mutant is loaded as a module graph of
 * its own, with the changed source in memory: no file is written.
 */
import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import Mocha from "mocha";
import { mutate } from "./mutants.ts";
import type { Mutant } from "./mutants.ts";

export interface Task {
  readonly number: number;
  /** The changed file, from the root of the project; null to run the tests on what is there. */
  readonly file: string | null;
  readonly mutant: Mutant | null;
  readonly tests: readonly string[];
}

export interface Verdict {
  readonly number: number;
  /** What noticed the change; null for nothing. */
  readonly killedBy: string | null;
}

const ROOT = resolve(import.meta.dirname, "../..");
/** Modules that are loaded anew for each mutant. */
const OWN = ["src/planner/", "test/planner/", "bench/"].map(
  (folder) => pathToFileURL(resolve(ROOT, folder)).href,
);

let task: Task | null = null;
const stripped = new Map<string, string>();

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    const isAnew =
      /\?mutant=/.test(context.parentURL ?? "") && OWN.some((folder) => found.url.startsWith(folder));
    return isAnew && task !== null ? { ...found, url: `${found.url}?mutant=${String(task.number)}` } : found;
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

function sourceOf(file: string): string {
  const { mutant = null, file: changed = null } = task ?? {};
  if (mutant !== null && changed !== null && resolve(ROOT, changed) === file) {
    return stripTypeScriptTypes(mutate(readFileSync(file, "utf8"), mutant));
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

async function run({ number, tests }: Task): Promise<Verdict> {
  const mocha = new Mocha({ bail: true, timeout: 60_000, reporter: Silence });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  try {
    for (const test of tests)
      await import(`${pathToFileURL(resolve(ROOT, test)).href}?mutant=${String(number)}`);
  } catch (error) {
    return { number, killedBy: `loading: ${String(error)}` };
  }
  return await new Promise<Verdict>((done) => {
    let killedBy: string | null = null;
    mocha
      .run(() => {
        done({ number, killedBy });
      })
      .on("fail", (test) => {
        killedBy ??= test.fullTitle();
      });
  });
}

process.on("message", (message: Task) => {
  task = message;
  void run(message).then((verdict) => process.send?.(verdict));
});
