/** Waiting for something that nobody announces. */
import { setTimeout as sleep } from "node:timers/promises";

/** Tries a check until it no longer throws; the test's own time limit ends it. */
export async function eventually<T>(check: () => T | Promise<T>, tries = 400): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await check();
    } catch (error) {
      if (left === 0) throw error;
      await sleep(25);
    }
  }
}
