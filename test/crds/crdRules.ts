/** The rules our CustomResourceDefinitions keep, each as a function that names the nodes that break it. */
import type { CustomResourceDefinition } from "../../src/store/schema/definitions.ts";
import type { StructuralSchema } from "../../src/store/schema/structural.ts";

/** A node of a schema and where it is, e.g. `spec.devices[].name`. */
export interface SchemaNode {
  readonly path: string;
  readonly schema: StructuralSchema;
}

/** Every node of a schema. Metadata belongs to the API server and is left out. */
export function nodesOf(schema: StructuralSchema, path = ""): SchemaNode[] {
  const nodes: SchemaNode[] = [{ path, schema }];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (path !== "" || name !== "metadata")
      nodes.push(...nodesOf(property, path === "" ? name : `${path}.${name}`));
  }
  if (schema.items !== undefined) nodes.push(...nodesOf(schema.items, `${path}[]`));
  if (schema.additionalProperties !== undefined)
    nodes.push(...nodesOf(schema.additionalProperties, `${path}{}`));
  return nodes;
}

type NodeRule = (node: SchemaNode) => boolean;

/** Names of products and of their parts are not ours to spell. */
const FOREIGN_ENUMS = /\.family$|\.controlPlanes\[\]\.name$/;

/** Each holds for every node. */
export const NODE_RULES: Readonly<Record<string, NodeRule>> = {
  "every node has a type, or is int-or-string": ({ schema }) =>
    schema.type !== undefined || schema["x-kubernetes-int-or-string"] === true,
  "every node has a description, in a sentence": ({ schema }) =>
    /^[A-Z-].*\.$/s.test(schema.description ?? ""),
  "every list has maxItems, and says what is in it": ({ schema }) =>
    schema.type !== "array" || (schema.maxItems !== undefined && schema.items !== undefined),
  "every string has maxLength, an enum or a format": ({
    schema: { type, maxLength, enum: values, format },
  }) => type !== "string" || maxLength !== undefined || values !== undefined || format !== undefined,
  "every map has maxProperties": ({ schema }) =>
    schema.additionalProperties === undefined || schema.maxProperties !== undefined,
  "every object says what is in it": ({ schema }) =>
    schema.type !== "object" || schema.properties !== undefined || schema.additionalProperties !== undefined,
  "conditions are a map list by type": ({ path, schema }) =>
    !/(^|\.)conditions$/.test(path) ||
    (schema["x-kubernetes-list-type"] === "map" && schema["x-kubernetes-list-map-keys"]?.join() === "type"),
  "the keys of map lists are required or defaulted": ({ schema: { items, ...list } }) =>
    (list["x-kubernetes-list-map-keys"] ?? []).every(
      (key) => items?.required?.includes(key) === true || items?.properties?.[key]?.default !== undefined,
    ),
  "lists of objects say whether they are maps": ({ schema }) =>
    schema.items?.type !== "object" || schema["x-kubernetes-list-type"] !== undefined,
  "enums are CamelCase texts, never what YAML reads as a boolean": ({ path, schema }) =>
    FOREIGN_ENUMS.test(path) ||
    (schema.enum ?? []).every((value) => typeof value === "string" && /^[A-Z][A-Za-z]*$/.test(value)),
  "what is required exists": ({ schema }) =>
    (schema.required ?? []).every((name) => Object.hasOwn(schema.properties ?? {}, name)),
  "an empty default needs nothing": ({ schema }) =>
    JSON.stringify(schema.default) !== "{}" || (schema.required ?? []).length === 0,
};

/** The paths of the nodes that break a rule. */
export function offenders(schema: StructuralSchema, rule: NodeRule): string[] {
  return nodesOf(schema)
    .filter((node) => !rule(node))
    .map(({ path }) => path);
}

/**
 * Printer columns that pick a condition by its place, show what no schema has, have a header that cannot be told
 * from its neighbours (two words, or one that is there already), or are not the usual last one at the end.
 */
export function badPrinterColumns(definition: CustomResourceDefinition): string[] {
  return definition.spec.versions.flatMap(({ additionalPrinterColumns: columns = [], schema }) => {
    const paths = new Set(nodesOf(schema.openAPIV3Schema).map(({ path }) => `.${path}`));
    const headers = columns.map(({ name }) => name.toUpperCase());
    const unclear = columns.filter(({ name }, index) => {
      const before = ["NAME", ...headers.slice(0, index)];
      return !/^[A-Za-z]+$/.test(name) || before.includes(name.toUpperCase());
    });
    const ofNothing = columns.filter(
      ({ jsonPath }) =>
        !jsonPath.startsWith(".metadata.") && !paths.has(jsonPath.replace(/\[\?\(.*?\)\]/, "[]")),
    );
    const byPlace = columns.filter(
      ({ jsonPath }) =>
        jsonPath.includes("conditions") && !/conditions\[\?\(@\.type=="[A-Za-z]+"\)\]/.test(jsonPath),
    );
    const last = columns.at(-1);
    const withoutAge = last?.name === "Age" ? [] : [{ name: last?.name ?? "none" }];
    return [...new Set([...unclear, ...ofNothing, ...byPlace, ...withoutAge].map(({ name }) => name))];
  });
}
