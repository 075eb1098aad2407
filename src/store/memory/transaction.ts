/**
 * One write and what follows from it: the object itself, and what the garbage collector does to the objects it
 * owns. Nothing is visible until the store applies the changes, all at once.
 */
import { isDeepStrictEqual } from "node:util";
import type { CustomKind, Kind, ObjectOf } from "../../api/kinds.ts";
import { isCustomKind, isKind, KIND_NAMES } from "../../api/kinds.ts";
import type { ObjectMeta, OwnerReference } from "../../api/objectMeta.ts";
import type { Instant } from "../../api/time.ts";
import { formatInstant } from "../../api/time.ts";
import { refuse, StoreError } from "../errors.ts";
import { admit, contentsOf } from "../schema/admission.ts";
import { immutableViolations } from "../schema/contents.ts";
import { deepFreeze } from "../schema/deepFreeze.ts";
import type { JsonObject } from "../schema/json.ts";
import type { DeletePreconditions, Draft, DraftMeta, ObjectKey } from "../store.ts";
import type { AnyObject, Change, State } from "./state.ts";
import { keyText } from "./state.ts";

export interface TransactionContext {
  readonly now: Instant;
  readonly newUid: () => string;
}

export class Transaction {
  readonly #state: State;
  readonly #context: TransactionContext;
  readonly #changes: Change[] = [];
  /** Objects removed by this write. */
  readonly #removed = new Set<string>();

  constructor(state: State, context: TransactionContext) {
    this.#state = state;
    this.#context = context;
  }

  /** In the order in which they happen. */
  get changes(): readonly Change[] {
    return this.#changes;
  }

  create<K extends Kind>(kind: K, draft: Draft<K>): ObjectOf<K> {
    const { now, newUid } = this.#context;
    const contents = contentsOf(draft);
    if (isCustomKind(kind)) delete contents["status"];
    const metadata: ObjectMeta = {
      ...clientMeta(draft.metadata),
      uid: newUid(),
      resourceVersion: this.#nextRevision(),
      generation: isCustomKind(kind) ? 1 : 0,
      creationTimestamp: formatInstant(now),
    };
    const { object } = admit(kind, { metadata, contents });
    if (this.#state.find(kind, metadata) !== undefined) {
      throw new StoreError("AlreadyExists", `${kind} ${keyText(metadata)} already exists`);
    }
    this.#changes.push({ type: "Added", object });
    this.#collectIfOrphan(object);
    return object;
  }

  replace<K extends Kind>(kind: K, desired: ObjectOf<K>): ObjectOf<K> {
    const before = this.#current(kind, desired.metadata);
    const contents = contentsOf(desired);
    if (isCustomKind(kind)) keepStatus(contents, contentsOf(before));
    const metadata = { ...serverMeta(before.metadata), ...clientMeta(desired.metadata) };
    refuseNewFinalizers(kind, before.metadata, metadata);
    const { object: candidate } = admit(kind, { metadata, contents }, before);
    const frozen = immutableViolations(before, candidate);
    if (frozen.length > 0) throw refuse(`${kind} ${keyText(metadata)}`, frozen, "Immutable");
    if (isDeepStrictEqual(candidate, before)) return before;
    const specChanged = !isDeepStrictEqual(contentsOf(candidate), contentsOf(before));
    const generation = before.metadata.generation + (isCustomKind(kind) && specChanged ? 1 : 0);
    const after = this.#stamped(candidate, { generation });
    const isGone = metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    if (isGone) this.#remove(after);
    else this.#changes.push({ type: "Modified", object: after });
    return after;
  }

  replaceStatus<K extends CustomKind>(kind: K, desired: ObjectOf<K>): ObjectOf<K> {
    const before = this.#current(kind, desired.metadata);
    const contents = contentsOf(before);
    keepStatus(contents, contentsOf(desired));
    const { object: candidate } = admit(kind, { metadata: before.metadata, contents }, before);
    if (isDeepStrictEqual(candidate, before)) return before;
    const after = this.#stamped(candidate, {});
    this.#changes.push({ type: "Modified", object: after });
    return after;
  }

  delete(kind: Kind, key: ObjectKey, { uid, resourceVersion }: DeletePreconditions): void {
    const object = this.#state.find(kind, key);
    if (object === undefined) throw notFound(kind, key);
    const { metadata } = object;
    if (uid !== undefined && uid !== metadata.uid) throw otherUid(kind, key);
    if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
      throw outdated(kind, key);
    }
    this.#delete(object);
  }

  #delete(object: AnyObject): void {
    const { finalizers, deletionTimestamp, generation } = object.metadata;
    if (finalizers === undefined) {
      this.#remove(this.#stamped(object, {}));
    } else if (deletionTimestamp === undefined) {
      // The API server raises the generation here too, so that controllers see that something is asked of them.
      const marked = this.#stamped(object, {
        deletionTimestamp: formatInstant(this.#context.now),
        generation: generation === 0 ? 0 : generation + 1,
      });
      this.#changes.push({ type: "Modified", object: marked });
    }
  }

  #remove(object: AnyObject): void {
    this.#changes.push({ type: "Deleted", object });
    this.#removed.add(object.metadata.uid);
    const { namespace, uid } = object.metadata;
    for (const kind of KIND_NAMES) {
      for (const other of this.#state.list<Kind>(kind, namespace)) {
        if (other.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true) {
          this.#collectIfOrphan(other);
        }
      }
    }
  }

  /** The garbage collector: an object goes with the last of its owners, and forgets those that went before. */
  #collectIfOrphan(object: AnyObject): void {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0 || this.#removed.has(object.metadata.uid)) return;
    const living = owners.filter((owner) => this.#lives(owner, object.metadata.namespace));
    if (living.length === owners.length) return;
    if (living.length === 0) this.#delete(object);
    else {
      this.#changes.push({
        type: "Modified",
        object: this.#stamped(object, { ownerReferences: living }),
      });
    }
  }

  #lives({ kind, name, uid }: OwnerReference, namespace: string): boolean {
    // An owner of a kind that is not kept here cannot be looked up, and counts as alive.
    if (!isKind(kind)) return true;
    if (this.#removed.has(uid)) return false;
    const owner = this.#state.find<Kind>(kind, { namespace, name });
    return owner?.metadata.uid === uid;
  }

  /** The stored object that a write replaces. */
  #current<K extends Kind>(kind: K, { uid, resourceVersion, ...key }: ObjectMeta): ObjectOf<K> {
    const stored = this.#state.find(kind, key);
    if (stored === undefined) throw notFound(kind, key);
    if (resourceVersion === "") {
      const cause = { field: "metadata.resourceVersion", message: "must be given" };
      throw refuse(`${kind} ${keyText(key)}`, [cause]);
    }
    if (uid !== "" && uid !== stored.metadata.uid) throw otherUid(kind, key);
    if (resourceVersion !== stored.metadata.resourceVersion) throw outdated(kind, key);
    return stored;
  }

  #stamped<O extends AnyObject>(object: O, changed: Partial<ObjectMeta>): O {
    const metadata: ObjectMeta = {
      ...object.metadata,
      ...changed,
      resourceVersion: this.#nextRevision(),
    };
    return deepFreeze({ ...object, metadata });
  }

  #nextRevision(): string {
    return String(this.#state.revision + this.#changes.length + 1);
  }
}

function clientMeta(meta: DraftMeta): Pick<ObjectMeta, "name" | "namespace"> & Partial<ObjectMeta> {
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = meta;
  return {
    name,
    namespace,
    ...(labels === undefined ? {} : { labels: { ...labels } }),
    ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
    ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
    ...(ownerReferences === undefined
      ? {}
      : { ownerReferences: ownerReferences.map((owner) => ({ ...owner })) }),
  };
}

function serverMeta(meta: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = meta;
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    generation,
    creationTimestamp,
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  };
}

function keepStatus(contents: JsonObject, from: JsonObject): void {
  const status = from["status"];
  if (status === undefined) delete contents["status"];
  else contents["status"] = status;
}

function refuseNewFinalizers(kind: Kind, before: ObjectMeta, after: ObjectMeta): void {
  if (before.deletionTimestamp === undefined) return;
  const added = (after.finalizers ?? []).filter(
    (finalizer) => before.finalizers?.includes(finalizer) !== true,
  );
  if (added.length === 0) return;
  const message = "no new finalizers can be added while the object is being deleted";
  throw refuse(`${kind} ${keyText(after)}`, [{ field: "metadata.finalizers", message }]);
}

function notFound(kind: Kind, key: ObjectKey): StoreError {
  return new StoreError("NotFound", `${kind} ${keyText(key)} does not exist`);
}

function outdated(kind: Kind, key: ObjectKey): StoreError {
  return new StoreError("Conflict", `${kind} ${keyText(key)} has been changed since it was read`);
}

function otherUid(kind: Kind, key: ObjectKey): StoreError {
  return new StoreError("Conflict", `${kind} ${keyText(key)} is another object of the same name`);
}
