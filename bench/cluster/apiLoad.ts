/** What a controller asks of the API server, as a proxy between them has seen it. */
import type { SeenRequest } from "../../test/support/faultProxy.ts";

export interface ApiLoad {
  readonly reads: number;
  /** Writes that the server took. */
  readonly writes: number;
  readonly writtenBytes: number;
  /** Of these writes, those that left the object as it was. */
  readonly needlessWrites: number;
  /** Writes by method and resource: `PUT deviceupgrades/status`. */
  readonly writesByResource: ReadonlyMap<string, number>;
}

export function apiLoad(requests: readonly SeenRequest[]): ApiLoad {
  const writes = requests.filter(({ method, statusCode = 0 }) => method !== "GET" && statusCode < 300);
  const writesByResource = new Map<string, number>();
  for (const { method, url } of writes) {
    const what = `${method} ${resourceOf(url.pathname)}`;
    writesByResource.set(what, (writesByResource.get(what) ?? 0) + 1);
  }
  return {
    reads: requests.filter(({ method, isWatch }) => method === "GET" && !isWatch).length,
    writes: writes.length,
    writtenBytes: writes.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    needlessWrites: writes.filter(({ wasNeedless }) => wasNeedless === true).length,
    writesByResource,
  };
}

/** `/apis/hitless.dev/v1alpha1/namespaces/bench/fabrics/large/status` is `fabrics/status`. */
function resourceOf(path: string): string {
  const [, rest = path] = /\/namespaces\/[^/]+\/(.*)/.exec(path) ?? [];
  const [plural = "", , subresource] = rest.split("/");
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}
