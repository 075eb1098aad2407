/**
 * Work that many ask for at about the same time, done once for all of them: what one batch of devices writes to one
 * object. For each key one group is worked on at a time; who comes meanwhile is in the next one.
 */
import type { Clock } from "../../api/time.ts";

export interface GatheredOptions<T, R> {
  readonly clock: Pick<Clock, "now" | "sleepUntil">;
  /** Model time for which the first waits for others. */
  readonly seconds: number;
  /** Ends the waiting; those that wait reject with its reason. */
  readonly signal: AbortSignal;
  /** Gives one result for each item, in their order. What it throws is thrown to all of them. */
  readonly work: (items: readonly T[]) => Promise<readonly R[]>;
}

interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** Returns what adds an item to the next group of its key, and resolves with its result. */
export function gathered<T, R>(options: GatheredOptions<T, R>): (key: string, item: T) => Promise<R> {
  const { clock, seconds, signal, work } = options;
  const waiting = new Map<string, Waiting<T, R>[]>();

  async function workOn(group: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await work(group.map(({ item }) => item));
      for (const [index, each] of group.entries()) {
        const result = results[index];
        if (result === undefined) each.reject(new Error("no result for an item"));
        else each.resolve(result);
      }
    } catch (error) {
      for (const each of group) each.reject(error);
    }
  }

  async function run(key: string, group: Waiting<T, R>[]): Promise<void> {
    while (group.length > 0) {
      try {
        await clock.sleepUntil(clock.now() + seconds * 1000, signal);
      } catch (error) {
        for (const each of group.splice(0)) each.reject(error);
        break;
      }
      await workOn(group.splice(0));
    }
    waiting.delete(key);
  }

  return (key, item) =>
    new Promise((resolve, reject) => {
      const known = waiting.get(key);
      const group = known ?? [];
      group.push({ item, resolve, reject });
      if (known !== undefined) return;
      waiting.set(key, group);
      void run(key, group);
    });
}
