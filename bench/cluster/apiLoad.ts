/** What a controller asks of the API server, as a proxy between them has seen it. */
import type { SeenRequest } from "../../test/support/faultProxy.ts";

export interface ApiLoad {
  readonly reads: number;
  /** Writes that the server took, but for Leases: those are renewed as time goes by, whatever becomes of devices. */
  readonly writes: number;
  readonly leaseWrites: number;
  readonly writtenBytes: number;
  /** Of these writes, those that left the object as it was. */
  readonly needlessWrites: number;
  /** Writes by method and resource: `PUT deviceupgrades/status`. */
  readonly writesByResource: ReadonlyMap<string, number>;
  /** Bytes sent by these writes, by method and resource. */
  readonly bytesByResource: ReadonlyMap<string, number>;
  /** Reads by resource, of one object or of many. */
  readonly readsByResource: ReadonlyMap<string, number>;
}

export function apiLoad(requests: readonly SeenRequest[]): ApiLoad {
  const taken = requests.filter(({ method, statusCode = 0 }) => method !== "GET" && statusCode < 300);
  const writes = taken.filter(({ url }) => !isLease(url));
  const writesByResource = new Map<string, number>();
  const bytesByResource = new Map<string, number>();
  for (const { method, url, sentBytes } of writes) {
    const what = `${method} ${resourceOf(url.pathname)}`;
    add(writesByResource, what, 1);
    add(bytesByResource, what, sentBytes);
  }
  const reads = requests.filter(({ method, isWatch }) => method === "GET" && !isWatch);
  const readsByResource = new Map<string, number>();
  for (const { url } of reads) add(readsByResource, resourceOf(url.pathname), 1);
  return {
    reads: reads.length,
    writes: writes.length,
    leaseWrites: taken.length - writes.length,
    writtenBytes: writes.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
    needlessWrites: writes.filter(({ wasNeedless }) => wasNeedless === true).length,
    writesByResource,
    bytesByResource,
    readsByResource,
  };
}

function isLease({ pathname }: URL): boolean {
  return resourceOf(pathname) === "leases";
}

function add(sums: Map<string, number>, what: string, amount: number): void {
  sums.set(what, (sums.get(what) ?? 0) + amount);
}

/** `/apis/hitless.dev/v1alpha1/namespaces/bench/fabrics/large/status` is `fabrics/status`. */
function resourceOf(path: string): string {
  const [, rest = path] = /\/namespaces\/[^/]+\/(.*)/.exec(path) ?? [];
  const [plural = "", , subresource] = rest.split("/");
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}
