/** Lists that are maps or sets: the keys of their items must be unique. JSON Schema has no word for it. */
import type { FieldCause } from "../errors.ts";
import type { Json } from "./json.ts";
import { isJsonObject } from "./json.ts";
import type { StructuralSchema } from "./structural.ts";
import { propertyPath, schemaOfProperty } from "./structural.ts";

/** Every item whose key stands in its list already. */
export function duplicateItems(schema: StructuralSchema, value: Json, path = ""): FieldCause[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    const nested =
      items === undefined
        ? []
        : value.flatMap((item, index) => duplicateItems(items, item, `${path}[${index}]`));
    return [...duplicatesOf(schema, value, path), ...nested];
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, property]) => {
    const propertySchema = schemaOfProperty(schema, name);
    return propertySchema === undefined
      ? []
      : duplicateItems(propertySchema, property, propertyPath(path, name));
  });
}

function duplicatesOf(schema: StructuralSchema, list: readonly Json[], path: string): FieldCause[] {
  const listType = schema["x-kubernetes-list-type"];
  if (listType !== "map" && listType !== "set") return [];
  const seen = new Set<string>();
  const causes: FieldCause[] = [];
  for (const [index, item] of list.entries()) {
    const key = JSON.stringify(listType === "set" ? item : mapKey(schema, item));
    if (seen.has(key)) causes.push({ field: `${path}[${index}]`, message: `duplicate value: ${key}` });
    seen.add(key);
  }
  return causes;
}

function mapKey(schema: StructuralSchema, item: Json): Json {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return Object.fromEntries(keys.map((key) => [key, isJsonObject(item) ? (item[key] ?? null) : null]));
}
