/**
 * The CEL rules of our CustomResourceDefinitions, in TypeScript. A rule is looked up by its very text, so that an
 * edited rule is an unknown one and cannot pass unnoticed.
 */
import type { FieldCause } from "../errors.ts";
import type { Json } from "./json.ts";
import { isJsonObject } from "./json.ts";
import type { StructuralSchema, ValidationRule } from "./structural.ts";
import { propertyPath, schemaOfProperty } from "./structural.ts";

/** `before` is `undefined` when the rule is no transition rule. */
type Rule = (self: Json, before: Json | undefined) => boolean;

const KNOWN_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [
    "self.fabricRef.name == oldSelf.fabricRef.name",
    (self, before) => at(self, "fabricRef", "name") === at(before, "fabricRef", "name"),
  ],
  [
    "has(self.members) != has(self.selector)",
    (self) => (at(self, "members") !== undefined) !== (at(self, "selector") !== undefined),
  ],
  [
    "!has(self.path) || !self.path.exists(stop, stop.name == self.imageRef.name)",
    (self) => {
      const path = at(self, "path");
      const target = at(self, "imageRef", "name");
      return !Array.isArray(path) || !path.some((stop) => at(stop, "name") === target);
    },
  ],
  [
    "!has(self.members) || self.members.size() > 1 || has(self.elsewhere)",
    (self) => {
      const members = at(self, "members");
      return !Array.isArray(members) || members.length > 1 || at(self, "elsewhere") !== undefined;
    },
  ],
  [
    "has(self.http) != has(self.job)",
    (self) => (at(self, "http") !== undefined) !== (at(self, "job") !== undefined),
  ],
]);

/** Whether a rule has its function here. */
export function isKnownRule(rule: string): boolean {
  return KNOWN_RULES.has(rule);
}

/** Every rule in a schema. */
export function rulesOf(schema: StructuralSchema): readonly ValidationRule[] {
  const children = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items === undefined ? [] : [schema.items]),
    ...(schema.additionalProperties === undefined ? [] : [schema.additionalProperties]),
  ];
  return [...(schema["x-kubernetes-validations"] ?? []), ...children.flatMap(rulesOf)];
}

/**
 * What the rules of a schema find wrong. A transition rule (one that says `oldSelf`) is asked only where a value
 * stood before, and never inside a list, as in the API server for lists that are no maps.
 */
export function brokenRules(
  schema: StructuralSchema,
  { value, before, path = "" }: { value: Json; before: Json | undefined; path?: string },
): FieldCause[] {
  const causes: FieldCause[] = [];
  for (const { rule, message, fieldPath } of schema["x-kubernetes-validations"] ?? []) {
    const holds = KNOWN_RULES.get(rule);
    if (holds === undefined) throw new Error(`this store does not know the rule: ${rule}`);
    const isTransition = /\boldSelf\b/.test(rule);
    if (isTransition && before === undefined) continue;
    if (!holds(value, isTransition ? before : undefined)) {
      causes.push({ field: `${path}${fieldPath ?? ""}`, message });
    }
  }
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return causes;
    return causes.concat(
      value.flatMap((item, index) =>
        brokenRules(items, { value: item, before: undefined, path: `${path}[${index}]` }),
      ),
    );
  }
  if (!isJsonObject(value)) return causes;
  for (const [name, property] of Object.entries(value)) {
    const propertySchema = schemaOfProperty(schema, name);
    if (propertySchema === undefined) continue;
    const propertyBefore = isJsonObject(before) ? before[name] : undefined;
    causes.push(
      ...brokenRules(propertySchema, {
        value: property,
        before: propertyBefore,
        path: propertyPath(path, name),
      }),
    );
  }
  return causes;
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let found = value;
  for (const name of path) found = isJsonObject(found) ? found[name] : undefined;
  return found;
}
