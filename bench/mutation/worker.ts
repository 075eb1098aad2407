/**
 * Runs the planner's tests against one mutant after another, in one process. The sources come with switches in them and
 * are loaded once; no file is written. It also says which tests ask about which mutants.
 */
import { registerHooks } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import Mocha from "mocha";
import { ASK } from "./switches.ts";

/** A test, and how much it may do. */
export interface Question {
  /** From the root of the project. */
  readonly file: string;
  readonly title: string;
  /** How often it asks about mutants when nothing is changed. */
  readonly asks: number;
  /** The mutant plays a part while the file is loaded already. */
  readonly isLoadedAnew: boolean;
}

/** `Start`: the first task of a process. `Cover`: which tests reach which mutants. */
export type Task =
  | {
      readonly kind: "Start";
      /** The planner's modules as JavaScript, by their paths from the root of the project. */
      readonly sources: Readonly<Record<string, string>>;
      readonly tests: readonly string[];
    }
  | { readonly kind: "Cover" }
  | {
      readonly kind: "Judge";
      readonly mutant: number;
      /** It is asked about while the planner itself is loaded, which has to be done again. */
      readonly isStatic: boolean;
      readonly questions: readonly Question[];
    };

export interface CoveredTest {
  readonly file: string;
  readonly title: string;
  readonly milliseconds: number;
  readonly asks: number;
  /** The mutants that it reaches. */
  readonly reaches: readonly number[];
}

export type Answer =
  | { readonly kind: "Ready" }
  | {
      readonly kind: "Covered";
      /** Asked about while the planner is loaded. */
      readonly statics: readonly number[];
      /** By file of tests, those asked about while it is loaded: all of its tests may depend on them. */
      readonly loading: Readonly<Record<string, readonly number[]>>;
      readonly tests: readonly CoveredTest[];
    }
  /** A question is put. */
  | { readonly kind: "Asking"; readonly place: number }
  /** `by`: the test that noticed the change, null for none. `isEndless`: it noticed by running for ever. */
  | { readonly kind: "Judged"; readonly by: string | null; readonly isEndless: boolean }
  /** Without the change a test fails that has passed before: this process is spoilt. */
  | { readonly kind: "Spoilt"; readonly by: string };

const ROOT = resolve(import.meta.dirname, "../..");
const OWN = ["src/planner/", "test/planner/", "bench/"].map(urlOf);

/** The wanted mutant; -1 for none. */
let wanted = -1;
let asks = 0;
let limit = Number.POSITIVE_INFINITY;
/** 1 for each mutant that was asked about. */
const reached = new Uint8Array(100_000);

/** Thrown where a program asks much more often than without the change. */
class Endless extends Error {}

Object.defineProperty(globalThis, ASK, {
  value: (mutant: number): boolean => {
    asks += 1;
    if (asks > limit) throw new Endless();
    reached[mutant] = 1;
    return mutant === wanted;
  },
});

const sources = new Map<string, string>();
/** How often something was loaded: what is loaded again needs a name of its own. */
let copies = 0;

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context);
    const [, query] = /\?(whole=\d+)/.exec(context.parentURL ?? "") ?? [];
    const isAgain =
      query !== undefined && !found.url.includes("?") && OWN.some((folder) => found.url.startsWith(folder));
    return isAgain ? { ...found, url: `${found.url}?${query}` } : found;
  },
  load(url, context, nextLoad) {
    const source = url.startsWith("file:") ? sources.get(fileURLToPath(url.replace(/\?.*$/, ""))) : undefined;
    return source === undefined ? nextLoad(url, context) : { format: "module", source, shortCircuit: true };
  },
});

function urlOf(path: string): string {
  return pathToFileURL(resolve(ROOT, path)).href;
}

type Tests = ReadonlyMap<string, Mocha.Func | Mocha.AsyncFunc>;
const loaded = new Map<string, Tests>();

/** The tests of a file by their titles. `query` tells apart what is loaded more than once. */
async function load(file: string, query: string): Promise<Tests> {
  const mocha = new Mocha();
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  await import(`${urlOf(file)}${query}`);
  const tests = new Map<string, Mocha.Func | Mocha.AsyncFunc>();
  mocha.suite.eachTest((test) => {
    if (test.fn !== undefined) tests.set(test.fullTitle(), test.fn);
  });
  return tests;
}

/** What tests may say to mocha. */
const CONTEXT = { timeout: (): void => undefined };

/** What a test throws; null for nothing. */
async function failureOf(test: Mocha.Func | Mocha.AsyncFunc | undefined): Promise<unknown> {
  asks = 0;
  try {
    await Reflect.apply(test ?? missing, CONTEXT, []);
    return asks > limit ? new Endless() : null;
  } catch (error) {
    return asks > limit ? new Endless() : (error ?? "nothing");
  }
}

function missing(): void {
  throw new Error("there is no such test");
}

async function collect(work: () => Promise<unknown>): Promise<number[]> {
  reached.fill(0);
  await work();
  return [...reached.keys()].filter((mutant) => reached[mutant] === 1);
}

async function begin(files: readonly string[]): Promise<Answer> {
  for (const file of sources.keys()) await import(pathToFileURL(file).href);
  for (const file of files) loaded.set(file, await load(file, ""));
  return { kind: "Ready" };
}

async function cover(): Promise<Answer> {
  copies += 1;
  const query = `?whole=${String(copies)}`;
  const statics = await collect(async () => {
    for (const file of sources.keys()) await import(`${pathToFileURL(file).href}${query}`);
  });
  const loading: Record<string, readonly number[]> = {};
  const tests: CoveredTest[] = [];
  for (const [file, own] of loaded) {
    copies += 1;
    loading[file] = await collect(async () => load(file, `?copy=${String(copies)}`));
    for (const [title, test] of own) {
      say({ kind: "Asking", place: tests.length });
      const began = performance.now();
      let failure: unknown = null;
      const reaches = await collect(async () => {
        failure = await failureOf(test);
      });
      if (failure !== null) throw new Error(`fails without any change: ${title}`, { cause: failure });
      tests.push({ file, title, milliseconds: performance.now() - began, asks, reaches });
    }
  }
  return { kind: "Covered", statics, loading, tests };
}

/** So much more than usual is taken for endless. */
const ENDLESS_FACTOR = 20;
const ENDLESS_ASKS = 1_000_000;

async function judge({ mutant, isStatic, questions }: Extract<Task, { kind: "Judge" }>): Promise<Answer> {
  const again = new Map<string, Tests>();
  copies += 1;
  const query = isStatic ? `?whole=${String(copies)}` : `?copy=${String(copies)}`;
  for (const [place, { file, title, asks: usual, isLoadedAnew }] of questions.entries()) {
    say({ kind: "Asking", place });
    wanted = mutant;
    limit = ENDLESS_FACTOR * usual + ENDLESS_ASKS;
    let failure: unknown = null;
    let tests = isStatic || isLoadedAnew ? again.get(file) : loaded.get(file);
    if (tests === undefined) {
      asks = 0;
      try {
        tests = await load(file, query);
        again.set(file, tests);
      } catch (error) {
        failure = asks > limit ? new Endless() : error;
      }
    }
    failure ??= await failureOf(tests?.get(title));
    wanted = -1;
    limit = Number.POSITIVE_INFINITY;
    if (failure === null) continue;
    // Whoever fails now without the change as well has been spoilt by an earlier mutant.
    const isSpoilt = !isStatic && !isLoadedAnew && (await failureOf(loaded.get(file)?.get(title))) !== null;
    if (isSpoilt) return { kind: "Spoilt", by: title };
    return { kind: "Judged", by: title, isEndless: failure instanceof Endless };
  }
  return { kind: "Judged", by: null, isEndless: false };
}

function say(answer: Answer): void {
  process.send?.(answer);
}

async function answerTo(task: Task): Promise<Answer> {
  if (task.kind === "Cover") return await cover();
  if (task.kind === "Judge") return await judge(task);
  for (const [path, source] of Object.entries(task.sources)) sources.set(resolve(ROOT, path), source);
  return await begin(task.tests);
}

process.on("message", (task: Task) => {
  void answerTo(task).then(say);
});
