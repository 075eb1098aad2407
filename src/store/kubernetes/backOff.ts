/** How long to wait after a failure: longer each time, and never in step with other clients. */
import { setTimeout as sleep } from "node:timers/promises";

const FIRST_SECONDS = 0.2;
const LONGEST_SECONDS = 10;

/** Waits real time. Rejects with the signal's reason when it is aborted. */
export type Wait = (seconds: number, signal: AbortSignal | undefined) => Promise<void>;

export interface BackOffOptions {
  /** Gives numbers from 0 to below 1. */
  readonly random: () => number;
  /** Timers by default. */
  readonly wait?: Wait;
}

export class BackOff {
  readonly #random: () => number;
  readonly #wait: Wait;
  #failures = 0;

  constructor({ random, wait = pause }: BackOffOptions) {
    this.#random = random;
    this.#wait = wait;
  }

  /** Things work again: the next failure waits shortly. */
  reset(): void {
    this.#failures = 0;
  }

  /** The next delay: between half and all of a step that doubles from 0.2 to 10 seconds. */
  nextSeconds(): number {
    const step = Math.min(FIRST_SECONDS * 2 ** this.#failures, LONGEST_SECONDS);
    this.#failures += 1;
    return step * (0.5 + this.#random() / 2);
  }

  /** Waits the next delay, or as long as the server asks if that is longer. Rejects with the signal's reason. */
  async wait(signal: AbortSignal | undefined, atLeastSeconds = 0): Promise<void> {
    await this.#wait(Math.max(this.nextSeconds(), atLeastSeconds), signal);
  }
}

/** Waits by a timer. Rejects with the signal's reason when it is aborted. */
export async function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
