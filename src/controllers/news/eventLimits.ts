/**
 * Which news of an object are worth an event: not what was said a moment ago, and not ever more of one object. What
 * flaps would otherwise fill the store behind the API.
 */

/** For so long the same words about the same object are not said again. */
const REPEAT_SECONDS = 600;
/** So many events of one object at once, ... */
const BURST = 25;
/** ... and one more after so long. */
const REFILL_SECONDS = 60;
/** Objects remembered before those that were quiet for a while are forgotten. */
const REMEMBERED = 1000;

interface Memory {
  /** When each text was last said. */
  readonly said: Map<string, number>;
  allowance: number;
  at: number;
}

export interface EventLimits {
  /** `now` in seconds of a monotonic clock. */
  allows(news: { readonly uid: string; readonly text: string }, now: number): boolean;
}

export function eventLimits(): EventLimits {
  const memories = new Map<string, Memory>();

  function forget(now: number): void {
    for (const [uid, { at }] of memories) if (now - at > BURST * REFILL_SECONDS) memories.delete(uid);
  }

  return {
    allows({ uid, text }, now) {
      let memory = memories.get(uid);
      if (memory === undefined) {
        if (memories.size >= REMEMBERED) forget(now);
        memory = { said: new Map(), allowance: BURST, at: now };
        memories.set(uid, memory);
      }
      memory.allowance = Math.min(BURST, memory.allowance + (now - memory.at) / REFILL_SECONDS);
      memory.at = now;
      for (const [each, saidAt] of memory.said) if (now - saidAt > REPEAT_SECONDS) memory.said.delete(each);
      if (memory.said.has(text) || memory.allowance < 1) return false;
      memory.allowance -= 1;
      memory.said.set(text, now);
      return true;
    },
  };
}
