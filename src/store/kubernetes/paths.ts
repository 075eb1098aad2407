/**
 * Where the API server keeps objects: the paths of its REST interface. A name goes into a path only if it is one:
 * `DELETE …/configmaps/` with an empty name, or with `..`, would mean a whole collection.
 */
import type { Kind } from "../../api/kinds.ts";
import { KINDS } from "../../api/kinds.ts";
import type { ObjectKey } from "../store.ts";

const SEGMENT = /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;

/** Whether namespace and name could be those of an object: otherwise there is none. */
export function canExist({ namespace, name }: ObjectKey): boolean {
  return SEGMENT.test(namespace) && SEGMENT.test(name) && name.length <= 253;
}

/** Whether a namespace could be one. */
export function canBeNamespace(namespace: string): boolean {
  return SEGMENT.test(namespace);
}

/** The path of all objects of a kind, in one namespace or in all. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const { apiVersion, plural } = KINDS[kind];
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  if (namespace === undefined) return `${root}/${plural}`;
  if (!canBeNamespace(namespace)) throw new RangeError(`not a namespace: ${JSON.stringify(namespace)}`);
  return `${root}/namespaces/${namespace}/${plural}`;
}

/** The path of one object. Throws `RangeError` for a key that no object can have. */
export function objectPath(kind: Kind, key: ObjectKey): string {
  if (!canExist(key)) throw new RangeError(`not an object's name: ${JSON.stringify(key)}`);
  return `${collectionPath(kind, key.namespace)}/${key.name}`;
}
