/**
 * Objects that are read much more often than they change, and are large: a Fabric of 500 devices is 120 KB, and is read
 * at every look at each of them. Their metadata tells whether they are what they were; it is asked for at every read, so
 * that a read is as fresh as any other.
 */
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import { isOfKind } from "../schema/admission.ts";
import { isJsonObject, type Json } from "../schema/json.ts";
import { keyOf, type ObjectKey } from "../store.ts";

const LARGE_KINDS: ReadonlySet<Kind> = new Set(["Fabric"]);

export class LargeObjects {
  /** The last state that was received of each. */
  readonly #objects = new Map<string, ObjectOf<Kind>>();

  keep(object: ObjectOf<Kind>): void {
    if (LARGE_KINDS.has(object.kind)) this.#objects.set(idOf(object.kind, keyOf(object)), object);
  }

  /** A state that it had; whether it still has it is for the server to say. */
  find<K extends Kind>(kind: K, key: ObjectKey): ObjectOf<K> | undefined {
    const object = this.#objects.get(idOf(kind, key));
    return object !== undefined && isOfKind(kind, object) ? object : undefined;
  }

  forget(kind: Kind, key: ObjectKey): void {
    this.#objects.delete(idOf(kind, key));
  }
}

/** Whether the metadata that the server sent is that of this state of the object. */
export function isStateOf({ metadata }: ObjectOf<Kind>, sent: Json): boolean {
  const found = isJsonObject(sent) ? sent["metadata"] : undefined;
  return (
    isJsonObject(found) &&
    found["uid"] === metadata.uid &&
    found["resourceVersion"] === metadata.resourceVersion
  );
}

function idOf(kind: Kind, { namespace, name }: ObjectKey): string {
  return `${kind} ${namespace}/${name}`;
}
