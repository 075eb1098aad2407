/**
 * Inventories in Ansible's INI format: `[group]` with a host a line, `[group:vars]`, `[group:children]`. What cannot
 * be read is a problem with its line.
 */
import type { Json } from "../../../store/schema/json.ts";
import type { YamlFile } from "../../manifests/yamlFiles.ts";
import { expandHosts } from "./hostPattern.ts";
import { groupOf, hostOf, UNGROUPED, type Inventory } from "./inventory.ts";

type Section = { readonly is: "hosts" | "vars" | "children"; readonly group: string };

/** Adds what the file says to the inventory. */
export function readIniInventory({ name: file, text }: YamlFile, inventory: Inventory): void {
  let section: Section = { is: "hosts", group: UNGROUPED };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const place = `${file}:${String(index + 1)}`;
    const line = raw.trim();
    if (line === "" || /^[#;]/.test(line)) continue;
    const header = /^\[(?<group>[^\]:]+)(?::(?<kind>\w+))?\]\s*(?:[#;].*)?$/.exec(line)?.groups;
    if (header !== undefined) {
      const { group = "", kind = "hosts" } = header;
      if (kind !== "hosts" && kind !== "vars" && kind !== "children") {
        inventory.problems.push(`${place}: [${group}:${kind}]: must be [${group}], :vars or :children`);
        continue;
      }
      section = { is: kind, group: group.trim() };
      groupOf(inventory, section.group, place);
      continue;
    }
    try {
      readLine(line, { section, inventory, place });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      inventory.problems.push(`${place}: ${error.message}`);
    }
  }
}

function readLine(
  line: string,
  { section, inventory, place }: { section: Section; inventory: Inventory; place: string },
): void {
  const group = groupOf(inventory, section.group, place);
  switch (section.is) {
    case "children": {
      const child = line.replace(/\s*[#;].*$/, "");
      group.children.add(child);
      groupOf(inventory, child, place);
      return;
    }
    case "vars": {
      const [name, value] = splitAssignment(line);
      group.variables.set(name, { value: readValue(value), place });
      return;
    }
    case "hosts": {
      const [pattern = "", ...assignments] = splitWords(line);
      const { names, port } = expandHosts(pattern);
      for (const name of names) {
        const host = hostOf(inventory, name, place);
        group.hosts.add(name);
        if (port !== undefined) host.variables.set("ansible_port", { value: port, place });
        for (const assignment of assignments) {
          const [variable, value] = splitAssignment(assignment);
          host.variables.set(variable, { value: readValue(value), place });
        }
      }
    }
  }
}

function splitAssignment(text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1) throw new RangeError(`found ${JSON.stringify(text)}; a variable is written as name=value`);
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

/** Words as a shell parts them: quotes hold spaces, `#` begins a comment. */
function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const character of line) {
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (character === "#") break;
    else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== undefined) throw new RangeError(`a quotation that begins with ${quote} does not end`);
  if (word !== undefined) words.push(word);
  return words;
}

/** A list as Python writes it, or a text; quotes around it are none of its own. */
function readValue(text: string): Json {
  const list = /^\[(?<items>.*)\]$/.exec(text)?.groups?.["items"];
  if (list === undefined) return unquoted(text);
  return list
    .split(",")
    .map((item) => unquoted(item.trim()))
    .filter((item) => item !== "");
}

function unquoted(text: string): string {
  return /^(?<quote>["'])(?<inner>.*)\k<quote>$/s.exec(text)?.groups?.["inner"] ?? text;
}
