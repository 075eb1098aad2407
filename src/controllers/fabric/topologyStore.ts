/** What every device of a fabric said, in a ConfigMap: gzipped, since a large fabric says more than etcd takes. */
import { gunzipSync, gzipSync } from "node:zlib";
import type { DeviceDiscovery } from "../../api/discovery.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { ownerReference } from "../../api/kinds.ts";
import type { ObjectKey, Store } from "../../store/store.ts";

export type Discoveries = Readonly<Record<string, DeviceDiscovery>>;

const KEY = "discovery.json.gz";
const COMPLETE_KEY = "complete.json.gz";

export interface StoredTopology {
  /** What devices said at the last reading. */
  readonly discoveries: Discoveries;
  /** The last reading at which all devices answered: who shares what with a device that is silent now. */
  readonly complete: Discoveries;
}

export function topologyKey(fabric: Fabric): ObjectKey {
  return { namespace: fabric.metadata.namespace, name: `${fabric.metadata.name}-topology` };
}

/** Empty where nothing was read yet. */
export async function loadTopology(store: Store, fabric: Fabric): Promise<StoredTopology> {
  const map = await store.get("ConfigMap", topologyKey(fabric));
  const discoveries = unpack(map?.binaryData?.[KEY]) ?? {};
  return { discoveries, complete: unpack(map?.binaryData?.[COMPLETE_KEY]) ?? discoveries };
}

/** Keeps a reading, and beside one with gaps the last one without. */
export async function saveTopology(store: Store, fabric: Fabric, discoveries: Discoveries): Promise<void> {
  const isComplete = fabric.spec.devices.every(({ name }) => discoveries[name] !== undefined);
  const { complete } = await loadTopology(store, fabric);
  const binaryData = {
    [KEY]: pack(discoveries),
    ...(isComplete ? {} : { [COMPLETE_KEY]: pack(complete) }),
  };
  const found = await store.get("ConfigMap", topologyKey(fabric));
  if (found === undefined) {
    const metadata = { ...topologyKey(fabric), ownerReferences: [ownerReference(fabric)] };
    await store.create("ConfigMap", { metadata, binaryData });
  } else {
    await store.replace("ConfigMap", { ...found, binaryData });
  }
}

function pack(discoveries: Discoveries): string {
  return gzipSync(JSON.stringify(discoveries)).toString("base64");
}

function unpack(data: string | undefined): Discoveries | undefined {
  if (data === undefined) return undefined;
  const discoveries: Discoveries = JSON.parse(gunzipSync(Buffer.from(data, "base64")).toString("utf8"));
  return discoveries;
}
