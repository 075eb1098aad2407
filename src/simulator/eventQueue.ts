/** The future of the model: what happens when. Ordered by time, and among equals by who was first. */
import type { Instant } from "../api/time.ts";

interface Entry<Event> {
  readonly id: number;
  readonly at: Instant;
  readonly event: Event;
}

/** A priority queue of events, kept sorted; a fabric has at most a few hundred at a time. */
export class EventQueue<Event> {
  #entries: Entry<Event>[] = [];
  #nextId = 1;

  /** Plans an event and returns its number, by which it can be cancelled. */
  schedule(at: Instant, event: Event): number {
    const id = this.#nextId++;
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && entry.at <= at) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, { id, at, event });
    return id;
  }

  /** Takes an event back. Does nothing when it has already happened. */
  cancel(id: number | undefined): void {
    if (id !== undefined) this.#entries = this.#entries.filter((entry) => entry.id !== id);
  }

  /** When the next event happens. */
  nextAt(): Instant | undefined {
    return this.#entries[0]?.at;
  }

  /** Takes the next event out, if it happens at or before `at`. */
  takeUntil(at: Instant): Entry<Event> | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.at > at) return undefined;
    this.#entries.shift();
    return first;
  }

  /** All that is planned, in order. */
  entries(): readonly Entry<Event>[] {
    return this.#entries;
  }
}
