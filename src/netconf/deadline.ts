/**
 * Waiting with an end. The transport lives on real time, and never names a timer itself: whoever opens a
 * session may hand in another way to wait (a sweep on model time, a test that lets time pass at will).
 */
/** Resolves after that many seconds. Rejects, and holds no timer any more, once the signal is aborted. */
export type Wait = (seconds: number, signal: AbortSignal) => Promise<void>;

/** Beyond this many milliseconds a Node timer fires at once. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** Waits on the machine's own timers. */
export const waitRealTime: Wait = (seconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Math.min(seconds * 1000, MAX_TIMER_MILLISECONDS));
    const stop = (): void => {
      clearTimeout(timer);
      reject(CALLED_OFF);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });

/** Nobody looks at it. One for all: every request has a deadline that is called off, and an error takes time to make. */
const CALLED_OFF = new Error("the wait was called off");

/** Calls `onExpired` once after that many seconds, unless the returned function was called before. */
export function startDeadline(seconds: number, onExpired: () => void, wait: Wait): () => void {
  const off = new AbortController();
  void wait(seconds, off.signal).then(
    () => {
      if (!off.signal.aborted) onExpired();
    },
    () => undefined,
  );
  return () => {
    off.abort(CALLED_OFF);
  };
}

/** Calls `onAborted` once when the signal is aborted, unless the returned function was called before. */
export function onAbort(signal: AbortSignal | undefined, onAborted: () => void): () => void {
  signal?.addEventListener("abort", onAborted, { once: true });
  return () => {
    signal?.removeEventListener("abort", onAborted);
  };
}
