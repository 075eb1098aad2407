/**
 * Devices and cables from what NetBox's REST API answers (`/api/dcim/devices/`, `/api/dcim/cables/`,
 * `/api/dcim/interfaces/`), saved as files. The shapes are those of NetBox 3 and 4; older names of fields
 * (`device_role`, `termination_a`) are read, too.
 */
import { isJsonObject, type Json, type JsonObject } from "../../../store/schema/json.ts";
import { CliError } from "../../cliError.ts";
import type { YamlFile } from "../../manifests/yamlFiles.ts";
import type { Source, SourceDevice, SourceLink, SourcePort } from "../source.ts";

/** Devices in these states are not in the fabric: not there yet, or not any more. */
const ABSENT_STATES: ReadonlySet<string> = new Set(["planned", "inventory", "decommissioning"]);
/** A cable that is only planned carries nothing. */
const CABLE_STATE = "connected";

const INTERFACE = "dcim.interface";

interface Found {
  readonly object: JsonObject;
  readonly place: string;
}

/** Reads exports; what each holds is told by its objects. Throws `CliError` where a file is no JSON. */
export function netboxSource(files: readonly YamlFile[]): Source {
  const problems: string[] = [];
  const notes: string[] = [];
  const objects = files.flatMap((file) => objectsOf(file, problems));
  const found = objects.filter(({ object }) => isDevice(object));
  const devices = found.flatMap((device) => deviceOf(device, { problems, notes }));
  const links = objects.flatMap((each) => [...cableLinks(each, notes), ...interfaceLinks(each)]);
  if (found.length === 0 && problems.length === 0) {
    const names = files.map(({ name }) => name).join(", ");
    problems.push(`${names}: there is no device in it; export /api/dcim/devices/?limit=0`);
  }
  return {
    title: `the NetBox export ${files.map(({ name }) => name).join(", ")}`,
    devices,
    links,
    segments: [],
    problems,
    notes: summed(notes),
  };
}

/** A page of the API, a list, or a mapping of several of those. */
function objectsOf({ name: file, text }: YamlFile, problems: string[]): Found[] {
  let json: Json;
  try {
    const parsed: Json = JSON.parse(text);
    json = parsed;
  } catch (error) {
    throw new CliError(
      "BadInput",
      `${file}: this is not JSON: ${error instanceof Error ? error.message : ""}`,
      {
        hint: "save the answer of NetBox's REST API",
        cause: error,
      },
    );
  }
  return collect(json, { file, path: "", problems });
}

function collect(
  json: Json,
  { file, path, problems }: { file: string; path: string; problems: string[] },
): Found[] {
  const at = (part: string): string => (path === "" ? part : `${path}.${part}`);
  if (Array.isArray(json)) {
    return json.flatMap((item, index): Found[] => {
      const place = `${file}: ${path}[${String(index)}]`;
      if (isJsonObject(item)) return [{ object: item, place }];
      problems.push(`${place}: found ${JSON.stringify(item)}; must be an object`);
      return [];
    });
  }
  if (!isJsonObject(json)) {
    problems.push(`${file}: ${path}: must be an answer of NetBox's REST API`);
    return [];
  }
  const { results, next } = json;
  if (results === undefined) {
    if (isDevice(json)) return [{ object: json, place: file }];
    return Object.entries(json).flatMap(([key, value]) =>
      typeof value === "object" && value !== null ? collect(value, { file, path: at(key), problems }) : [],
    );
  }
  if (typeof next === "string" && next !== "") {
    problems.push(`${file}: ${at("next")}: this is one page of several; export all of them with ?limit=0`);
  }
  return collect(results, { file, path: at("results"), problems });
}

function isDevice(object: JsonObject): boolean {
  return isJsonObject(object["device_type"]);
}

function deviceOf(
  { object, place }: Found,
  { problems, notes }: { problems: string[]; notes: string[] },
): SourceDevice[] {
  const name = textAt(object, "name");
  if (name === undefined) {
    const id = textAt(object, "id") ?? textAt(object, "display") ?? "";
    problems.push(`${place}: name: found nothing; device ${id} needs one`);
    return [];
  }
  const state = textAt(object, "status", "value") ?? textAt(object, "status") ?? "active";
  if (ABSENT_STATES.has(state)) {
    notes.push(`left out, because NetBox calls it ${state}: ${name}`);
    return [];
  }
  const master = textAt(object, "virtual_chassis", "master", "id");
  if (master !== undefined && master !== textAt(object, "id")) {
    notes.push(`left out, as members of a virtual chassis whose master stands for it: ${name}`);
    return [];
  }
  const role = valueAt(object, "role") ?? valueAt(object, "device_role");
  const roles = [textAt(role, "slug"), textAt(role, "name")].filter((text) => text !== undefined);
  const tags = listAt(object, "tags").flatMap((tag) => textAt(tag, "slug") ?? textAt(tag, "name") ?? []);
  const model = textAt(object, "device_type", "model") ?? textAt(object, "device_type", "slug");
  const address = addressOf(object);
  return [
    {
      name,
      place,
      hints: [
        ...(roles.length === 0 ? [] : [roles]),
        ...(tags.length === 0 ? [] : [tags]),
        ...[textAt(object, "site", "slug")].flatMap((site) => (site === undefined ? [] : [[site]])),
      ],
      overlayRoles: [],
      labels: labelsOf(object),
      ...(address === undefined ? {} : { address }),
      ...(model === undefined ? {} : { model }),
    },
  ];
}

/** `10.0.0.1/24` is an address with the length of its prefix. */
function addressOf(object: JsonObject): string | undefined {
  for (const field of ["primary_ip4", "primary_ip6", "primary_ip", "oob_ip"]) {
    const address = textAt(object, field, "address");
    if (address !== undefined) return address.replace(/\/\d+$/, "");
  }
  return undefined;
}

function labelsOf(object: JsonObject): Record<string, string> {
  const entries = [
    ["site", textAt(object, "site", "slug")],
    ["location", textAt(object, "location", "slug")],
    ["rack", textAt(object, "rack", "name")],
    ["pod", textAt(object, "custom_fields", "pod")],
  ] as const;
  return Object.fromEntries(
    entries.flatMap(([label, value]) => (value === undefined || value === "" ? [] : [[label, value]])),
  );
}

/** Since NetBox 3.3 a cable has lists of ends; before, it had one each. */
function cableLinks({ object, place }: Found, notes: string[]): SourceLink[] {
  const isCable = Array.isArray(object["a_terminations"]) || typeof object["termination_a_type"] === "string";
  if (!isCable) return [];
  const name = textAt(object, "label") ?? textAt(object, "display") ?? `cable ${textAt(object, "id") ?? ""}`;
  const state = textAt(object, "status", "value") ?? textAt(object, "status") ?? CABLE_STATE;
  if (state !== CABLE_STATE) {
    notes.push(`left out, because its cable is ${state}: ${name}`);
    return [];
  }
  const [a, b] = [endsOf(object, "a"), endsOf(object, "b")];
  if (a === undefined || b === undefined) {
    notes.push(
      `not followed, because it does not go from interface to interface (export /api/dcim/interfaces/ for those that go over patch panels): ${name}`,
    );
    return [];
  }
  // Lanes of a breakout cable go from each to each: only one to one is a link.
  if (a.length !== b.length) {
    notes.push(`not followed, because its two sides have different numbers of ends: ${name}`);
    return [];
  }
  return a.flatMap((end, index): SourceLink[] => {
    const far = b[index];
    return far === undefined ? [] : [{ a: end, b: far, place }];
  });
}

/** The interfaces at one side of a cable; undefined where one of its ends is none. */
function endsOf(cable: JsonObject, side: "a" | "b"): readonly SourcePort[] | undefined {
  const list = cable[`${side}_terminations`];
  const ends = Array.isArray(list)
    ? list.map((end) => ({ type: textAt(end, "object_type"), object: valueAt(end, "object") }))
    : [{ type: textAt(cable, `termination_${side}_type`), object: valueAt(cable, `termination_${side}`) }];
  const ports = ends.flatMap(({ type, object }) => (type === INTERFACE ? (portOf(object) ?? []) : []));
  return ports.length === ends.length ? ports : undefined;
}

/** An interface says where its path ends, patch panels passed. */
function interfaceLinks({ object, place }: Found): SourceLink[] {
  if (textAt(object, "connected_endpoints_type") !== INTERFACE) return [];
  const own = portOf(object);
  const [far] = listAt(object, "connected_endpoints").map(portOf);
  return own === undefined || far === undefined ? [] : [{ a: own, b: far, place }];
}

function portOf(object: Json | undefined): SourcePort | undefined {
  const device = textAt(object, "device", "name");
  const name = textAt(object, "name");
  return device === undefined || name === undefined ? undefined : { device, interface: name };
}

function valueAt(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = value;
  for (const part of path) here = isJsonObject(here) ? here[part] : undefined;
  return here;
}

function textAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  if (typeof found === "number") return String(found);
  return typeof found === "string" && found !== "" ? found : undefined;
}

function listAt(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** Notes that say the same of several are told once. */
function summed(notes: readonly string[]): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const note of notes) {
    const at = note.lastIndexOf(": ");
    const what = note.slice(0, at);
    groups.set(what, [...(groups.get(what) ?? []), note.slice(at + 2)]);
  }
  return [...groups].map(([what, names]) => `${what}: ${names.join(", ")}`);
}
