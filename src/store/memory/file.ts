/**
 * The file a memory store may live in. It is replaced as a whole: written beside, forced to disk, renamed, and the
 * rename forced to disk. Whatever kills the process, the file holds the state before or after a write.
 */
import { readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import path from "node:path";
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import { isKind } from "../../api/kinds.ts";
import type { ObjectMeta } from "../../api/objectMeta.ts";
import { StoreError } from "../errors.ts";
import { admit, contentsOf } from "../schema/admission.ts";
import type { Json } from "../schema/json.ts";
import { isJsonObject } from "../schema/json.ts";
import type { AnyObject } from "./state.ts";
import { State } from "./state.ts";

const FORMAT = "hitless-store/1";

/** Objects never change, so that the text of one is made only once. */
const texts = new WeakMap<AnyObject, string>();

/** Writes the state. When this resolves, it survives whatever happens to the process. */
export async function writeState(file: string, state: State): Promise<void> {
  const objects = state.all().map((object) => {
    const text = texts.get(object) ?? JSON.stringify(object);
    texts.set(object, text);
    return text;
  });
  const text = `{"format":"${FORMAT}","resourceVersion":${state.revision},"objects":[\n${objects.join(",\n")}\n]}\n`;
  const beside = `${file}.new`;
  // Secrets are in it: for its owner only.
  const handle = await open(beside, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
  const directory = await open(path.dirname(file), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Reads the state; a file that does not exist yet is an empty one. Throws `StoreError` `Unavailable`. */
export function readState(file: string): State {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return new State();
    throw unreadable(file, error);
  }
  try {
    const stored: Json = JSON.parse(text);
    if (!isJsonObject(stored) || stored["format"] !== FORMAT) throw new TypeError(`not in format ${FORMAT}`);
    const { resourceVersion, objects } = stored;
    if (typeof resourceVersion !== "number" || !Array.isArray(objects)) throw new TypeError("incomplete");
    return new State(resourceVersion, objects.map(readObject));
  } catch (error) {
    throw unreadable(file, error);
  }
}

function readObject(stored: Json): ObjectOf<Kind> {
  if (!isJsonObject(stored)) throw new TypeError("an entry is no object");
  const { kind, metadata } = stored;
  if (typeof kind !== "string" || !isKind(kind)) throw new TypeError("an entry is of no known kind");
  if (!isServerMeta(metadata)) throw new TypeError(`incomplete metadata of a ${kind}`);
  return admit<Kind>(kind, { metadata, contents: contentsOf(stored) }).object;
}

function isServerMeta(value: unknown): value is ObjectMeta {
  if (typeof value !== "object" || value === null) return false;
  const textFields = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"];
  return (
    textFields.every((field) => typeof Reflect.get(value, field) === "string") &&
    typeof Reflect.get(value, "generation") === "number"
  );
}

function unreadable(file: string, cause: unknown): StoreError {
  const hint = "restore the file, or move it away to begin with an empty store";
  return new StoreError("Unavailable", `the store's file ${file} cannot be read`, { cause, hint });
}
