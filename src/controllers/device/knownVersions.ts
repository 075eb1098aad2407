/**
 * When what a watch has told is as good as a read: where it has the very version that this process, in this leadership,
 * has last read or written. An older one is out of date, a newer one somebody else's; then it is read.
 */
import type { CustomKind, ObjectOf } from "../../api/kinds.ts";
import type { ObjectKey, Store } from "../../store/store.ts";

type Read = <K extends CustomKind>(
  kind: K,
  key: ObjectKey,
  epoch: number,
) => Promise<ObjectOf<K> | undefined>;

export interface KnownVersions {
  /** The object as it was just read or written. */
  readonly note: (object: ObjectOf<CustomKind>, epoch: number) => void;
  /** From the cache where that is as good, otherwise from the server. */
  readonly read: Read;
  /** From the server. */
  readonly readAnew: Read;
}

export function knownVersions(store: Pick<Store, "get" | "cached">): KnownVersions {
  const known = new Map<string, string>();
  const versionOf = ({ metadata }: ObjectOf<CustomKind>, epoch: number): string =>
    `${String(epoch)}/${metadata.resourceVersion}`;

  function note(object: ObjectOf<CustomKind>, epoch: number): void {
    known.set(object.metadata.uid, versionOf(object, epoch));
  }

  async function readAnew<K extends CustomKind>(
    kind: K,
    key: ObjectKey,
    epoch: number,
  ): Promise<ObjectOf<K> | undefined> {
    const object = await store.get(kind, key);
    if (object !== undefined) note(object, epoch);
    return object;
  }

  return {
    note,
    readAnew,
    async read(kind, key, epoch) {
      const cached = store.cached(kind).get(key);
      const isNewest = cached !== undefined && known.get(cached.metadata.uid) === versionOf(cached, epoch);
      return isNewest ? cached : readAnew(kind, key, epoch);
    },
  };
}
