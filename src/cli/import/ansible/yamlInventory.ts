/**
 * Inventories in YAML (`all: {children: {leafs: {hosts: …}}}`), and what `ansible-inventory --list` prints. What has
 * another shape is a problem with its line.
 */
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLMap,
} from "yaml";
import { isJsonObject, toJson, type Json } from "../../../store/schema/json.ts";
import type { YamlFile } from "../../manifests/yamlFiles.ts";
import { expandHosts } from "./hostPattern.ts";
import { groupOf, hostOf, type Group, type Inventory, type Variables } from "./inventory.ts";

interface Reading {
  readonly document: Document;
  readonly inventory: Inventory;
  readonly placeOf: (node: unknown) => string;
}

/** Adds what the file says to the inventory. */
export function readYamlInventory(file: YamlFile, inventory: Inventory): void {
  const reading = parse(file, inventory);
  if (reading === undefined) return;
  const { contents } = reading.document;
  if (contents === null) return;
  if (!isMap(contents)) {
    inventory.problems.push(`${reading.placeOf(contents)}: this is no inventory: it is not a mapping`);
    return;
  }
  if (contents.has("_meta")) readListing(contents, reading);
  else for (const { key, value } of contents.items) readGroup(nameOf(key), value, reading);
}

/** Variables of a file in group_vars or host_vars. A file that Ansible Vault has encrypted says nothing. */
export function readVariables(
  file: YamlFile,
  { target, inventory }: { target: Variables; inventory: Inventory },
): void {
  if (file.text.startsWith("$ANSIBLE_VAULT")) return;
  const reading = parse(file, inventory);
  if (reading === undefined) return;
  const { contents } = reading.document;
  if (contents === null) return;
  if (isMap(contents)) addVariables(contents, { target, reading });
  else inventory.problems.push(`${reading.placeOf(contents)}: variables must be a mapping`);
}

function parse({ name, text }: YamlFile, inventory: Inventory): Reading | undefined {
  const lines = new LineCounter();
  // Tags such as !vault and !unsafe are Ansible's own; what is behind them is read as it is.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    inventory.problems.push(`${name}:${String(line)}: this is not YAML: ${error.message}`);
    return undefined;
  }
  const placeOf = (node: unknown): string => {
    const offset = isNode(node) ? node.range?.[0] : undefined;
    return offset === undefined ? name : `${name}:${String(lines.linePos(offset).line)}`;
  };
  return { document, inventory, placeOf };
}

function isNode(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value);
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

function readGroup(name: string, node: unknown, reading: Reading): Group {
  const { inventory, placeOf } = reading;
  const group = groupOf(inventory, name, placeOf(node));
  if (isEmpty(node)) return group;
  if (!isMap(node)) {
    complain(node, reading, `group ${name}: must be a mapping of hosts, vars and children`);
    return group;
  }
  for (const { key, value } of node.items) {
    const field = nameOf(key);
    if (isEmpty(value)) continue;
    if (field !== "hosts" && field !== "vars" && field !== "children") {
      complain(
        key,
        reading,
        `group ${name}: found ${JSON.stringify(field)}; allowed are hosts, vars, children`,
      );
    } else if (!isMap(value)) complain(value, reading, `group ${name}: ${field}: must be a mapping`);
    else if (field === "vars") addVariables(value, { target: group.variables, reading });
    else if (field === "hosts") readHosts(value, { group, reading });
    else {
      for (const child of value.items) {
        group.children.add(readGroup(nameOf(child.key), child.value, reading).name);
      }
    }
  }
  return group;
}

function readHosts(node: YAMLMap, { group, reading }: { group: Group; reading: Reading }): void {
  const { inventory, placeOf } = reading;
  for (const { key, value } of node.items) {
    try {
      const { names, port } = expandHosts(nameOf(key));
      for (const name of names) {
        const host = hostOf(inventory, name, placeOf(key));
        group.hosts.add(name);
        if (port !== undefined) host.variables.set("ansible_port", { value: port, place: placeOf(key) });
        if (isMap(value)) addVariables(value, { target: host.variables, reading });
        else if (!isEmpty(value)) complain(value, reading, `host ${name}: must be a mapping of variables`);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      complain(key, reading, error.message);
    }
  }
}

/** `ansible-inventory --list`: groups with lists of hosts, and all variables of hosts under `_meta`. */
function readListing(node: YAMLMap, reading: Reading): void {
  const { inventory, placeOf } = reading;
  for (const { key, value } of node.items) {
    const name = nameOf(key);
    if (name === "_meta" || !isMap(value)) continue;
    const group = groupOf(inventory, name, placeOf(key));
    for (const host of textsOf(value.get("hosts"))) {
      group.hosts.add(host);
      hostOf(inventory, host, placeOf(key));
    }
    for (const child of textsOf(value.get("children"))) {
      group.children.add(child);
      groupOf(inventory, child, placeOf(key));
    }
    const variables = value.get("vars");
    if (isMap(variables)) addVariables(variables, { target: group.variables, reading });
  }
  const hosts = node.getIn(["_meta", "hostvars"]);
  if (!isMap(hosts)) return;
  for (const { key, value } of hosts.items) {
    const host = hostOf(inventory, nameOf(key), placeOf(key));
    if (isMap(value)) addVariables(value, { target: host.variables, reading });
  }
}

function addVariables(node: YAMLMap, { target, reading }: { target: Variables; reading: Reading }): void {
  const { document, placeOf } = reading;
  for (const { key, value } of node.items) {
    const json: Json = isNode(value) ? toJson(value.toJS(document)) : null;
    target.set(nameOf(key), { value: json, place: placeOf(key) });
  }
}

function textsOf(node: unknown): readonly string[] {
  return isSeq(node) ? node.items.map((item) => (isScalar(item) ? String(item.value) : "")) : [];
}

function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null);
}

function complain(node: unknown, { inventory, placeOf }: Reading, message: string): void {
  inventory.problems.push(`${placeOf(node)}: ${message}`);
}

/** A variable as text; undefined for what is none. */
export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** A variable as texts: a list, or a text with commas. */
export function listOf(value: Json | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => textOf(item) ?? []);
  if (value === undefined || value === null || isJsonObject(value)) return [];
  return (textOf(value) ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
