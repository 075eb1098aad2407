/**
 * Manifests: objects as users write them, in YAML files. They pass the same door as objects in a store, so that a
 * plan made without a cluster refuses what a cluster would.
 */
import type { Kind, ObjectOf } from "../api/kinds.ts";
import { isKind, KINDS } from "../api/kinds.ts";
import type { ObjectMeta } from "../api/objectMeta.ts";
import { isStoreError, refuse, StoreError } from "./errors.ts";
import { update } from "./retryOnConflict.ts";
import { admit, contentsOf } from "./schema/admission.ts";
import type { JsonObject } from "./schema/json.ts";
import { isJsonObject, toJsonObject } from "./schema/json.ts";
import type { RequestOptions, Store } from "./store.ts";
import { keyOf } from "./store.ts";

/** An object as a user wrote it, with its defaults. It has no uid and no resourceVersion yet. */
export interface Manifest<K extends Kind = Kind> {
  readonly kind: K;
  readonly object: ObjectOf<K>;
  /** Fields that the kind does not know and that were dropped: most often a slip of the pen. */
  readonly unknownFields: readonly string[];
}

/** Reads one document. Throws `StoreError` `Invalid`. */
export function readManifest(document: unknown, { namespace }: { readonly namespace: string }): Manifest {
  const json = toJsonObject(document) ?? {};
  const { apiVersion, kind, metadata } = json;
  const causes = [];
  if (typeof kind !== "string" || !isKind(kind)) {
    throw refuse("the manifest", [{ field: "kind", message: "is none that this product knows" }]);
  }
  if (apiVersion !== KINDS[kind].apiVersion) {
    causes.push({ field: "apiVersion", message: `must be ${KINDS[kind].apiVersion} for a ${kind}` });
  }
  if (!isJsonObject(metadata) || typeof metadata["name"] !== "string") {
    causes.push({ field: "metadata.name", message: "is required" });
  }
  if (causes.length > 0) throw refuse(`the manifest of a ${kind}`, causes);
  const contents = contentsOf(json);
  delete contents["status"];
  if (kind === "Secret") encodeStringData(contents);
  const completed = completeMetadata(isJsonObject(metadata) ? metadata : {}, namespace);
  return { kind, ...admit<Kind>(kind, { metadata: completed, contents }) };
}

/** Creates the object, or brings metadata and spec of an existing one to what the manifest says. */
export async function applyManifest<K extends Kind>(
  store: Store,
  { kind, object }: Manifest<K>,
  options: RequestOptions = {},
): Promise<ObjectOf<K>> {
  try {
    return await store.create(kind, object, options);
  } catch (error) {
    if (!isStoreError(error, "AlreadyExists")) throw error;
  }
  const target = { store, kind, key: keyOf(object) };
  return update(
    target,
    (copy) => {
      const { labels, annotations } = object.metadata;
      copy.metadata.labels = { ...copy.metadata.labels, ...labels };
      copy.metadata.annotations = { ...copy.metadata.annotations, ...annotations };
      Object.assign(copy, contentsOf(object));
    },
    options,
  );
}

function completeMetadata(metadata: JsonObject, defaultNamespace: string): ObjectMeta {
  const { name, namespace, labels, annotations } = metadata;
  return {
    name: text(name) ?? "",
    namespace: text(namespace) ?? defaultNamespace,
    uid: "",
    resourceVersion: "",
    generation: 1,
    creationTimestamp: "1970-01-01T00:00:00Z",
    ...(labels === undefined ? {} : { labels: textMap("labels", labels) }),
    ...(annotations === undefined ? {} : { annotations: textMap("annotations", annotations) }),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function textMap(field: string, value: unknown): Record<string, string> {
  const entries: [string, string][] = [];
  for (const [name, entry] of Object.entries(toJsonObject(value) ?? {})) {
    if (typeof entry !== "string") {
      const cause = { field: `metadata.${field}[${name}]`, message: "must be text; put it in quotes" };
      throw new StoreError("Invalid", `the manifest is invalid: ${cause.field} ${cause.message}`, {
        causes: [cause],
      });
    }
    entries.push([name, entry]);
  }
  return Object.fromEntries(entries);
}

/** `stringData` is how people write Secrets; `data` is how they are kept. */
function encodeStringData(contents: JsonObject): void {
  const { stringData, data } = contents;
  delete contents["stringData"];
  if (!isJsonObject(stringData)) return;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    typeof value === "string" ? Buffer.from(value).toString("base64") : value,
  ]);
  contents["data"] = { ...(isJsonObject(data) ? data : {}), ...Object.fromEntries(encoded) };
}
