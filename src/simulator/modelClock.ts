/**
 * The clocks a simulation may run on. Devices, traffic and soaks live on model time; how model time follows
 * real time is the choice of who starts the simulation: one to one, faster, or by hand in a test.
 */
import { performance } from "node:perf_hooks";

import type { Clock, Instant } from "../api/time.ts";

/** The longest wait one timer of Node can hold; longer ones are waited for in parts. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** Model time is real time. */
export function realClock(): Clock {
  const start = Date.now();
  return scaledClock({ anchorModel: start, anchorReal: start, speed: 1 });
}

/**
 * Model time = `anchorModel` + (real time − `anchorReal`) × `speed`, all in milliseconds since the epoch.
 * Whoever stores the two anchors and the speed can build the same clock again after a restart.
 */
export function scaledClock(options: {
  readonly anchorModel: Instant;
  readonly anchorReal: Instant;
  readonly speed: number;
}): Clock {
  const { anchorModel, anchorReal, speed } = options;
  if (!Number.isFinite(speed) || speed <= 0) throw new RangeError(`a clock's speed is above 0, not ${speed}`);
  // Real time is taken from the monotonic clock, so that a step of the machine's clock is not a step of the model.
  const realOrigin = Date.now() - performance.now();
  const now = (): Instant => anchorModel + Math.floor((realOrigin + performance.now() - anchorReal) * speed);
  return {
    now,
    monotonicMilliseconds: () => performance.now(),
    async sleepUntil(at, signal) {
      for (let left = at - now(); left > 0; left = at - now()) {
        await sleepMilliseconds(Math.min(Math.ceil(left / speed), MAX_TIMER_MILLISECONDS), signal);
      }
      signal?.throwIfAborted();
    },
  };
}

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves model time to `at`, waking sleepers in the order of their times and letting each act before the next. */
  advanceTo(at: Instant): Promise<void>;
  /** Moves model time by that many seconds, as `advanceTo` does. */
  advanceBy(seconds: number): Promise<void>;
  /**
   * Runs until the promise settles: whenever nothing in this process has anything left to do, model time jumps
   * to the next sleeper. Throws when it has not settled and nobody sleeps: it would wait for ever. Only for
   * work within this process; a socket's data is not seen coming.
   */
  runUntilSettled<T>(promise: Promise<T>): Promise<T>;
}

interface Sleeper {
  readonly at: Instant;
  readonly wake: () => void;
}

/** How many turns of the event loop let a woken sleeper and everything it sets off come to rest. */
const SETTLING_TURNS = 20;

/**
 * A clock for tests, standing at `start`. Its monotonic time is model time too. `settlingTurns` is how many
 * turns of the event loop it gives everybody before it moves on; more for work that goes through many hands.
 */
export function manualClock(start: Instant, options: { readonly settlingTurns?: number } = {}): ManualClock {
  const settle = (): Promise<void> => turnEventLoop(options.settlingTurns ?? SETTLING_TURNS);
  let now = start;
  let sleepers: Sleeper[] = [];

  async function wakeNext(limit: Instant): Promise<boolean> {
    const next = sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.at < first.at ? sleeper : first),
      undefined,
    );
    if (next === undefined || next.at > limit) return false;
    sleepers = sleepers.filter((sleeper) => sleeper !== next);
    now = Math.max(now, next.at);
    next.wake();
    await settle();
    return true;
  }

  async function advanceTo(at: Instant): Promise<void> {
    if (at < now) throw new RangeError("a clock never goes back");
    await settle();
    while (await wakeNext(at));
    now = at;
    await settle();
  }

  return {
    now: () => now,
    monotonicMilliseconds: () => now - start,
    async sleepUntil(at, signal) {
      signal?.throwIfAborted();
      if (at <= now) return;
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(abortReason(signal));
        };
        const sleeper: Sleeper = {
          at,
          wake: () => {
            signal?.removeEventListener("abort", abort);
            resolve();
          },
        };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
    advanceTo,
    advanceBy: (seconds) => advanceTo(now + seconds * 1000),
    async runUntilSettled(promise) {
      let settled = false;
      const watch = (): void => {
        settled = true;
      };
      promise.then(watch, watch);
      await settle();
      while (!settled) {
        if (!(await wakeNext(Number.POSITIVE_INFINITY))) {
          await settle();
          if (!settled && sleepers.length === 0) {
            throw new Error("nobody sleeps and the promise has not settled: it would wait for ever");
          }
        }
      }
      return await promise;
    },
  };
}

async function turnEventLoop(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

async function sleepMilliseconds(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(abortReason(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error("aborted", { cause: reason });
}
