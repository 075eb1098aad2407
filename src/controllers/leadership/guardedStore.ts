/**
 * The store as the reconcilers see it: measured, and shut when the controller stops. What is under way then is
 * given up, as a crash would do it: nobody waits for an API that does not answer.
 */
import { StoreError } from "../../store/errors.ts";
import type { Store } from "../../store/store.ts";
import type { ApiVerb, Meter } from "../../observability/meter.ts";
import type { Kind } from "../../api/kinds.ts";

/** Measures every request through the store. */
export function measuredStore(store: Store, meter: Pick<Meter, "apiRequest">): Store {
  const measure = async <T>(verb: ApiVerb, kind: Kind, request: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    let code = "OK";
    try {
      return await request();
    } catch (error) {
      code = error instanceof StoreError ? error.code : "Aborted";
      throw error;
    } finally {
      meter.apiRequest({ verb, kind, code, seconds: (performance.now() - startedAt) / 1000 });
    }
  };
  return {
    get: (kind, key, options) => measure("get", kind, () => store.get(kind, key, options)),
    list: (kind, namespace, options) => measure("list", kind, () => store.list(kind, namespace, options)),
    cached: (kind) => store.cached(kind),
    create: (kind, draft, options) => measure("create", kind, () => store.create(kind, draft, options)),
    replace: (kind, object, options) => measure("update", kind, () => store.replace(kind, object, options)),
    replaceStatus: (kind, object, options) =>
      measure("updateStatus", kind, () => store.replaceStatus(kind, object, options)),
    delete: (kind, key, options) => measure("delete", kind, () => store.delete(kind, key, options)),
    watch: (kind, handler, signal) => store.watch(kind, handler, signal),
    close: () => store.close(),
  };
}

/** A store whose reads end with one signal and whose writes end with the other. */
export function shutStore(
  store: Store,
  { reads, writes }: { reads: AbortSignal; writes: AbortSignal },
): Store {
  /** Nothing new begins once reads have ended. */
  const both = (own: AbortSignal | undefined, end: AbortSignal): { signal: AbortSignal } => {
    reads.throwIfAborted();
    return { signal: own === undefined ? end : AbortSignal.any([own, end]) };
  };
  return {
    get: async (kind, key, options) => store.get(kind, key, { ...options, ...both(options?.signal, reads) }),
    list: async (kind, namespace, options) =>
      store.list(kind, namespace, { ...options, ...both(options?.signal, reads) }),
    cached: (kind) => store.cached(kind),
    create: async (kind, draft, options) =>
      store.create(kind, draft, { ...options, ...both(options?.signal, writes) }),
    replace: async (kind, object, options) =>
      store.replace(kind, object, { ...options, ...both(options?.signal, writes) }),
    replaceStatus: async (kind, object, options) =>
      store.replaceStatus(kind, object, { ...options, ...both(options?.signal, writes) }),
    delete: async (kind, key, options) =>
      store.delete(kind, key, { ...options, ...both(options?.signal, writes) }),
    watch: async (kind, handler, signal) => store.watch(kind, handler, signal),
    close: async () => store.close(),
  };
}
