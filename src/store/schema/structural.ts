/**
 * Structural schemas (the subset of OpenAPI that a CustomResourceDefinition may use), and what the API server does
 * with an object before it validates it: unknown fields are pruned, absent ones defaulted.
 */
import type { Json, JsonObject } from "./json.ts";
import { isJsonObject } from "./json.ts";

export interface StructuralSchema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly description?: string;
  readonly default?: Json;
  readonly format?: string;
  readonly enum?: readonly Json[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
}

/** A rule in CEL, as a CustomResourceDefinition carries it. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  /** Relative to the node that carries the rule, e.g. `.fabricRef`. */
  readonly fieldPath?: string;
}

/** The path of a property, as the API server writes it. */
export function propertyPath(parent: string, name: string): string {
  return parent === "" ? name : `${parent}.${name}`;
}

/** The schema of a property, named or of a map; `undefined` for an unknown field. */
export function schemaOfProperty(schema: StructuralSchema, name: string): StructuralSchema | undefined {
  const { properties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name];
  return schema.additionalProperties;
}

/** A copy of the value with defaults set and unknown fields pruned; the paths of those are added to `pruned`. */
export function normalise(
  value: Json,
  schema: StructuralSchema,
  { path = "", pruned = [] }: { path?: string; pruned?: string[] } = {},
): Json {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return value.map((item, index) => normalise(item, items, { path: `${path}[${index}]`, pruned }));
  }
  if (!isJsonObject(value) || schema.type !== "object") return value;
  const result: JsonObject = {};
  for (const [name, property] of Object.entries(value)) {
    const propertySchema = schemaOfProperty(schema, name);
    const propertyAt = propertyPath(path, name);
    const isNeeded = schema.required?.includes(name) === true && propertySchema?.default === undefined;
    if (propertySchema === undefined) pruned.push(propertyAt);
    // The API server takes null for absent, where a field may be.
    else if (property !== null || isNeeded) {
      result[name] = normalise(property, propertySchema, { path: propertyAt, pruned });
    }
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (property.default !== undefined && !Object.hasOwn(result, name)) {
      result[name] = normalise(structuredClone(property.default), property);
    }
  }
  return result;
}
