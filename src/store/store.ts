/**
 * The port to where objects live. Its meaning is the Kubernetes API's; `memory/` and the Kubernetes adapter pass
 * one and the same suite. Whatever comes out is deep-frozen: to change an object, change a copy (see
 * `update` in `retryOnConflict.ts`) and write that.
 */
import type { CustomKind, Kind, ObjectOf } from "../api/kinds.ts";
import type { OwnerReference } from "../api/objectMeta.ts";

/** The name of an object within its kind. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

/** What a creator says in the metadata; the rest is the server's. */
export interface DraftMeta {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

type Contents<O> = Omit<O, "apiVersion" | "kind" | "metadata" | "status">;

/** An object to be created. A status in it would be ignored, as the API server does. */
export type Draft<K extends Kind> = Contents<ObjectOf<K>> & { readonly metadata: DraftMeta };

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface Selection {
  /** Labels that must all be there with these values. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What must be true of the object that is deleted; otherwise `Conflict`. */
export interface DeletePreconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export type WatchEventType = "Added" | "Modified" | "Deleted";

/** A change of one object. For `Deleted` the object is its last state. */
export interface WatchEvent<K extends Kind> {
  readonly type: WatchEventType;
  readonly object: ObjectOf<K>;
}

export type WatchHandler<K extends Kind> = (event: WatchEvent<K>) => void;

/** What a watch has told so far. It may lag behind: never decide on it what must not happen twice. */
export interface Cache<K extends Kind> {
  get(key: ObjectKey): ObjectOf<K> | undefined;
  /** Sorted by namespace and name. */
  list(namespace?: string, selection?: Selection): readonly ObjectOf<K>[];
  /** Resolves once all objects that existed at the start are in. Rejects with the signal's reason. */
  whenSynced(signal?: AbortSignal): Promise<void>;
}

/** All methods throw `StoreError`; an aborted signal rejects with its reason, and then the outcome is unknown. */
export interface Store {
  /** Reads the newest state (a quorum read). `undefined` where there is none: absence is an answer. */
  get<K extends Kind>(kind: K, key: ObjectKey, options?: RequestOptions): Promise<ObjectOf<K> | undefined>;

  /** Reads the newest state of all objects, of one namespace or of all; sorted by namespace and name. */
  list<K extends Kind>(
    kind: K,
    namespace?: string,
    options?: Selection & RequestOptions,
  ): Promise<readonly ObjectOf<K>[]>;

  /** The cache of a kind. The first call for a kind starts its watch, which lives as long as the store. */
  cached<K extends Kind>(kind: K): Cache<K>;

  /** Creates an object; fills uid, resourceVersion, generation and creationTimestamp. */
  create<K extends Kind>(kind: K, draft: Draft<K>, options?: RequestOptions): Promise<ObjectOf<K>>;

  /**
   * Replaces everything but the status. `metadata.resourceVersion` must be that of the newest state, otherwise
   * `Conflict`. The generation rises when something outside the metadata changes. Writing what is there already
   * changes nothing: same resourceVersion, no event. An object being deleted goes with its last finalizer.
   */
  replace<K extends Kind>(kind: K, object: ObjectOf<K>, options?: RequestOptions): Promise<ObjectOf<K>>;

  /** Replaces the status and nothing else, by the same rules. */
  replaceStatus<K extends CustomKind>(
    kind: K,
    object: ObjectOf<K>,
    options?: RequestOptions,
  ): Promise<ObjectOf<K>>;

  /**
   * Deletes an object and, in time, what it owns. With finalizers it only gets a deletionTimestamp, and goes when
   * the last of them is removed. Deleting what is being deleted already changes nothing.
   */
  delete(kind: Kind, key: ObjectKey, options?: DeletePreconditions & RequestOptions): Promise<void>;

  /**
   * Calls the handler with `Added` for every object there is, then with every change until the signal is aborted;
   * per object in the order of its changes, states in between may be left out. Resolves once those that existed
   * were handed over; rejects with the signal's reason when aborted before. A handler that throws is reported and
   * disturbs nobody else. All watches of a kind, and its cache, share what they see: one that joins later may first
   * be told a state that is out of date by as much as the cache is.
   */
  watch<K extends Kind>(kind: K, handler: WatchHandler<K>, signal: AbortSignal): Promise<void>;

  /** Ends watches and caches, and waits for writes under way. */
  close(): Promise<void>;
}

/** The key of an object. */
export function keyOf(object: { readonly metadata: ObjectKey }): ObjectKey {
  return { namespace: object.metadata.namespace, name: object.metadata.name };
}

/** Whether an object carries all the labels of a selection. */
export function matches(
  object: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } },
  selection: Selection = {},
): boolean {
  const labels = object.metadata.labels ?? {};
  return Object.entries(selection.labels ?? {}).every(([label, value]) => labels[label] === value);
}
