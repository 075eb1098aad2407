/**
 * The objects handed out, for as long as somebody holds them: to see that a write would change nothing without
 * asking the server. Where an object is no longer remembered, the write is sent, which is never wrong.
 */
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import { isOfKind } from "../schema/admission.ts";

export class SeenObjects {
  /** By uid; the newest state that was handed out. */
  readonly #objects = new Map<string, WeakRef<ObjectOf<Kind>>>();
  readonly #forget = new FinalizationRegistry<string>((uid) => {
    if (this.#objects.get(uid)?.deref() === undefined) this.#objects.delete(uid);
  });

  /** Remembers an object, and returns it. */
  remember<K extends Kind>(object: ObjectOf<K>): ObjectOf<K> {
    const { uid } = object.metadata;
    this.#objects.set(uid, new WeakRef<ObjectOf<Kind>>(object));
    this.#forget.register(object, uid);
    return object;
  }

  /** What the object was when it had this resourceVersion, if that is remembered. */
  find<K extends Kind>(kind: K, { metadata }: ObjectOf<K>): ObjectOf<K> | undefined {
    const object = this.#objects.get(metadata.uid)?.deref();
    if (object === undefined || !isOfKind(kind, object)) return undefined;
    return object.metadata.resourceVersion === metadata.resourceVersion ? object : undefined;
  }
}
