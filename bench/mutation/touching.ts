/** Which tests run which mutants, and in which order they are asked: the quick ones first. */
import { globSync } from "node:fs";
import { judgeAll } from "./pool.ts";
import type { Job } from "./pool.ts";
import type { Step } from "./worker.ts";

const TESTS = "test/planner/**/*.test.ts";
/** Slower tests are asked one by one, after all of the quick ones. */
const QUICK_MILLISECONDS = 40;
/** What loading a file of tests takes. */
const LOADING_MILLISECONDS = 60;

interface Test {
  readonly file: string;
  readonly title: string;
  readonly milliseconds: number;
  /** By source file. */
  readonly run: ReadonlyMap<string, ReadonlySet<number>>;
}

export interface TimedStep extends Step {
  readonly milliseconds: number;
}

/** Runs all tests once; throws where one fails, since then they prove nothing. */
export async function testsOf(
  root: string,
  { places, workers }: { places: Readonly<Record<string, readonly number[]>>; workers: number },
): Promise<Test[]> {
  const files = globSync(TESTS, { cwd: root }).toSorted();
  const jobs = files.map((test, place): Job & { task: { kind: "Cover" } } => ({
    task: { kind: "Cover", number: -1 - place, test, places },
    usual: [60_000],
  }));
  const found: Test[] = [];
  await judgeAll(jobs, {
    workers,
    tell: ({ task }, answer) => {
      if (task.kind !== "Cover") return;
      if (answer?.kind !== "Covered") throw new Error(`${task.test} gives no answer`);
      const { failed, shared, tests } = answer;
      if (failed !== null) throw new Error(`fails without any change: ${failed}`);
      for (const { title, milliseconds, run } of tests) {
        const all = Object.keys(places).map((file): [string, Set<number>] => [
          file,
          new Set([...(shared[file] ?? []), ...(run[file] ?? [])]),
        ]);
        found.push({ file: task.test, title, milliseconds, run: new Map(all) });
      }
    },
  });
  return found.toSorted((a, b) => (`${a.file} ${a.title}` < `${b.file} ${b.title}` ? -1 : 1));
}

/** The tests that run a place, in the order in which they are asked; none at all for a place that nothing runs. */
export function stepsFor(
  tests: readonly Test[],
  { file, place }: { file: string; place: number },
): TimedStep[] {
  const quick = new Map<string, Test[]>();
  const steps: TimedStep[] = [];
  for (const test of tests) {
    if (test.run.get(file)?.has(place) !== true) continue;
    if (test.milliseconds > QUICK_MILLISECONDS) {
      steps.push({
        file: test.file,
        titles: [test.title],
        milliseconds: LOADING_MILLISECONDS + test.milliseconds,
      });
    } else quick.set(test.file, [...(quick.get(test.file) ?? []), test]);
  }
  for (const [testFile, own] of quick) {
    const milliseconds = own.reduce((sum, test) => sum + test.milliseconds, LOADING_MILLISECONDS);
    steps.push({ file: testFile, titles: own.map(({ title }) => title), milliseconds });
  }
  return steps.toSorted((a, b) => a.milliseconds - b.milliseconds || (a.file < b.file ? -1 : 1));
}
