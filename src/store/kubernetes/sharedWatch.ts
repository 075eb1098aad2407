/**
 * One watch for everybody who wants to know of a kind: however many look on, the API server is asked once, and all
 * see the same changes in the same order. It begins with the first subscriber and ends with the last.
 */
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import type { WatchEvent, WatchHandler } from "../store.ts";
import { untilAborted } from "../untilAborted.ts";
import type { ReflectorOptions } from "./reflector.ts";
import { Reflector } from "./reflector.ts";

export interface SharedWatchOptions<K extends Kind> extends Omit<
  ReflectorOptions<K>,
  "namespace" | "onEvent" | "onSynced"
> {
  /** Each is watched by a request of its own; `undefined` means all of them. */
  readonly namespaces: readonly (string | undefined)[];
  /** Is given every object before anybody else. */
  readonly remember: (object: ObjectOf<K>) => void;
  /** Is told what handlers throw. */
  readonly onHandlerError: (error: unknown) => void;
}

interface Subscriber<K extends Kind> {
  readonly handler: WatchHandler<K>;
  readonly signal: AbortSignal;
}

export class SharedWatch<K extends Kind> {
  readonly #options: SharedWatchOptions<K>;
  /** Replaced as a whole, so that an event goes to those that were there when it came. */
  #subscribers: readonly Subscriber<K>[] = [];
  #reflectors: readonly Reflector<K>[] = [];
  readonly #end = new AbortController();
  /** Resolves when all that existed at the start was told; never where the watch ended before. */
  readonly #synced: Promise<void>;
  /** Resolves when nothing of it runs any more. */
  readonly ended: Promise<unknown>;

  /** Begins to watch. Somebody has to subscribe at once. */
  constructor(options: SharedWatchOptions<K>) {
    this.#options = options;
    const onEvent = (event: WatchEvent<K>) => this.#publish(event);
    this.#synced = new Promise((resolve) => {
      let unsynced = options.namespaces.length;
      const onSynced = () => {
        unsynced -= 1;
        if (unsynced === 0) resolve();
      };
      this.#reflectors = options.namespaces.map(
        (namespace) => new Reflector({ ...options, namespace, onEvent, onSynced }),
      );
    });
    this.ended = Promise.all(this.#reflectors.map(async (reflector) => reflector.run(this.#end.signal)));
  }

  /** Whether the last subscriber has gone: a new one needs a new watch. */
  get isOver(): boolean {
    return this.#end.signal.aborted;
  }

  /**
   * Tells the handler of all that is known, then of every change until the signal is aborted. Resolves once all
   * that existed when the watch began was told; rejects with the signal's reason.
   */
  async subscribe(handler: WatchHandler<K>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const subscriber = { handler, signal };
    this.#subscribers = [...this.#subscribers, subscriber];
    signal.addEventListener("abort", () => this.#leave(subscriber), { once: true });
    const known = this.#reflectors.flatMap((reflector) => reflector.objects());
    for (const object of known) this.#tell(subscriber, { type: "Added", object });
    await untilAborted(this.#synced, signal);
    signal.throwIfAborted();
  }

  #publish(event: WatchEvent<K>): void {
    this.#options.remember(event.object);
    // Who subscribes meanwhile is told of this object by what is known.
    for (const subscriber of this.#subscribers) this.#tell(subscriber, event);
  }

  #tell({ handler, signal }: Subscriber<K>, event: WatchEvent<K>): void {
    if (signal.aborted) return;
    try {
      handler(event);
    } catch (error) {
      this.#options.onHandlerError(error);
    }
  }

  #leave(subscriber: Subscriber<K>): void {
    this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
    if (this.#subscribers.length === 0) this.#end.abort(new Error("nobody watches any more"));
  }
}
