/**
 * A signal that follows others until it is let go. `AbortSignal.any` cannot be let go: in Node 22 each call leaves a record
 * with every source for as long as that one lives, and those of a controller live as long as its process, which would
 * make a hundred of them a second.
 */

export interface SignalLink {
  /** Aborted with the reason of the first source that is. */
  readonly signal: AbortSignal;
  /** Aborts it alone, and lets its sources go. */
  readonly abort: (reason: Error) => void;
  /** Lets its sources go: what becomes of them no longer counts. */
  readonly release: () => void;
}

/** Whoever makes one has to `release` or to `abort` it in the end. */
export function linkSignals(...sources: readonly (AbortSignal | undefined)[]): SignalLink {
  const controller = new AbortController();
  const release = (): void => {
    for (const source of sources) source?.removeEventListener("abort", follow);
  };
  const follow = (): void => {
    release();
    controller.abort(sources.find((source) => source?.aborted === true)?.reason);
  };
  if (sources.some((source) => source?.aborted === true)) follow();
  else for (const source of sources) source?.addEventListener("abort", follow);
  return {
    signal: controller.signal,
    abort(reason) {
      release();
      controller.abort(reason);
    },
    release,
  };
}
