/**
 * The store as the reconcilers see it: measured, and shut when the controller stops. What is under way then is
 * given up, as a crash would do it: nobody waits for an API that does not answer.
 */
import { linkSignals } from "../../api/signalLink.ts";
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
  const within = async <T>(
    end: AbortSignal,
    own: AbortSignal | undefined,
    ask: (options: { readonly signal: AbortSignal }) => Promise<T>,
  ): Promise<T> => {
    reads.throwIfAborted();
    if (own === undefined) return ask({ signal: end });
    const { signal, release } = linkSignals(own, end);
    return ask({ signal }).finally(release);
  };
  return {
    get: async (kind, key, options) =>
      within(reads, options?.signal, (until) => store.get(kind, key, { ...options, ...until })),
    list: async (kind, namespace, options) =>
      within(reads, options?.signal, (until) => store.list(kind, namespace, { ...options, ...until })),
    cached: (kind) => store.cached(kind),
    create: async (kind, draft, options) =>
      within(writes, options?.signal, (until) => store.create(kind, draft, { ...options, ...until })),
    replace: async (kind, object, options) =>
      within(writes, options?.signal, (until) => store.replace(kind, object, { ...options, ...until })),
    replaceStatus: async (kind, object, options) =>
      within(writes, options?.signal, (until) => store.replaceStatus(kind, object, { ...options, ...until })),
    delete: async (kind, key, options) =>
      within(writes, options?.signal, (until) => store.delete(kind, key, { ...options, ...until })),
    watch: async (kind, handler, signal) => store.watch(kind, handler, signal),
    close: async () => store.close(),
  };
}
