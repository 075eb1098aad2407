/** Who watches what. Events are handed over after the write that caused them has returned, in order. */
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import { isOfKind } from "../schema/admission.ts";
import type { WatchEvent, WatchHandler } from "../store.ts";
import type { Change } from "./state.ts";

interface Watcher {
  offer(changes: readonly Change[]): void;
}

export class Watchers {
  readonly #watchers = new Set<Watcher>();
  readonly #report: (error: unknown) => void;

  /** `report` is told what handlers throw. */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  publish(changes: readonly Change[]): void {
    for (const watcher of this.#watchers) watcher.offer(changes);
  }

  /** See `Store.watch`; `existing` are the objects there are. */
  async add<K extends Kind>(
    { kind, existing, handler }: { kind: K; existing: readonly ObjectOf<K>[]; handler: WatchHandler<K> },
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const waiting: WatchEvent<K>[] = existing.map((object) => ({ type: "Added", object }));
    const handOver = () => {
      for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
        if (signal.aborted) return;
        try {
          handler(event);
        } catch (error) {
          this.#report(error);
        }
      }
    };
    const watcher: Watcher = {
      offer(changes) {
        for (const { type, object } of changes) {
          if (isOfKind(kind, object)) waiting.push({ type, object });
        }
        if (waiting.length > 0) queueMicrotask(handOver);
      },
    };
    this.#watchers.add(watcher);
    signal.addEventListener("abort", () => this.#watchers.delete(watcher), { once: true });
    await Promise.resolve();
    handOver();
    signal.throwIfAborted();
  }
}
