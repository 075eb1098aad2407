/** What every device of a fabric said, in a ConfigMap: gzipped, since a large fabric says more than etcd takes. */
import { gunzipSync, gzipSync } from "node:zlib";
import type { DeviceDiscovery } from "../api/discovery.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import { ownerReference } from "../api/kinds.ts";
import type { ObjectKey, Store } from "../store/store.ts";

export type Discoveries = Readonly<Record<string, DeviceDiscovery>>;

const KEY = "discovery.json.gz";

export function topologyKey(fabric: Fabric): ObjectKey {
  return { namespace: fabric.metadata.namespace, name: `${fabric.metadata.name}-topology` };
}

export async function loadDiscoveries(store: Store, fabric: Fabric): Promise<Discoveries | undefined> {
  const map = await store.get("ConfigMap", topologyKey(fabric));
  const data = map?.binaryData?.[KEY];
  if (data === undefined) return undefined;
  const discoveries: Discoveries = JSON.parse(gunzipSync(Buffer.from(data, "base64")).toString("utf8"));
  return discoveries;
}

export async function saveDiscoveries(store: Store, fabric: Fabric, discoveries: Discoveries): Promise<void> {
  const binaryData = { [KEY]: gzipSync(JSON.stringify(discoveries)).toString("base64") };
  const found = await store.get("ConfigMap", topologyKey(fabric));
  if (found === undefined) {
    const metadata = { ...topologyKey(fabric), ownerReferences: [ownerReference(fabric)] };
    await store.create("ConfigMap", { metadata, binaryData });
  } else {
    await store.replace("ConfigMap", { ...found, binaryData });
  }
}
