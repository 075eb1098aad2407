/** Validation of an object against the schema of its kind, as the API server does it. */
import type { ErrorObject, ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import type { Kind } from "../../api/kinds.ts";
import type { FieldCause } from "../errors.ts";
import { schemaOf } from "./definitions.ts";
import type { Json, JsonObject } from "./json.ts";
import { duplicateItems } from "./lists.ts";
import { brokenRules } from "./rules.ts";
import type { StructuralSchema } from "./structural.ts";
import { propertyPath } from "./structural.ts";

// `strict: false`: the x-kubernetes extensions are no words of JSON Schema.
const ajv = new Ajv({ allErrors: true, strict: false, allowUnionTypes: true });
formats.default(ajv);

const validators = new Map<Kind, ValidateFunction>();

/** Everything that is wrong with the contents of an object (all but apiVersion, kind and metadata). */
export function violations(
  kind: Kind,
  contents: JsonObject,
  before: JsonObject | undefined,
): readonly FieldCause[] {
  const schema = schemaOf(kind);
  const validate = validators.get(kind) ?? ajv.compile(toJsonSchema(schema));
  validators.set(kind, validate);
  // As in the API server: lists and rules are looked at only where the shape is right.
  if (!validate(contents)) return (validate.errors ?? []).map(toCause);
  return [...duplicateItems(schema, contents), ...brokenRules(schema, { value: contents, before })];
}

function toJsonSchema(schema: StructuralSchema): JsonObject {
  const { properties, additionalProperties, items, "x-kubernetes-int-or-string": intOrString } = schema;
  const result: JsonObject = intOrString === true ? { type: ["integer", "string"] } : {};
  const copied = ["type", "format", "pattern", "minimum", "maximum", "minLength", "maxLength"] as const;
  for (const word of [...copied, "minItems", "maxItems", "minProperties", "maxProperties"] as const) {
    const value = schema[word];
    if (value !== undefined) result[word] = value;
  }
  if (schema.enum) result["enum"] = [...schema.enum];
  if (schema.required) result["required"] = [...schema.required];
  if (items) result["items"] = toJsonSchema(items);
  if (additionalProperties) result["additionalProperties"] = toJsonSchema(additionalProperties);
  if (properties) {
    const converted = Object.entries(properties).map(([name, property]): [string, Json] => [
      name,
      toJsonSchema(property),
    ]);
    result["properties"] = Object.fromEntries(converted);
  }
  return result;
}

function toCause({ instancePath, keyword, params, message }: ErrorObject): FieldCause {
  const field = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : propertyPath(path, part)), "");
  if (keyword === "required") {
    return { field: propertyPath(field, String(params["missingProperty"])), message: "is required" };
  }
  if (keyword === "enum") {
    const allowed: unknown = params["allowedValues"];
    return { field, message: `must be one of ${Array.isArray(allowed) ? allowed.join(", ") : "the enum"}` };
  }
  return { field, message: message ?? "is not valid" };
}
