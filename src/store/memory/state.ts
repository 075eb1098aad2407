/** All objects of a memory store, and the changes of one write: computed first, made durable, then applied at once. */
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import { KIND_NAMES } from "../../api/kinds.ts";
import { isOfKind } from "../schema/admission.ts";
import type { ObjectKey, WatchEventType } from "../store.ts";
import { keyOf } from "../store.ts";

export type AnyObject = ObjectOf<Kind>;

export interface Change {
  readonly type: WatchEventType;
  readonly object: AnyObject;
}

/** Sorts as the API server does: by namespace, then by name. */
export function keyText({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

export class State {
  readonly #objects: ReadonlyMap<Kind, Map<string, AnyObject>>;
  #revision: number;

  constructor(revision = 0, objects: Iterable<AnyObject> = []) {
    this.#revision = revision;
    this.#objects = new Map(KIND_NAMES.map((kind) => [kind, new Map<string, AnyObject>()]));
    for (const object of objects) this.#objects.get(object.kind)?.set(keyText(keyOf(object)), object);
  }

  /** The resourceVersion of the newest change. */
  get revision(): number {
    return this.#revision;
  }

  find<K extends Kind>(kind: K, key: ObjectKey): ObjectOf<K> | undefined {
    const object = this.#objects.get(kind)?.get(keyText(key));
    return object !== undefined && isOfKind(kind, object) ? object : undefined;
  }

  /** Sorted by namespace and name. */
  list<K extends Kind>(kind: K, namespace?: string): ObjectOf<K>[] {
    const found: ObjectOf<K>[] = [];
    for (const object of this.#objects.get(kind)?.values() ?? []) {
      if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
      if (isOfKind(kind, object)) found.push(object);
    }
    return found.toSorted(byKey);
  }

  all(): AnyObject[] {
    return KIND_NAMES.flatMap((kind) => this.list<Kind>(kind));
  }

  apply(changes: readonly Change[]): void {
    for (const { type, object } of changes) {
      const objects = this.#objects.get(object.kind);
      const key = keyText(keyOf(object));
      if (type === "Deleted") objects?.delete(key);
      else objects?.set(key, object);
    }
    this.#revision += changes.length;
  }

  /** The state as it will be after the changes. */
  after(changes: readonly Change[]): State {
    const next = new State(this.#revision, this.all());
    next.apply(changes);
    return next;
  }
}

/** Orders objects of one kind by namespace and name, for `toSorted`. */
export function byKey(a: AnyObject, b: AnyObject): number {
  const [left, right] = [keyText(keyOf(a)), keyText(keyOf(b))];
  return left < right ? -1 : left > right ? 1 : 0;
}
