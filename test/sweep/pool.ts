/** Runs cases on several threads: each is a fabric of its own, and a machine has more than one processor. */
import { Worker } from "node:worker_threads";
import type { SweepCase, SweepResult } from "./sweepCase.ts";

const YOUNG_MEGABYTES = 128;

export interface PoolOptions {
  readonly threads: number;
  /** Told of each result as it comes. */
  readonly onResult?: (result: SweepResult, done: number) => void;
}

/** Runs all cases; results in the order of the cases. Rejects when a thread dies. */
export async function runCases(
  cases: readonly SweepCase[],
  { threads, onResult }: PoolOptions,
): Promise<readonly SweepResult[]> {
  const results = new Map<number, SweepResult>();
  let next = 0;
  const workers: Worker[] = [];
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("worker.ts", import.meta.url), {
      // Replies live for a moment: with room for them little of them is ever moved.
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    workers.push(worker);
    for (let index = next++; index < cases.length; index = next++) {
      const result = await answerOf(worker, cases[index]);
      results.set(index, result);
      onResult?.(result, results.size);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(threads, cases.length) }, work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return cases.flatMap((_each, index) => results.get(index) ?? []);
}

async function answerOf(worker: Worker, question: SweepCase | undefined): Promise<SweepResult> {
  return new Promise((resolve, reject) => {
    const forget = (): void => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
    };
    const onMessage = (result: SweepResult): void => {
      forget();
      resolve(result);
    };
    const onError = (error: unknown): void => {
      forget();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    // Otherwise the whole sweep would end in the middle, and nobody would be told.
    const onExit = (code: number): void => onError(new Error(`a thread has ended with ${String(code)}`));
    worker.on("message", onMessage);
    worker.on("error", onError);
    worker.on("exit", onExit);
    worker.postMessage(question);
  });
}
