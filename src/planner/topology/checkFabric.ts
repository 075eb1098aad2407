/** What a schema cannot say of a Fabric: names that exist, and that nothing is declared twice. */
import type { Fabric } from "../../api/fabric.gen.ts";
import { PlanningError } from "../planningError.ts";
import { parsePort, portText } from "./ports.ts";

/** Throws `PlanningError` (`FabricInvalid`) at the first contradiction. */
export function checkFabric(spec: Fabric["spec"]): void {
  const devices = new Set<string>();
  for (const [index, { name }] of spec.devices.entries()) {
    if (devices.has(name)) fail(`devices[${String(index)}].name`, `device ${name} is declared twice`);
    devices.add(name);
  }
  // A port may be in a link and in a segment: a firewall of this fabric behind an Ethernet segment.
  function usePort(text: string, use: { by: string; field: string; users: Map<string, string> }): void {
    const port = parsePort(text);
    if (!devices.has(port.device)) {
      fail(use.field, `${use.by} names ${port.device}, which is no device of the fabric`);
    }
    const key = portText(port);
    const other = use.users.get(key);
    if (other !== undefined) fail(use.field, `${key} is used by ${other} and by ${use.by}`);
    use.users.set(key, use.by);
  }
  const linkOfPort = new Map<string, string>();
  for (const [index, { a, b }] of (spec.links ?? []).entries()) {
    const field = `links[${String(index)}]`;
    const by = `link ${a} - ${b}`;
    usePort(a, { by, field: `${field}.a`, users: linkOfPort });
    usePort(b, { by, field: `${field}.b`, users: linkOfPort });
    if (parsePort(a).device === parsePort(b).device)
      fail(field, `link ${a} - ${b} joins a device with itself`);
  }
  const names = new Set<string>();
  const segmentOfEsi = new Map<string, string>();
  const segmentOfPort = new Map<string, string>();
  for (const [index, { name, esi, members }] of (spec.multihoming.segments ?? []).entries()) {
    const field = `multihoming.segments[${String(index)}]`;
    if (names.has(name)) fail(`${field}.name`, `segment ${name} is declared twice`);
    names.add(name);
    if (esi !== undefined) {
      const other = segmentOfEsi.get(esi.toLowerCase());
      if (other !== undefined) fail(`${field}.esi`, `segments ${other} and ${name} have the same ESI ${esi}`);
      segmentOfEsi.set(esi.toLowerCase(), name);
    }
    for (const [position, member] of members.entries()) {
      const memberField = `${field}.members[${String(position)}]`;
      usePort(member, { by: `segment ${name}`, field: memberField, users: segmentOfPort });
    }
  }
  for (const [index, { name, members }] of (spec.redundancyGroups ?? []).entries()) {
    const unknown = members.find((member) => !devices.has(member));
    if (unknown === undefined) continue;
    const field = `redundancyGroups[${String(index)}].members`;
    fail(field, `group ${name} names ${unknown}, which is no device of the fabric`);
  }
}

function fail(field: string, message: string): never {
  throw new PlanningError("FabricInvalid", `spec.${field}`, message);
}
