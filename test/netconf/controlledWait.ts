/** Time that passes when a test says so. */
import type { Wait } from "../../src/netconf/deadline.ts";

export interface ControlledWait {
  readonly wait: Wait;
  /** The seconds of all waits that are neither over nor called off. */
  pendingSeconds(): number[];
  /** Ends all waits of that many seconds. */
  expire(seconds: number): void;
}

export function controlledWait(): ControlledWait {
  const pending = new Set<{ readonly seconds: number; readonly end: () => void }>();
  return {
    wait: (seconds, signal) =>
      new Promise((resolve, reject) => {
        const entry = { seconds, end: resolve };
        pending.add(entry);
        signal.addEventListener("abort", () => {
          pending.delete(entry);
          reject(new Error("called off"));
        });
      }),
    pendingSeconds: () => [...pending].map(({ seconds }) => seconds),
    expire: (seconds) => {
      for (const entry of pending) {
        if (entry.seconds === seconds) {
          pending.delete(entry);
          entry.end();
        }
      }
    },
  };
}
