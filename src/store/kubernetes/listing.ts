/** Lists in pages: a server under load answers many small requests better than one of 34 MB. */
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import { StoreError } from "../errors.ts";
import type { Json } from "../schema/json.ts";
import { isJsonObject } from "../schema/json.ts";
import type { Selection } from "../store.ts";
import { isExpired } from "./apiError.ts";
import type { Connection } from "./connection.ts";
import { collectionPath } from "./paths.ts";
import { fromWire } from "./wireObjects.ts";

const PAGE_SIZE = 500;

export interface Listing<K extends Kind> {
  readonly objects: readonly ObjectOf<K>[];
  /** Where a watch goes on. */
  readonly resourceVersion: string;
}

export interface ListRequest<K extends Kind> extends Selection {
  readonly kind: K;
  /** All namespaces without it. */
  readonly namespace?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The newest state of all objects, in one consistent view. Throws `StoreError`, or the signal's reason. */
export async function listAll<K extends Kind>(
  connection: Connection,
  request: ListRequest<K>,
): Promise<Listing<K>> {
  try {
    return await list(connection, request, { limit: String(PAGE_SIZE) });
  } catch (error) {
    // The token for the next page has expired while earlier pages were read: all at once takes no token.
    if (isExpired(error)) return list(connection, request, {});
    throw error;
  }
}

async function list<K extends Kind>(
  connection: Connection,
  { kind, namespace, labels, signal }: ListRequest<K>,
  paging: Readonly<Record<string, string>>,
): Promise<Listing<K>> {
  const subject = namespace === undefined ? `all ${kind} objects` : `${kind} objects of ${namespace}`;
  const path = collectionPath(kind, namespace);
  const selector = Object.entries(labels ?? {}).map(([label, value]) => `${label}=${value}`);
  const objects: ObjectOf<K>[] = [];
  let next = "";
  let resourceVersion: string;
  do {
    const query = {
      ...paging,
      ...(selector.length === 0 ? {} : { labelSelector: selector.join(",") }),
      ...(next === "" ? {} : { continue: next }),
    };
    const page = await connection.send({ method: "GET", path, query, kind, subject, signal });
    const { items, metadata } = isJsonObject(page) ? page : {};
    if (!Array.isArray(items) || !isJsonObject(metadata)) {
      throw new StoreError("Unavailable", `${subject}: the API server sent something that is no list`);
    }
    for (const item of items) objects.push(fromWire(kind, item));
    next = textOf(metadata["continue"]);
    resourceVersion = textOf(metadata["resourceVersion"]);
  } while (next !== "");
  return { objects, resourceVersion };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
