/** What a schema cannot say of a Fabric: names that exist, nothing declared twice, one fabric and not two. */
import type { Fabric } from "../../api/fabric.gen.ts";
import type { PlanningProblem } from "../planningError.ts";
import { sortedNames } from "../naturalOrder.ts";
import { parsePort, portText } from "./ports.ts";

/** Says what is wrong at a path below `spec`. */
type Fail = (field: string, message: string) => void;

/** Every contradiction among the declarations, in the order of the Fabric. */
export function checkFabric(spec: Fabric["spec"]): PlanningProblem[] {
  const problems: PlanningProblem[] = [];
  const fail: Fail = (field, message) => {
    problems.push({ reason: "FabricInvalid", field: `spec.${field}`, message });
  };
  const devices = new Set<string>();
  for (const [index, { name }] of spec.devices.entries()) {
    if (devices.has(name)) fail(`devices[${String(index)}].name`, `device ${name} is declared twice`);
    devices.add(name);
  }
  checkLinks(spec, { devices, fail });
  checkSegments(spec, { devices, fail });
  checkNames(spec.redundancyGroups ?? [], {
    devices,
    fail,
    what: "group",
    fieldOf: (index) => `redundancyGroups[${String(index)}].members`,
  });
  checkNames(
    (spec.protectedEndpoints ?? []).map(({ name, devices: members }) => ({ name, members })),
    {
      devices,
      fail,
      what: "protected endpoint",
      fieldOf: (index) => `protectedEndpoints[${String(index)}].devices`,
    },
  );
  return problems;
}

interface Check {
  readonly devices: ReadonlySet<string>;
  readonly fail: Fail;
}

interface PortUse {
  readonly by: string;
  readonly field: string;
  readonly users: Map<string, string>;
}

/** A port may be in a link and in a segment: a firewall of this fabric behind an Ethernet segment. */
function usePort(text: string, { by, field, users }: PortUse, { devices, fail }: Check): void {
  const port = parsePort(text);
  if (!devices.has(port.device)) fail(field, `${by} names ${port.device}, which is no device of the fabric`);
  const key = portText(port);
  const other = users.get(key);
  if (other !== undefined) fail(field, `${key} is used by ${other} and by ${by}`);
  users.set(key, by);
}

function checkLinks({ links = [], devices: all }: Fabric["spec"], check: Check): void {
  const users = new Map<string, string>();
  for (const [index, { a, b }] of links.entries()) {
    const field = `links[${String(index)}]`;
    const by = `link ${a} - ${b}`;
    usePort(a, { by, field: `${field}.a`, users }, check);
    usePort(b, { by, field: `${field}.b`, users }, check);
    if (parsePort(a).device === parsePort(b).device) {
      check.fail(field, `link ${a} - ${b} joins a device with itself`);
    }
  }
  const parts = partsOf(
    all.map(({ name }) => name),
    links,
  );
  // Where a device has no declared link at all, the declarations don't mean to be complete.
  if (parts.length < 2 || parts.some(({ length }) => length === 1)) return;
  const shown = parts.map((part) => (part.length > 3 ? [...part.slice(0, 3), "…"] : part).join(", "));
  const message = `no link joins the fabric's ${String(parts.length)} parts: ${shown.join("; ")}`;
  check.fail("links", message);
}

/** Devices that links join, the parts and their devices in natural order. */
function partsOf(
  names: readonly string[],
  links: readonly { readonly a: string; readonly b: string }[],
): string[][] {
  const neighbours = new Map(names.map((name) => [name, new Set<string>()]));
  for (const { a, b } of links) {
    const [from, to] = [parsePort(a).device, parsePort(b).device];
    neighbours.get(from)?.add(to);
    neighbours.get(to)?.add(from);
  }
  const parts: string[][] = [];
  const seen = new Set<string>();
  for (const start of sortedNames(names)) {
    if (seen.has(start)) continue;
    const part = new Set([start]);
    for (const here of part) {
      for (const next of neighbours.get(here) ?? []) if (neighbours.has(next)) part.add(next);
    }
    for (const name of part) seen.add(name);
    parts.push(sortedNames(part));
  }
  return parts;
}

function checkSegments({ multihoming: { segments = [] } }: Fabric["spec"], check: Check): void {
  const { fail } = check;
  const names = new Set<string>();
  const segmentOfEsi = new Map<string, string>();
  const users = new Map<string, string>();
  for (const [index, { name, esi, members }] of segments.entries()) {
    const field = `multihoming.segments[${String(index)}]`;
    if (names.has(name)) fail(`${field}.name`, `segment ${name} is declared twice`);
    names.add(name);
    if (esi !== undefined) {
      const other = segmentOfEsi.get(esi.toLowerCase());
      if (other !== undefined) fail(`${field}.esi`, `segments ${other} and ${name} have the same ESI ${esi}`);
      segmentOfEsi.set(esi.toLowerCase(), name);
    }
    for (const [position, member] of members.entries()) {
      usePort(
        member,
        { by: `segment ${name}`, field: `${field}.members[${String(position)}]`, users },
        check,
      );
    }
  }
}

function checkNames(
  lists: readonly { readonly name: string; readonly members?: readonly string[] }[],
  {
    devices,
    fail,
    what,
    fieldOf,
  }: Check & { readonly what: string; readonly fieldOf: (index: number) => string },
): void {
  for (const [index, { name, members = [] }] of lists.entries()) {
    for (const unknown of members.filter((member) => !devices.has(member))) {
      fail(fieldOf(index), `${what} ${name} names ${unknown}, which is no device of the fabric`);
    }
  }
}
