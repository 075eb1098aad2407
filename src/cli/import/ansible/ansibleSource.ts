/**
 * Devices from an Ansible inventory: address and port as Ansible would connect, role and model from variables and
 * groups. Variables have the precedence that Ansible gives them (inventory, group_vars/all, group_vars, host,
 * host_vars; children after parents).
 */
import type { Json } from "../../../store/schema/json.ts";
import type { Source, SourceDevice } from "../source.ts";
import { ALL, assign, groupLevels, type Group, type Host, type Variables } from "./inventory.ts";
import { readInventory, readListing, type ReadInventory } from "./readInventory.ts";
import { listOf, textOf } from "./yamlInventory.ts";

export interface AnsibleOptions {
  /** Variables that may hold the role or the model, looked at before the usual ones. */
  readonly roleVariables: readonly string[];
  readonly modelVariables: readonly string[];
  /** What `ansible-inventory --list` has printed; then there are no files. */
  readonly listing?: string;
}

/** The usual names. */
const VARIABLES = {
  name: ["hitless_name"],
  address: ["ansible_host", "ansible_ssh_host"],
  port: ["ansible_port", "ansible_ssh_port"],
  role: ["hitless_role", "fabric_role", "device_role", "role"],
  model: ["hitless_model", "device_model", "hardware_model", "model"],
  overlayRoles: ["hitless_overlay_roles", "overlay_roles"],
} as const;

const LABELS = ["pod", "rack", "site"] as const;

/** Reads the inventory. Throws `CliError` for files that cannot be read. */
export async function ansibleSource(given: string, options: AnsibleOptions): Promise<Source> {
  const { listing } = options;
  const read = listing === undefined ? await readInventory(given) : readListing(listing);
  const { inventory } = read;
  const levelsOf = groupLevels(inventory);
  const problems: string[] = [];
  const devices = [...inventory.hosts.values()].map((host) =>
    deviceOf(host, { read, levels: levelsOf(host.name), options, problems }),
  );
  return {
    title: listing === undefined ? `the Ansible inventory ${given}` : "what ansible-inventory prints",
    devices,
    links: [],
    segments: [],
    problems: [...inventory.problems, ...problems],
    notes: [],
  };
}

interface Reading {
  readonly read: ReadInventory;
  readonly levels: readonly (readonly Group[])[];
  readonly options: AnsibleOptions;
  readonly problems: string[];
}

function deviceOf(host: Host, reading: Reading): SourceDevice {
  const { levels, options } = reading;
  const variables = variablesOf(host, reading);
  const text = (names: readonly string[], field: string): string | undefined =>
    readText(names, { host, variables, field, reading });
  const role = text([...options.roleVariables, ...VARIABLES.role], "role");
  const address = text(VARIABLES.address, "address") ?? ownAddress(host.name);
  const port = portOf(host, { variables, reading });
  const model = text([...options.modelVariables, ...VARIABLES.model], "model");
  const labels = LABELS.flatMap((label): [string, string][] => {
    const value = text([label], label);
    return value === undefined ? [] : [[label, value]];
  });
  return {
    name: text(VARIABLES.name, "name") ?? host.name,
    place: host.place,
    hints: [
      ...(role === undefined ? [] : [[role]]),
      ...levels.map((groups) => groups.map(({ name }) => name)),
    ],
    overlayRoles: VARIABLES.overlayRoles.flatMap((name) => listOf(variables.get(name)?.value)),
    labels: Object.fromEntries(labels),
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port }),
    ...(model === undefined ? {} : { model }),
  };
}

/** From the weakest to the strongest. */
function variablesOf(host: Host, { read, levels }: Reading): Variables {
  const { inventory, files } = read;
  const variables: Variables = new Map();
  const parentsFirst = levels.toReversed().flat();
  assign(variables, inventory.groups.get(ALL)?.variables ?? new Map());
  for (const group of parentsFirst) assign(variables, group.variables);
  assign(variables, files.groups.get(ALL) ?? new Map());
  for (const { name } of parentsFirst) assign(variables, files.groups.get(name) ?? new Map());
  assign(variables, host.variables);
  assign(variables, files.hosts.get(host.name) ?? new Map());
  return variables;
}

interface TextQuestion {
  readonly host: Host;
  readonly variables: Variables;
  readonly field: string;
  readonly reading: Reading;
}

/** The first of the variables that is there, with references to others replaced. */
function readText(
  names: readonly string[],
  { host, variables, field, reading }: TextQuestion,
): string | undefined {
  for (const name of names) {
    const variable = variables.get(name);
    const text = textOf(variable?.value);
    if (variable === undefined || text === undefined || text === "") continue;
    const resolved = resolve(text, { host, variables });
    if (resolved !== undefined) return resolved;
    reading.problems.push(
      `${variable.place}: ${host.name}: ${field}: ${name} is the template ${JSON.stringify(text)}, which is not understood here; hand in what ansible-inventory --list prints, or write the value`,
    );
    return undefined;
  }
  return undefined;
}

const MAX_DEPTH = 8;

/** Replaces `{{ name }}`; undefined where something else stands between the braces. */
function resolve(
  text: string,
  { host, variables }: { host: Host; variables: Variables },
  depth = 0,
): string | undefined {
  if (!/\{[{%]/.test(text)) return text;
  if (depth > MAX_DEPTH || text.includes("{%")) return undefined;
  let isKnown = true;
  const replaced = text.replaceAll(/\{\{(?<expression>[^}]*)\}\}/g, (...args: unknown[]) => {
    const value = valueOf(String(args[1]).trim(), { host, variables });
    if (value === undefined) isKnown = false;
    return value ?? "";
  });
  return isKnown ? resolve(replaced, { host, variables }, depth + 1) : undefined;
}

function valueOf(
  name: string,
  { host, variables }: { host: Host; variables: Variables },
): string | undefined {
  if (name === "inventory_hostname") return host.name;
  if (name === "inventory_hostname_short") return host.name.split(".", 1)[0];
  const value: Json | undefined = variables.get(name)?.value;
  return textOf(value);
}

/** A host that is called by its address or its full name needs no variable for it. */
function ownAddress(name: string): string | undefined {
  return name.includes(".") || name.includes(":") ? name.replace(/^\[(.*)\]$/, "$1") : undefined;
}

/** With a connection of the command line, the port is not NETCONF's. */
function portOf(
  host: Host,
  { variables, reading }: { variables: Variables; reading: Reading },
): number | undefined {
  const connection = textOf(variables.get("ansible_connection")?.value) ?? "netconf";
  if (!connection.endsWith("netconf")) return undefined;
  const name = VARIABLES.port.find((each) => variables.has(each));
  const variable = name === undefined ? undefined : variables.get(name);
  if (name === undefined || variable === undefined) return undefined;
  const text = resolve(textOf(variable.value) ?? "", { host, variables }) ?? "";
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  const found = JSON.stringify(variable.value);
  reading.problems.push(`${variable.place}: ${host.name}: port: ${name} is ${found}; must be 1 to 65535`);
  return undefined;
}
