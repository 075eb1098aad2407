/** JSON as data: what an API server keeps of whatever is handed to it. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

/** A copy of what JSON can hold of a value: no `undefined`, no functions, no shared references. */
export function toJson(value: unknown): Json {
  const copy: Json = JSON.parse(JSON.stringify(value) ?? "null");
  return copy;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object's JSON, or `undefined` where the value is none. */
export function toJsonObject(value: unknown): JsonObject | undefined {
  const json = toJson(value);
  return isJsonObject(json) ? json : undefined;
}
