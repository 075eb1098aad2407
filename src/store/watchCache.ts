/** A cache that a watch feeds; the same for every adapter. */
import type { Kind, ObjectOf } from "../api/kinds.ts";
import type { Cache, ObjectKey, Selection, Store, WatchEvent } from "./store.ts";
import { keyOf, matches } from "./store.ts";
import { untilAborted } from "./untilAborted.ts";

/** Starts a watch that fills a cache until the signal is aborted. */
export function watchCache<K extends Kind>(
  store: Pick<Store, "watch">,
  kind: K,
  signal: AbortSignal,
): Cache<K> {
  const objects = new Map<string, ObjectOf<K>>();
  let sorted: readonly ObjectOf<K>[] | undefined;
  const take = ({ type, object }: WatchEvent<K>) => {
    const key = keyText(keyOf(object));
    if (type === "Deleted") objects.delete(key);
    else objects.set(key, object);
    sorted = undefined;
  };
  const synced = store.watch(kind, take, signal);
  // Whoever waits in whenSynced is told; when nobody waits, an end before the first sync is nobody's error.
  synced.catch(() => undefined);
  return {
    get: (key: ObjectKey) => objects.get(keyText(key)),
    list: (namespace?: string, selection: Selection = {}) => {
      sorted ??= [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
      return sorted.filter(
        (object) =>
          (namespace === undefined || object.metadata.namespace === namespace) && matches(object, selection),
      );
    },
    whenSynced: (wait?: AbortSignal) => untilAborted(synced, wait),
  };
}

function keyText({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}
