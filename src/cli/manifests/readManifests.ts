/**
 * Reads manifests as a user would apply them: YAML files with one or more documents. They pass the same schemas
 * as in a cluster, strictly: an unknown field is refused too. All that is wrong is told at once, by file, line
 * and field, with what was found and what is allowed.
 */
import type { Readable } from "node:stream";
import { isMap, LineCounter, parseAllDocuments, type Document } from "yaml";
import { KINDS, type Kind } from "../../api/kinds.ts";
import { StoreError } from "../../store/errors.ts";
import { readManifest, type Manifest } from "../../store/manifest.ts";
import { schemaOf } from "../../store/schema/definitions.ts";
import { isJsonObject, toJson, type Json, type JsonObject } from "../../store/schema/json.ts";
import { schemaOfProperty, type StructuralSchema } from "../../store/schema/structural.ts";
import { CliError } from "../cliError.ts";
import { foundAt, resolvePath } from "./fieldPath.ts";
import { readYamlFiles, type YamlFile } from "./yamlFiles.ts";

/** The kinds that users write; the others are the controller's own. */
export const USER_KINDS = [
  "Fabric",
  "DeviceImage",
  "UpgradeCampaign",
  "Secret",
  "ConfigMap",
] as const satisfies readonly Kind[];

export const DEFAULT_NAMESPACE = "default";

export interface LoadedManifest extends Manifest {
  /** Where it stands, as `file:line`. */
  readonly place: string;
}

const MAX_PROBLEMS = 20;

/**
 * Reads what `-f` names; `-` is `stdin`, where it is given. Throws `CliError` `BadInput`, with one line for each
 * problem.
 */
export async function readManifests(
  paths: readonly string[],
  options: { readonly stdin?: Readable } = {},
): Promise<readonly LoadedManifest[]> {
  return parseManifests(await readYamlFiles(paths, options));
}

/** As `readManifests`, of texts. */
export function parseManifests(files: readonly YamlFile[]): readonly LoadedManifest[] {
  const problems: string[] = [];
  const loaded: LoadedManifest[] = [];
  const places = new Map<string, string>();
  for (const manifest of files.flatMap((file) => parseFile(file, problems))) {
    const { name, namespace } = manifest.object.metadata;
    const id = `${manifest.kind} ${namespace}/${name}`;
    const earlier = places.get(id);
    if (earlier !== undefined)
      problems.push(`${manifest.place}: ${id} is defined twice; it stands in ${earlier} too`);
    places.set(id, manifest.place);
    loaded.push(manifest);
  }
  if (problems.length > 0) {
    const more = problems.length - MAX_PROBLEMS;
    const shown = problems.slice(0, MAX_PROBLEMS);
    throw new CliError("BadInput", more > 0 ? [...shown, `… and ${String(more)} more`] : shown);
  }
  return loaded;
}

function parseFile({ name: file, text }: YamlFile, problems: string[]): LoadedManifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  const loaded: LoadedManifest[] = [];
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line } = lines.linePos(error.pos[0]);
      problems.push(`${file}:${String(line)}: this is not YAML: ${error.message}; mend it there`);
      continue;
    }
    if (document.contents === null) continue;
    const source: Source = { file, lines, document, json: toJson(document.toJS()) };
    const told = problemsOf(source);
    if ("problems" in told) problems.push(...told.problems);
    else loaded.push(told);
  }
  return loaded;
}

interface Source {
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: Document;
  readonly json: Json;
}

function problemsOf(source: Source): LoadedManifest | { readonly problems: readonly string[] } {
  const { json } = source;
  if (!isJsonObject(json)) {
    const found = Array.isArray(json) ? "a list" : JSON.stringify(json);
    return {
      problems: [`${placeOf(source, "")}: found ${found}; a manifest is a mapping with apiVersion and kind`],
    };
  }
  const { kind } = json;
  const known = USER_KINDS.find((each) => each === kind);
  if (known === undefined) {
    const place = kind === "Simulation" ? "; its place is simulation/simulation.yaml, one folder down" : "";
    const allowed = `must be one of ${USER_KINDS.join(", ")}${place}`;
    return { problems: [`${placeOf(source, "kind")}: kind: found ${foundAt(json, "kind")}; ${allowed}`] };
  }
  const tell = (field: string, message: string): string =>
    tellProblem(source, { kind: known, json, field, message });
  try {
    const manifest = readManifest(json, { namespace: DEFAULT_NAMESPACE });
    const unknown = manifest.unknownFields.map((field) => tell(field, allowedBeside(known, field)));
    return unknown.length > 0 ? { problems: unknown } : { ...manifest, place: placeOf(source, "") };
  } catch (error) {
    if (!(error instanceof StoreError) || error.causes.length === 0) throw error;
    return { problems: error.causes.map(({ field, message }) => tell(field, message)) };
  }
}

function tellProblem(
  source: Source,
  { kind, json, field, message }: { kind: Kind; json: JsonObject; field: string; message: string },
): string {
  const subject = `${kind} ${nameIn(json)}`;
  if (field === "") return `${placeOf(source, field)}: ${subject}: ${message}`;
  // What a Secret holds is told to nobody, not even to whoever wrote it.
  const found =
    kind === "Secret" && !field.startsWith("metadata") ? "a value that is not shown" : foundAt(json, field);
  return `${placeOf(source, field)}: ${subject}: ${field}: found ${found}; ${message}`;
}

function nameIn({ metadata }: JsonObject): string {
  const name = isJsonObject(metadata) ? metadata["name"] : undefined;
  return typeof name === "string" ? name : "without a name";
}

/** The names that are allowed where an unknown one stands. */
function allowedBeside(kind: Kind, field: string): string {
  const parts = field.replaceAll(/\[\d+\]/g, "").split(".");
  let schema: StructuralSchema | undefined = schemaOf(kind);
  // Fields of lists are those of their items.
  for (const part of parts.slice(0, -1)) {
    schema = schema === undefined ? undefined : schemaOfProperty(schema, part);
    if (schema?.items !== undefined) schema = schema.items;
  }
  const names = Object.keys(schema?.properties ?? {});
  if (parts.length === 1)
    names.unshift(...Object.keys({ apiVersion: KINDS[kind].apiVersion, kind, metadata: "" }));
  return names.length === 0 ? "is an unknown field" : `is an unknown field; allowed are ${names.join(", ")}`;
}

/** `file:line` of a field, or of what is around it. */
function placeOf({ file, lines, document, json }: Source, field: string): string {
  const path = resolvePath(json, field);
  const last = path.at(-1);
  const parent: unknown = path.length <= 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  let start: number | undefined;
  if (isMap(parent) && typeof last === "string") {
    const pair = parent.items.find(({ key }) => String(key) === last);
    start = rangeStart(pair?.key);
  }
  start ??= rangeStart(path.length === 0 ? document.contents : document.getIn(path, true));
  return start === undefined ? file : `${file}:${String(lines.linePos(start).line)}`;
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range))
    return undefined;
  const first: unknown = node.range[0];
  return typeof first === "number" ? first : undefined;
}
