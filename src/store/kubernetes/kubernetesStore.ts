/**
 * A store in a Kubernetes cluster. Objects are created with POST and replaced with PUT, a status with a merge patch of what
 * differs; never applied: an apply makes what is absent and ignores the uid, a PUT or a PATCH with a resourceVersion
 * changes that very state or nothing.
 *
 * What a call costs: `get`, `create`, `replace`, `replaceStatus` and `delete` one request each (a replacement that
 * changes nothing a GET instead; of a status whose state before is not remembered a GET more; a read of a Fabric that is
 * known its metadata alone, and all of it when it has changed); `update` and `updateStatus` a GET and a write for each try,
 * and no write when the change says no; `list` one GET per 500 objects; `watch` and `cached` together one list and one
 * watch per kind and namespace, however often they are called.
 */
import { linkSignals } from "../../api/signalLink.ts";
import type { KubeConfig } from "./clientLibrary.ts";
import { isDeepStrictEqual } from "node:util";
import type { CustomKind, Kind, ObjectOf } from "../../api/kinds.ts";
import type { Clock } from "../../api/time.ts";
import { isStoreError, refuse, StoreError } from "../errors.ts";
import type { Json } from "../schema/json.ts";
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
import { keyOf } from "../store.ts";
import { watchCache } from "../watchCache.ts";
import type { Wait } from "./backOff.ts";
import { pause } from "./backOff.ts";
import type { ApiRequest } from "./connection.ts";
import { Connection } from "./connection.ts";
import { isStateOf, LargeObjects } from "./largeObjects.ts";
import { listAll } from "./listing.ts";
import { canBeNamespace, canExist, collectionPath, objectPath } from "./paths.ts";
import { SeenObjects } from "./seenObjects.ts";
import { SharedWatch } from "./sharedWatch.ts";
import { draftToWire, fromWire, statusPatch, toWire } from "./wireObjects.ts";

export interface KubernetesStoreOptions {
  /** Which cluster, and as whom. */
  readonly kubeConfig: KubeConfig;
  /** Real time. */
  readonly clock: Pick<Clock, "monotonicMilliseconds">;
  /** The namespaces to list and watch; all without it. A role may be limited to them. */
  readonly namespaces?: readonly string[];
  /** How long a request may take with all its retries; 30 by default. */
  readonly requestTimeoutSeconds?: number;
  /** How long a watch may say nothing; 90 by default, as bookmarks come every minute. */
  readonly idleLimitSeconds?: number;
  /** Spreads retries; `Math.random` by default. */
  readonly random?: () => number;
  /** Waits real time between two tries; timers by default. */
  readonly wait?: Wait;
  /** Is told what watch handlers throw; a process warning by default. */
  readonly onHandlerError?: (error: unknown) => void;
  /** Is told why a watch was interrupted. It goes on by itself. */
  readonly onInterrupted?: (kind: Kind, error: unknown) => void;
}

/** Opens a store. Nothing is sent before the first call. */
export function kubernetesStore(options: KubernetesStoreOptions): Store {
  return new KubernetesStore(options);
}

/** Who wrote, as `managedFields` tells people. */
const FIELD_MANAGER = "hitless";

class KubernetesStore implements Store {
  readonly #options: KubernetesStoreOptions;
  readonly #connection: Connection;
  readonly #caches: { [K in Kind]?: Cache<K> } = {};
  readonly #watches: { [K in Kind]?: SharedWatch<K> } = {};
  readonly #seen = new SeenObjects();
  readonly #large = new LargeObjects();
  readonly #end = new AbortController();
  readonly #writes = new Set<Promise<unknown>>();
  readonly #ending = new Set<Promise<unknown>>();

  constructor(options: KubernetesStoreOptions) {
    this.#options = options;
    const { kubeConfig, clock, requestTimeoutSeconds = 30, random = Math.random, wait = pause } = options;
    this.#connection = new Connection({ kubeConfig, clock, requestTimeoutSeconds, random, wait });
  }

  async get<K extends Kind>(kind: K, key: ObjectKey, options: RequestOptions = {}) {
    if (!canExist(key)) return undefined;
    const request = { method: "GET", path: objectPath(kind, key), ...about(kind, key) } as const;
    try {
      const known = this.#large.find(kind, key);
      if (known !== undefined) {
        const json = await this.#read({ ...request, part: "Metadata", signal: options.signal });
        if (isStateOf(known, json)) return known;
      }
      return this.#received(kind, await this.#read({ ...request, signal: options.signal }));
    } catch (error) {
      if (!isStoreError(error, "NotFound")) throw error;
      this.#large.forget(kind, key);
      return undefined;
    }
  }

  async list<K extends Kind>(kind: K, namespace?: string, options: Selection & RequestOptions = {}) {
    const { labels = {} } = options;
    const namespaces = this.#scope(namespace).filter((name) => name === undefined || canBeNamespace(name));
    const lists = await this.#untilEnd(options.signal, async (signal) =>
      Promise.all(
        namespaces.map((scope) => listAll(this.#connection, { kind, namespace: scope, labels, signal })),
      ),
    );
    const objects = lists.flatMap((list) => list.objects);
    for (const object of objects) this.#remember(object);
    return objects.toSorted(byKey);
  }

  cached<K extends Kind>(kind: K): Cache<K> {
    const caches: { [P in K]?: Cache<P> } = this.#caches;
    const cache = caches[kind] ?? watchCache(this, kind, this.#end.signal);
    caches[kind] = cache;
    return cache;
  }

  async create<K extends Kind>(kind: K, draft: Draft<K>, { signal }: RequestOptions = {}) {
    const { namespace } = draft.metadata;
    if (!canBeNamespace(namespace)) {
      const cause = { field: "metadata.namespace", message: "is not the name of a namespace" };
      throw refuse(about(kind, draft.metadata).subject, [cause]);
    }
    const request = { method: "POST", path: collectionPath(kind, namespace), signal } as const;
    const body = draftToWire(kind, draft);
    const created = await this.#write({ ...request, ...about(kind, draft.metadata), body });
    return this.#received(kind, created);
  }

  async replace<K extends Kind>(kind: K, object: ObjectOf<K>, { signal }: RequestOptions = {}) {
    const path = pathOf(kind, object);
    const seen = this.#seen.find(kind, object);
    if (seen !== undefined && isDeepStrictEqual(withoutStatus(object), withoutStatus(seen))) {
      return this.#confirm(kind, seen, signal);
    }
    const request = { method: "PUT", path, body: toWire(kind, object), signal } as const;
    return this.#received(kind, await this.#write({ ...request, ...about(kind, keyOf(object)) }));
  }

  async replaceStatus<K extends CustomKind>(kind: K, object: ObjectOf<K>, { signal }: RequestOptions = {}) {
    const path = `${pathOf(kind, object)}/status`;
    const seen = this.#seen.find(kind, object);
    const before = seen ?? (await this.#confirm(kind, object, signal));
    if (isDeepStrictEqual(object.status, before.status)) {
      return seen === undefined ? before : this.#confirm(kind, seen, signal);
    }
    const request = { method: "PATCH", path, body: statusPatch(before, object), signal } as const;
    return this.#received(kind, await this.#write({ ...request, ...about(kind, keyOf(object)) }));
  }

  async delete(kind: Kind, key: ObjectKey, options: DeletePreconditions & RequestOptions = {}) {
    const { uid, resourceVersion, signal } = options;
    if (!canExist(key)) throw absent(kind, key);
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    const body = { propagationPolicy: "Background", preconditions };
    const path = objectPath(kind, key);
    await this.#write({ method: "DELETE", path, body, signal, ...about(kind, key) });
  }

  async watch<K extends Kind>(kind: K, handler: WatchHandler<K>, signal: AbortSignal) {
    const until = AbortSignal.any([signal, this.#end.signal]);
    until.throwIfAborted();
    await this.#watchOf(kind).subscribe(handler, until);
  }

  async close() {
    this.#end.abort(new StoreError("Unavailable", "the store is closed"));
    await Promise.allSettled([...this.#writes, ...this.#ending]);
    await this.#connection.close();
  }

  /** The watch of a kind that everybody shares. */
  #watchOf<K extends Kind>(kind: K): SharedWatch<K> {
    const watches: { [P in K]?: SharedWatch<P> } = this.#watches;
    const running = watches[kind];
    if (running?.isOver === false) return running;
    const { clock, random = Math.random, wait = pause } = this.#options;
    const { idleLimitSeconds = 90, onHandlerError = warn, onInterrupted } = this.#options;
    const started = new SharedWatch<K>({
      connection: this.#connection,
      kind,
      namespaces: this.#scope(),
      remember: (object) => this.#remember(object),
      onHandlerError,
      onInterrupted: (error) => onInterrupted?.(kind, error),
      clock,
      random,
      wait,
      idleLimitSeconds,
    });
    watches[kind] = started;
    this.#ending.add(started.ended);
    void started.ended.finally(() => this.#ending.delete(started.ended));
    return started;
  }

  /** The object as the server has it, where it has that state still; otherwise the conflict that a write would meet. */
  async #confirm<K extends Kind>(
    kind: K,
    expected: ObjectOf<K>,
    signal: AbortSignal | undefined,
  ): Promise<ObjectOf<K>> {
    const key = keyOf(expected);
    const found = await this.get(kind, key, signal === undefined ? {} : { signal });
    if (found === undefined) throw absent(kind, key);
    const { uid, resourceVersion } = expected.metadata;
    if (found.metadata.uid === uid && found.metadata.resourceVersion === resourceVersion) return found;
    throw new StoreError("Conflict", `${about(kind, key).subject} has been changed since it was read`);
  }

  #received<K extends Kind>(kind: K, json: Json): ObjectOf<K> {
    return this.#remember(fromWire(kind, json));
  }

  #remember<K extends Kind>(object: ObjectOf<K>): ObjectOf<K> {
    this.#large.keep(object);
    return this.#seen.remember(object);
  }

  /** A read ends with the store. */
  async #read(request: ApiRequest): Promise<Json> {
    return this.#untilEnd(request.signal, async (signal) => this.#connection.send({ ...request, signal }));
  }

  /** A write is waited for when the store is closed. */
  async #write(request: ApiRequest): Promise<Json> {
    request.signal?.throwIfAborted();
    this.#end.signal.throwIfAborted();
    const isDeletion = request.method === "DELETE";
    const query = isDeletion ? {} : { fieldManager: FIELD_MANAGER, fieldValidation: "Ignore" };
    const write = this.#connection.send({ ...request, query });
    this.#writes.add(write);
    try {
      return await write;
    } finally {
      this.#writes.delete(write);
    }
  }

  async #untilEnd<T>(own: AbortSignal | undefined, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, release } = linkSignals(own, this.#end.signal);
    try {
      signal.throwIfAborted();
      return await ask(signal);
    } finally {
      release();
    }
  }

  /** What to list or watch: one namespace, those of the options, or all at once. */
  #scope(namespace?: string): readonly (string | undefined)[] {
    return namespace === undefined ? (this.#options.namespaces ?? [undefined]) : [namespace];
  }
}

function about(kind: Kind, { namespace, name }: ObjectKey) {
  return { kind, subject: `${kind} ${namespace}/${name}` };
}

/** Where an object is to be written. Throws `StoreError` for one that cannot be there. */
function pathOf(kind: Kind, object: ObjectOf<Kind>): string {
  const key = keyOf(object);
  if (!canExist(key)) throw absent(kind, key);
  if (object.metadata.resourceVersion === "") {
    const cause = { field: "metadata.resourceVersion", message: "must be given" };
    throw refuse(about(kind, key).subject, [cause]);
  }
  return objectPath(kind, key);
}

function absent(kind: Kind, key: ObjectKey): StoreError {
  return new StoreError("NotFound", `${about(kind, key).subject} does not exist`);
}

function withoutStatus<K extends Kind>(object: ObjectOf<K>): unknown {
  return { ...object, status: undefined };
}

function byKey(a: ObjectOf<Kind>, b: ObjectOf<Kind>): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  return left !== undefined && right !== undefined && left < right ? -1 : 1;
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), "WatchHandlerError");
}
