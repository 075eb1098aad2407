/**
 * A store in this process, with the meaning of the Kubernetes API: for tests, the demo and rehearsals. With a file,
 * every accepted write is on disk before its call resolves, and a store opened on the file goes on where the last
 * one stopped.
 */
import { randomUUID } from "node:crypto";
import type { CustomKind, Kind, ObjectOf } from "../../api/kinds.ts";
import type { Clock } from "../../api/time.ts";
import { StoreError } from "../errors.ts";
import type {
  Cache,
  DeletePreconditions,
  Draft,
  ObjectKey,
  RequestOptions,
  Selection,
  Store,
  WatchHandler,
} from "../store.ts";
import { matches } from "../store.ts";
import { watchCache } from "../watchCache.ts";
import { readState, writeState } from "./file.ts";
import { State } from "./state.ts";
import { Transaction } from "./transaction.ts";
import { Watchers } from "./watchers.ts";

export interface MemoryStoreOptions {
  /** Model time, for creationTimestamp and deletionTimestamp. */
  readonly clock: Pick<Clock, "now">;
  /** Where the objects are kept; without it they are gone with the process. One process at a time. */
  readonly file?: string;
  /** Random by default. */
  readonly newUid?: () => string;
  /** Is told what watch handlers throw; a process warning by default. */
  readonly onHandlerError?: (error: unknown) => void;
}

/** Opens a store. Throws `StoreError` `Unavailable` when its file cannot be read. */
export function memoryStore(options: MemoryStoreOptions): Store {
  return new MemoryStore(options);
}

class MemoryStore implements Store {
  readonly #options: MemoryStoreOptions;
  #state: State;
  readonly #watchers: Watchers;
  readonly #caches: { [K in Kind]?: Cache<K> } = {};
  readonly #end = new AbortController();
  /** The write under way; the next one waits for it. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
    this.#state = options.file === undefined ? new State() : readState(options.file);
    this.#watchers = new Watchers(options.onHandlerError ?? warn);
  }

  async get<K extends Kind>(kind: K, key: ObjectKey, options: RequestOptions = {}) {
    this.#refuseIfOver(options.signal);
    return this.#state.find(kind, key);
  }

  async list<K extends Kind>(kind: K, namespace?: string, options: Selection & RequestOptions = {}) {
    this.#refuseIfOver(options.signal);
    return this.#state.list(kind, namespace).filter((object) => matches(object, options));
  }

  cached<K extends Kind>(kind: K): Cache<K> {
    const caches: { [P in K]?: Cache<P> } = this.#caches;
    const cache = caches[kind] ?? watchCache(this, kind, this.#end.signal);
    caches[kind] = cache;
    return cache;
  }

  async create<K extends Kind>(kind: K, draft: Draft<K>, options: RequestOptions = {}) {
    return this.#write((transaction) => transaction.create(kind, draft), options.signal);
  }

  async replace<K extends Kind>(kind: K, object: ObjectOf<K>, options: RequestOptions = {}) {
    return this.#write((transaction) => transaction.replace(kind, object), options.signal);
  }

  async replaceStatus<K extends CustomKind>(kind: K, object: ObjectOf<K>, options: RequestOptions = {}) {
    return this.#write((transaction) => transaction.replaceStatus(kind, object), options.signal);
  }

  async delete(kind: Kind, key: ObjectKey, options: DeletePreconditions & RequestOptions = {}) {
    await this.#write((transaction) => transaction.delete(kind, key, options), options.signal);
  }

  async watch<K extends Kind>(kind: K, handler: WatchHandler<K>, signal: AbortSignal) {
    this.#refuseIfOver(signal);
    const existing = this.#state.list(kind);
    await this.#watchers.add({ kind, existing, handler }, AbortSignal.any([signal, this.#end.signal]));
  }

  async close() {
    this.#end.abort(new StoreError("Unavailable", "the store is closed"));
    await this.#tail;
  }

  /** Runs one write after all earlier ones: computed, made durable, applied, published; or nothing of it. */
  async #write<T>(work: (transaction: Transaction) => T, signal: AbortSignal | undefined): Promise<T> {
    this.#refuseIfOver(signal);
    const { clock, file, newUid = randomUUID } = this.#options;
    const turn = this.#tail.then(async () => {
      const transaction = new Transaction(this.#state, { now: clock.now(), newUid });
      const result = work(transaction);
      const { changes } = transaction;
      if (changes.length === 0) return result;
      if (file !== undefined) await makeDurable(file, this.#state.after(changes));
      this.#state.apply(changes);
      this.#watchers.publish(changes);
      return result;
    });
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  #refuseIfOver(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    this.#end.signal.throwIfAborted();
  }
}

async function makeDurable(file: string, state: State): Promise<void> {
  try {
    await writeState(file, state);
  } catch (cause) {
    throw new StoreError("Unavailable", `the store's file ${file} cannot be written`, { cause });
  }
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), "WatchHandlerError");
}
