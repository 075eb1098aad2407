/** Finalizers: what keeps an object from going while a device is out of service because of it, or needs it to return. */
import type { Kind, ObjectOf } from "../api/kinds.ts";
import { update } from "../store/retryOnConflict.ts";
import type { ObjectKey, Store } from "../store/store.ts";
import { isStoreError } from "../store/errors.ts";

export interface FinalizerTarget<K extends Kind> {
  readonly store: Store;
  readonly kind: K;
  readonly key: ObjectKey;
}

/** Whether somebody has deleted it, and finalizers hold it. */
export function isBeingDeleted({ metadata }: ObjectOf<Kind>): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Whether that finalizer holds it. */
export function hasFinalizer({ metadata }: ObjectOf<Kind>, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) === true;
}

/** Sets a finalizer. An object that is absent or being deleted stays as it is: nothing can hold it any more. */
export async function holdObject<K extends Kind>(
  target: FinalizerTarget<K>,
  finalizer: string,
): Promise<void> {
  await updateIfThere(target, (copy) => {
    if (isBeingDeleted(copy) || hasFinalizer(copy, finalizer)) return false;
    copy.metadata.finalizers = [...(copy.metadata.finalizers ?? []), finalizer];
    return undefined;
  });
}

/** Removes a finalizer. Absent already is well. */
export async function releaseObject<K extends Kind>(
  target: FinalizerTarget<K>,
  finalizer: string,
): Promise<void> {
  await updateIfThere(target, (copy) => {
    if (!hasFinalizer(copy, finalizer)) return false;
    copy.metadata.finalizers = copy.metadata.finalizers?.filter((each) => each !== finalizer) ?? [];
    return undefined;
  });
}

async function updateIfThere<K extends Kind>(
  target: FinalizerTarget<K>,
  change: (copy: ObjectOf<K>) => undefined | false,
): Promise<void> {
  try {
    await update(target, change);
  } catch (error) {
    if (!isStoreError(error, "NotFound")) throw error;
  }
}
