/**
 * The door every object comes through: pruned, defaulted, validated by the schema of its kind, and frozen. What
 * has passed has its kind's type.
 */
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import { KINDS } from "../../api/kinds.ts";
import type { ObjectMeta } from "../../api/objectMeta.ts";
import type { FieldCause } from "../errors.ts";
import { refuse } from "../errors.ts";
import { contentViolations } from "./contents.ts";
import { deepFreeze } from "./deepFreeze.ts";
import { schemaOf } from "./definitions.ts";
import type { JsonObject } from "./json.ts";
import { isJsonObject, toJsonObject } from "./json.ts";
import { metadataViolations } from "./metadata.ts";
import { normalise } from "./structural.ts";
import { violations } from "./validation.ts";

/** What is handed in: contents of any shape, and metadata that the server has completed. */
export interface Candidate {
  readonly metadata: ObjectMeta;
  /** Everything but apiVersion, kind and metadata. */
  readonly contents: JsonObject;
}

/** An object that has passed, and the fields of the candidate that its kind does not know. */
export interface Admitted<K extends Kind> {
  readonly object: ObjectOf<K>;
  readonly unknownFields: readonly string[];
}

/** Admits an object. `before` is what stands in its place. Throws `StoreError` `Invalid`. */
export function admit<K extends Kind>(kind: K, candidate: Candidate, before?: ObjectOf<K>): Admitted<K> {
  const unknownFields: string[] = [];
  const contents = normalise(candidate.contents, schemaOf(kind), { pruned: unknownFields });
  const metadata = withoutEmptyLists(candidate.metadata);
  const object: unknown = deepFreeze({
    apiVersion: KINDS[kind].apiVersion,
    kind,
    metadata,
    ...(isJsonObject(contents) ? contents : {}),
  });
  const causes = [
    ...metadataViolations(metadata),
    ...violations(kind, contentsOf(object), before === undefined ? undefined : contentsOf(before)),
  ];
  if (!hasPassed(kind, object, causes)) throw invalid(kind, metadata, causes);
  const further = contentViolations(object);
  if (further.length > 0) throw invalid(kind, metadata, further);
  return { object, unknownFields };
}

/** Everything of an object but apiVersion, kind and metadata, as a copy. */
export function contentsOf(object: unknown): JsonObject {
  const contents = toJsonObject(object) ?? {};
  delete contents["apiVersion"];
  delete contents["kind"];
  delete contents["metadata"];
  return contents;
}

/** Whether an object is of a kind. */
export function isOfKind<K extends Kind>(kind: K, object: ObjectOf<Kind>): object is ObjectOf<K> {
  return object.kind === kind;
}

/** The types of the kinds are generated from their schemas: what breaks no rule of the schema has the type. */
function hasPassed<K extends Kind>(
  _kind: K,
  object: unknown,
  causes: readonly FieldCause[],
): object is ObjectOf<K> {
  return causes.length === 0;
}

function invalid(kind: Kind, { namespace, name }: ObjectMeta, causes: readonly FieldCause[]) {
  return refuse(`${kind} ${namespace}/${name}`, causes);
}

/** As the API server writes metadata: what is empty is not there. */
function withoutEmptyLists(metadata: ObjectMeta): ObjectMeta {
  const kept = { ...metadata };
  if (Object.keys(kept.labels ?? {}).length === 0) delete kept.labels;
  if (Object.keys(kept.annotations ?? {}).length === 0) delete kept.annotations;
  if (kept.finalizers?.length === 0) delete kept.finalizers;
  if (kept.ownerReferences?.length === 0) delete kept.ownerReferences;
  return kept;
}
