/**
 * Writes src/api/<kind>.gen.ts from crds/<plural>.yaml. With --check it only compares and exits 1 on drift,
 * so that an edited schema or an edited type cannot land without the other. With --root it works on another
 * copy of the project.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import type { JSONSchema } from "json-schema-to-typescript";
import { compile } from "json-schema-to-typescript";
import { format, resolveConfig } from "prettier";
import { parse } from "yaml";

const { values: options } = parseArgs({
  options: { check: { type: "boolean", default: false }, root: { type: "string" } },
});
const root = path.resolve(options.root ?? path.join(import.meta.dirname, ".."));

/** A structural schema: the part of JSON Schema that a CustomResourceDefinition may use. */
interface Schema extends JSONSchema {
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  items?: Schema;
  "x-kubernetes-int-or-string"?: boolean;
}

interface CustomResourceDefinition {
  spec: {
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/**
 * Turns a structural schema into one that json-schema-to-typescript understands: what the API server defaults
 * is always there when read, lists stay plain arrays, and nothing beside the named fields exists.
 */
function prepare(schema: Schema): Schema {
  const prepared: Schema = { ...schema };
  delete prepared.maxItems;
  delete prepared.minItems;
  delete prepared.format;
  if (schema["x-kubernetes-int-or-string"] === true) prepared.tsType = "number | string";
  if (schema.items) prepared.items = prepare(schema.items);
  if (schema.properties) {
    const properties: Record<string, Schema> = {};
    const required = new Set(schema.required);
    for (const [name, property] of Object.entries(schema.properties)) {
      properties[name] = prepare(property);
      if (property.default !== undefined) required.add(name);
    }
    prepared.properties = properties;
    prepared.required = [...required];
    prepared.additionalProperties = false;
  } else if (typeof schema.additionalProperties === "object") {
    prepared.additionalProperties = prepare(schema.additionalProperties);
  }
  return prepared;
}

async function generate(file: string): Promise<{ target: string; source: string }> {
  const definition: CustomResourceDefinition = parse(await readFile(path.join(root, "crds", file), "utf8"));
  const { kind } = definition.spec.names;
  const version = definition.spec.versions[0];
  if (version === undefined) throw new Error(`${file}: no version`);
  const schema = prepare(version.schema.openAPIV3Schema);
  schema.properties = {
    ...schema.properties,
    apiVersion: { tsType: '"hitless.dev/v1alpha1"', description: "The API group and version." },
    kind: { tsType: JSON.stringify(kind), description: "The kind." },
    metadata: { tsType: "ObjectMeta", description: "Name, namespace and what the API server keeps." },
  };
  // The default of a status is what the API server shows of an object that nobody has seen; a draft has none.
  schema.required = ["apiVersion", "kind", "metadata", "spec"];
  const body = await compile({ ...schema, title: kind }, kind, {
    bannerComment: "",
    format: false,
    additionalProperties: false,
  });
  const target = path.join(root, "src/api", `${kind.charAt(0).toLowerCase()}${kind.slice(1)}.gen.ts`);
  const source =
    `// Generated from crds/${file} by scripts/generateTypes.ts. Do not edit.\n` +
    `import type { ObjectMeta } from "./objectMeta.ts";\n\n${body}`;
  const style = await resolveConfig(target);
  return { target, source: await format(source, { ...style, parser: "typescript" }) };
}

let drifted = false;
const files = (await readdir(path.join(root, "crds"))).filter((file) => file !== "kustomization.yaml");
for (const file of files.toSorted()) {
  const { target, source } = await generate(file);
  if (!options.check) {
    await writeFile(target, source);
    console.log(`wrote ${path.relative(root, target)}`);
  } else if ((await readFile(target, "utf8").catch(() => "")) !== source) {
    console.error(`${path.relative(root, target)} differs from crds/${file}: run npm run generate`);
    drifted = true;
  }
}
process.exitCode = drifted ? 1 : 0;
