/** Read-modify-write: every try reads anew and decides anew, so that nobody's write is overwritten. */
import type { CustomKind, Kind, ObjectOf } from "../api/kinds.ts";
import { isStoreError, StoreError } from "./errors.ts";
import type { ObjectKey, RequestOptions, Store } from "./store.ts";

/**
 * How often a write is tried before the conflict is the caller's. Each conflict means that another writer got on,
 * so that of a whole batch writing to one ledger all get their turn.
 */
const ATTEMPTS = 300;

/** Runs `attempt` again as long as it ends in a `Conflict`, as often as a crowd of writers can need. It must read what it writes. */
export async function retryOnConflict<T>(attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (!isStoreError(error, "Conflict") || tried >= ATTEMPTS) throw error;
    }
  }
}

/** What to write: changes the copy it is given, or returns `false` to leave the object as it is. */
export type Change<K extends Kind> = (copy: ObjectOf<K>) => void | false;

/** Changes metadata and spec of an object. Throws `NotFound` where there is none. */
export async function update<K extends Kind>(
  target: { readonly store: Store; readonly kind: K; readonly key: ObjectKey },
  change: Change<K>,
  options: RequestOptions = {},
): Promise<ObjectOf<K>> {
  const { store, kind, key } = target;
  return retryOnConflict(async () => {
    const { found, copy } = await readCopy(store, kind, { ...key, ...options });
    return change(copy) === false ? found : store.replace(kind, copy, options);
  }, options.signal);
}

/** Changes the status of an object. Throws `NotFound` where there is none. */
export async function updateStatus<K extends CustomKind>(
  target: { readonly store: Store; readonly kind: K; readonly key: ObjectKey },
  change: Change<K>,
  options: RequestOptions = {},
): Promise<ObjectOf<K>> {
  const { store, kind, key } = target;
  return retryOnConflict(async () => {
    const { found, copy } = await readCopy(store, kind, { ...key, ...options });
    return change(copy) === false ? found : store.replaceStatus(kind, copy, options);
  }, options.signal);
}

async function readCopy<K extends Kind>(
  store: Store,
  kind: K,
  { signal, ...key }: ObjectKey & RequestOptions,
): Promise<{ found: ObjectOf<K>; copy: ObjectOf<K> }> {
  const found = await store.get(kind, key, signal === undefined ? {} : { signal });
  if (found === undefined) {
    throw new StoreError("NotFound", `${kind} ${key.namespace}/${key.name} does not exist`);
  }
  return { found, copy: structuredClone(found) };
}
