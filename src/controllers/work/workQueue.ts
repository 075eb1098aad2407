/**
 * Calls a reconcile function for keys: never twice at once for one key, and once more when a key was added while
 * it ran. A reconcile says after how much model time it wants to be called again; a failed one is tried again
 * with growing pauses.
 */
import { linkSignals, type SignalLink } from "../../api/signalLink.ts";
import PQueue from "p-queue";
import type { Clock, Instant } from "../../api/time.ts";

export interface WorkQueueOptions {
  /** Returns the model time in seconds after which to be called again; undefined for not by itself. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<number | undefined>;
  readonly clock: Clock;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Told of every failure; the queue goes on. */
  readonly onError: (key: string, error: unknown) => void;
}

export interface WorkQueue {
  add(key: string): void;
  /** Adds the key after that much model time, unless it is added before: many small changes are looked at together. */
  addSoon(key: string, seconds: number): void;
  /** How many keys wait for their turn, and how many have it. */
  readonly depth: { readonly waiting: number; readonly running: number };
  /** Resolves when nothing runs any more. Abort the signal first. */
  stopped(): Promise<void>;
}

/** When a key is added by itself. */
interface Alarm {
  readonly at: Instant;
  readonly until: SignalLink;
}

/** Why an alarm is called off. */
const RUNG = new Error("the key was added by somebody else");

const FIRST_PAUSE_SECONDS = 2;
const LONGEST_PAUSE_SECONDS = 300;

export function workQueue(options: WorkQueueOptions): WorkQueue {
  const { reconcile, clock, signal, onError } = options;
  const queue = new PQueue({ concurrency: options.concurrency });
  const waiting = new Set<string>();
  const running = new Set<string>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  const alarms = new Map<string, Alarm>();

  function addSoon(key: string, seconds: number): void {
    if (signal.aborted || waiting.has(key) || again.has(key)) return;
    const at = clock.now() + seconds * 1000;
    const known = alarms.get(key);
    if (known !== undefined && known.at <= at) return;
    known?.until.abort(RUNG);
    const alarm: Alarm = { at, until: linkSignals(signal) };
    alarms.set(key, alarm);
    clock.sleepUntil(at, alarm.until.signal).then(
      () => {
        alarm.until.release();
        if (alarms.get(key) !== alarm) return;
        alarms.delete(key);
        add(key);
      },
      // Only the signals end a sleep early: the key was added by somebody else, or the queue has stopped.
      () => undefined,
    );
  }

  function add(key: string): void {
    if (signal.aborted || waiting.has(key)) return;
    if (running.has(key)) {
      again.add(key);
      return;
    }
    alarms.get(key)?.until.abort(RUNG);
    alarms.delete(key);
    waiting.add(key);
    void queue.add(() => run(key));
  }

  async function run(key: string): Promise<void> {
    // Whatever else is added in this turn is seen by this run.
    await Promise.resolve();
    waiting.delete(key);
    if (signal.aborted) return;
    running.add(key);
    let wakeAfterSeconds: number | undefined;
    try {
      wakeAfterSeconds = await reconcile(key, signal);
      failures.delete(key);
    } catch (error) {
      if (!signal.aborted) onError(key, error);
      const failed = (failures.get(key) ?? 0) + 1;
      failures.set(key, failed);
      wakeAfterSeconds = Math.min(FIRST_PAUSE_SECONDS * 2 ** (failed - 1), LONGEST_PAUSE_SECONDS);
    } finally {
      running.delete(key);
    }
    if (again.delete(key)) add(key);
    else if (wakeAfterSeconds !== undefined) addSoon(key, wakeAfterSeconds);
  }

  return {
    add,
    addSoon,
    get depth() {
      return { waiting: waiting.size, running: running.size };
    },
    stopped: () => queue.onIdle(),
  };
}
