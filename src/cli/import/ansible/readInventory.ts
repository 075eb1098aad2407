/**
 * Reads an inventory as Ansible finds it: a file, or a folder of files, and group_vars and host_vars beside it.
 * Nothing is executed: for a dynamic inventory, hand in what `ansible-inventory --list` prints.
 */
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { readText, readTextIfThere, type YamlFile } from "../../manifests/yamlFiles.ts";
import { CliError } from "../../cliError.ts";
import { readIniInventory } from "./iniInventory.ts";
import { emptyInventory, type Inventory, type Variables } from "./inventory.ts";
import { readVariables, readYamlInventory } from "./yamlInventory.ts";

/** Variables of files in group_vars and host_vars, by group or host; they come after those of the inventory itself. */
export interface VariableFiles {
  readonly groups: ReadonlyMap<string, Variables>;
  readonly hosts: ReadonlyMap<string, Variables>;
}

export interface ReadInventory {
  readonly inventory: Inventory;
  readonly files: VariableFiles;
}

const YAML_EXTENSIONS: ReadonlySet<string> = new Set([".yml", ".yaml", ".json"]);
/** Left out of a folder, as Ansible does. */
const IGNORED_EXTENSIONS: ReadonlySet<string> = new Set(
  ".pyc .pyo .swp .bak .rpm .md .txt .rst .orig .cfg .retry".split(" "),
);
const VARIABLE_FOLDERS = { groups: "group_vars", hosts: "host_vars" } as const;

/** Throws `CliError` for files that cannot be read; what is wrong in them is in `inventory.problems`. */
export async function readInventory(given: string): Promise<ReadInventory> {
  const inventory = emptyInventory();
  const isFolder = await isDirectory(given);
  const sources = isFolder ? await filesIn(given) : [given];
  if (sources.length === 0) {
    throw new CliError("BadInput", `${given}: there is no inventory in this folder`, {
      hint: "name the inventory file",
    });
  }
  for (const name of sources) {
    const file = { name, text: await readText(name) };
    if (isYaml(file)) readYamlInventory(file, inventory);
    else readIniInventory(file, inventory);
  }
  const folder = isFolder ? given : path.dirname(given);
  return {
    inventory,
    files: {
      groups: await variablesIn(path.join(folder, VARIABLE_FOLDERS.groups), inventory),
      hosts: await variablesIn(path.join(folder, VARIABLE_FOLDERS.hosts), inventory),
    },
  };
}

/** As `readInventory`, of what `ansible-inventory --list` (or `--list --yaml`) has printed. */
export function readListing(text: string): ReadInventory {
  const inventory = emptyInventory();
  readYamlInventory({ name: "standard input", text }, inventory);
  return { inventory, files: { groups: new Map(), hosts: new Map() } };
}

function isYaml({ name, text }: YamlFile): boolean {
  const extension = path.extname(name).toLowerCase();
  return YAML_EXTENSIONS.has(extension) || /^\s*(?:---|\{)/.test(text);
}

async function isDirectory(given: string): Promise<boolean> {
  // A path that does not exist is told when it is read.
  return stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function filesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith(".") && !name.endsWith("~"))
    .filter((entry) => entry.isFile() && !IGNORED_EXTENSIONS.has(path.extname(entry.name)))
    .map(({ name }) => path.join(folder, name))
    .toSorted();
}

/** `leafs.yml`, `leafs.json`, `leafs`, or a folder `leafs/` whose files all count. */
async function variablesIn(folder: string, inventory: Inventory): Promise<Map<string, Variables>> {
  const found = new Map<string, Variables>();
  if (!(await isDirectory(folder))) return found;
  const entries = (await readdir(folder, { withFileTypes: true })).toSorted((one, other) =>
    one.name < other.name ? -1 : 1,
  );
  for (const entry of entries) {
    if (entry.name.startsWith(".")) continue;
    const extension = path.extname(entry.name);
    const isKnown = YAML_EXTENSIONS.has(extension.toLowerCase());
    if (!entry.isDirectory() && !isKnown && IGNORED_EXTENSIONS.has(extension)) continue;
    const name = isKnown && !entry.isDirectory() ? path.basename(entry.name, extension) : entry.name;
    const target: Variables = found.get(name) ?? new Map();
    found.set(name, target);
    const at = path.join(folder, entry.name);
    const files = entry.isDirectory() ? await filesIn(at) : [at];
    for (const file of files) {
      const text = await readTextIfThere(file);
      if (text !== undefined) readVariables({ name: file, text }, { target, inventory });
    }
  }
  return found;
}
