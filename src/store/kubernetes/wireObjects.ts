/** Objects as they travel: what the API server sends, as this product's types, and what it is sent. */
import mergePatch from "json-merge-patch";
import type { CustomKind, Kind, ObjectOf } from "../../api/kinds.ts";
import { isCustomKind, KINDS } from "../../api/kinds.ts";
import { StoreError } from "../errors.ts";
import { contentsOf } from "../schema/admission.ts";
import { deepFreeze } from "../schema/deepFreeze.ts";
import type { Json, JsonObject } from "../schema/json.ts";
import { isJsonObject, toJsonObject } from "../schema/json.ts";
import type { Draft } from "../store.ts";

/** What the server alone writes. It would refuse some of it if it differed, and must not be asked to. */
const SERVER_FIELDS = [
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
];

const META_TEXTS = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];

/**
 * An object the API server sent, frozen. `managedFields`, as large as all the rest, is left out; Kubernetes' own
 * kinds have generation 0. Throws `StoreError` `Unavailable` when it is no object of the kind.
 */
export function fromWire<K extends Kind>(kind: K, json: Json): ObjectOf<K> {
  const sent = isJsonObject(json) ? json : {};
  const metadata = isJsonObject(sent["metadata"]) ? sent["metadata"] : {};
  delete metadata["managedFields"];
  if (!isCustomKind(kind)) metadata["generation"] = 0;
  if (kind === "Lease") sent["spec"] ??= {};
  // Items of a list carry neither of the two.
  const object: unknown = { ...sent, apiVersion: KINDS[kind].apiVersion, kind, metadata };
  if (!isSent(kind, object, metadata)) {
    throw new StoreError("Unavailable", `the API server sent something that is no ${kind}`);
  }
  return deepFreeze(object);
}

/** The server has validated what it sends against the schema that the types are generated from. */
function isSent<K extends Kind>(_kind: K, object: unknown, metadata: JsonObject): object is ObjectOf<K> {
  return (
    META_TEXTS.every((field) => typeof metadata[field] === "string") &&
    typeof metadata["generation"] === "number"
  );
}

/**
 * An object to replace another, with its uid and resourceVersion: the server refuses to replace any other. It takes
 * the status from a write of its own only.
 */
export function toWire(kind: Kind, object: ObjectOf<Kind>): JsonObject {
  const metadata = toJsonObject(object.metadata) ?? {};
  for (const field of SERVER_FIELDS) delete metadata[field];
  const contents = contentsOf(object);
  if (isCustomKind(kind)) delete contents["status"];
  return { apiVersion: KINDS[kind].apiVersion, kind, metadata, ...contents };
}

/**
 * What makes one status another: only what differs is sent, and by the resourceVersion only to that very state. A list
 * that differs anywhere is sent whole.
 */
export function statusPatch(before: ObjectOf<CustomKind>, after: ObjectOf<CustomKind>): JsonObject {
  const [from, to] = [before, after].map((object) => {
    const { status } = contentsOf(object);
    return status === undefined ? {} : { status };
  });
  const difference = toJsonObject(mergePatch.generate(from, to)) ?? {};
  return { metadata: { resourceVersion: after.metadata.resourceVersion }, ...difference };
}

/** An object to be created. */
export function draftToWire<K extends Kind>(kind: K, draft: Draft<K>): JsonObject {
  const contents = contentsOf(draft);
  if (isCustomKind(kind)) delete contents["status"];
  const metadata = toJsonObject(draft.metadata) ?? {};
  return { apiVersion: KINDS[kind].apiVersion, kind, metadata, ...contents };
}
