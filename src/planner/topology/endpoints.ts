/**
 * What is attached to the fabric. Devices that carry the same Ethernet segment back each other up for what is
 * behind it. Ports without a segment do not, even where LLDP shows the same server behind two of them: nothing
 * on the fabric's side says that the server can use either (it may be two services on two cards). Only a
 * declared segment makes such ports one endpoint, and only as long as LLDP doesn't show two systems.
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import { carries, neighboursOn, viewOf } from "./deviceViews.ts";
import type { DeviceView, FabricViews } from "./deviceViews.ts";
import { compareNames, sortedNames } from "../naturalOrder.ts";
import { isDataInterface, parsePort, portText, withoutUnit } from "./ports.ts";
import type { Port } from "./ports.ts";
import { splitByEvpn, splitBySystem } from "./splitEndpoints.ts";
import type { SeenAttachment } from "./splitEndpoints.ts";
import type { Attachment, Endpoint, TopologyProblem } from "./topology.ts";

interface Endpoints {
  readonly endpoints: readonly Endpoint[];
  readonly problems: readonly TopologyProblem[];
}

/** A declared segment with its ports read and its ESI in lower case. */
interface DeclaredSegment {
  readonly name: string;
  readonly esi: string | null;
  readonly members: readonly Port[];
  readonly minAvailable: number;
}

interface Draft {
  readonly declaredName: string | null;
  readonly esi: string | null;
  readonly minAvailable: number;
  readonly attachments: readonly SeenAttachment[];
}

const NO_SEGMENT = "00:00:00:00:00:00:00:00:00:00";

export function buildEndpoints(spec: Fabric["spec"], views: FabricViews): Endpoints {
  const problems: TopologyProblem[] = [];
  const discovered = discoveredSegments(views);
  const esiOfPort = new Map<string, string>();
  for (const [esi, ports] of discovered) for (const port of ports.keys()) esiOfPort.set(port, esi);
  const declared = (spec.multihoming.segments ?? []).map((segment) => ({
    name: segment.name,
    esi: segment.esi?.toLowerCase() ?? null,
    members: segment.members.map(parsePort),
    minAvailable: segment.minAvailable,
  }));
  const byEsi = new Map<string, DeclaredSegment>();
  const plain: DeclaredSegment[] = [];
  for (const segment of declared) {
    const found = esisBehind(segment, { esiOfPort, views, problems });
    for (const esi of found) if (!byEsi.has(esi)) byEsi.set(esi, segment);
    if (found.length === 0) plain.push(segment);
  }
  const drafts: Draft[] = [];
  for (const esi of new Set([...discovered.keys(), ...byEsi.keys()])) {
    const found = [...(discovered.get(esi)?.values() ?? [])];
    drafts.push(...segmentDrafts(esi, { declared: byEsi.get(esi) ?? null, found, views, problems }));
  }
  const taken = new Set(drafts.flatMap(({ attachments }) => attachments.map(portText)));
  for (const segment of plain) {
    for (const draft of plainDrafts(segment, { views, problems })) {
      drafts.push(draft);
      for (const attachment of draft.attachments) taken.add(portText(attachment));
    }
  }
  const fabricPorts = declaredLinkPorts(spec);
  for (const view of views.byName.values()) drafts.push(...singlePorts(view, { taken, fabricPorts }));
  return { endpoints: nameAll(drafts), problems };
}

/** The segments that devices carry, by ESI and then by port. */
function discoveredSegments(views: FabricViews): Map<string, Map<string, SeenAttachment>> {
  const segments = new Map<string, Map<string, SeenAttachment>>();
  for (const view of views.byName.values()) {
    for (const segment of view.said?.segments ?? []) {
      const name = withoutUnit(segment.interface);
      const esi = segment.esi.toLowerCase();
      // Segments of IRBs and tunnels have nothing attached to them.
      if (!isDataInterface(name) || esi === NO_SEGMENT) continue;
      const ports = segments.get(esi) ?? new Map<string, SeenAttachment>();
      segments.set(esi, ports);
      const up = segment.forwarding && carries(view, name) !== false;
      const port = { device: view.name, interface: name };
      const said = {
        routerAddresses: view.said?.routerAddresses ?? [],
        remoteAddresses: segment.remoteAddresses,
      };
      ports.set(portText(port), {
        ...port,
        up,
        provenance: "discovered",
        systems: systemsOn(view, name),
        said,
      });
    }
  }
  return segments;
}

/** The ESIs that a declared segment is about; none for ports without a segment. */
function esisBehind(
  segment: DeclaredSegment,
  context: {
    esiOfPort: ReadonlyMap<string, string>;
    views: FabricViews;
    problems: TopologyProblem[];
  },
): string[] {
  if (segment.esi !== null) return [segment.esi];
  const read = segment.members.filter(({ device }) => viewOf(context.views, device).said !== null);
  const found = sortedNames(read.flatMap((port) => context.esiOfPort.get(portText(port)) ?? []));
  if (found.length > 1) {
    const device = segment.members[0]?.device ?? "";
    const message = `the members of segment ${segment.name} carry different ESIs: ${found.join(", ")}`;
    context.problems.push({ device, reason: "TopologyContradiction", message });
  }
  return found;
}

function segmentDrafts(
  esi: string,
  context: {
    declared: DeclaredSegment | null;
    found: readonly SeenAttachment[];
    views: FabricViews;
    problems: TopologyProblem[];
  },
): Draft[] {
  const { declared, found, views, problems } = context;
  const ports = new Set((declared?.members ?? []).map(portText));
  const attachments: SeenAttachment[] = found.map((attachment) =>
    ports.has(portText(attachment)) ? { ...attachment, provenance: "both" } : attachment,
  );
  const known = new Set(found.map(portText));
  for (const member of declared?.members ?? []) {
    if (known.has(portText(member))) continue;
    const view = viewOf(views, member.device);
    if (view.said === null) {
      attachments.push({ ...member, up: true, provenance: "declared", systems: [], said: null });
    } else {
      const message = `${portText(member)} is declared as a member of segment ${declared?.name ?? esi}, but carries no ESI ${esi}`;
      problems.push({ device: member.device, reason: "TopologyContradiction", message });
    }
  }
  const bySystem = splitBySystem(attachments, { what: `ESI ${esi}`, problems });
  const parts = bySystem.flatMap((part) => splitByEvpn(part, { esi, problems }));
  const minAvailable = declared?.minAvailable ?? 1;
  return parts.map((part) => ({
    declaredName: declared?.name ?? null,
    esi,
    minAvailable,
    attachments: part,
  }));
}

function plainDrafts(
  { name, members, minAvailable }: DeclaredSegment,
  { views, problems }: { views: FabricViews; problems: TopologyProblem[] },
): Draft[] {
  const attachments = members.map((member): SeenAttachment => {
    const view = viewOf(views, member.device);
    if (view.said === null) {
      return { ...member, up: true, provenance: "declared", systems: [], said: null };
    }
    const up = carries(view, member.interface);
    if (up === undefined) {
      const message = `${portText(member)} is declared as a member of segment ${name}, but the device has no such interface`;
      problems.push({ device: member.device, reason: "TopologyContradiction", message });
    }
    const systems = systemsOn(view, member.interface);
    return { ...member, up: up === true, provenance: "both", systems, said: null };
  });
  return splitBySystem(attachments, { what: `segment ${name}`, problems }).map((part) => ({
    declaredName: name,
    esi: null,
    minAvailable,
    attachments: part,
  }));
}

/** Ports in use that belong to no segment and lead to no device of the fabric: one endpoint each. */
function singlePorts(
  view: DeviceView,
  { taken, fabricPorts }: { taken: ReadonlySet<string>; fabricPorts: ReadonlySet<string> },
): Draft[] {
  const drafts: Draft[] = [];
  for (const { name, aggregate } of view.interfaces.values()) {
    const port = { device: view.name, interface: name };
    if (!isDataInterface(name) || taken.has(portText(port)) || carries(view, name) !== true) continue;
    if (aggregate !== undefined && view.interfaces.has(aggregate)) continue;
    const neighbours = neighboursOn(view, name);
    if (neighbours.some(({ is }) => is !== "Other")) continue;
    if (neighbours.length === 0 && fabricPorts.has(portText(port))) continue;
    const systems = systemsOn(view, name);
    const attachment: SeenAttachment = { ...port, up: true, provenance: "discovered", systems, said: null };
    drafts.push({ declaredName: null, esi: null, minAvailable: 1, attachments: [attachment] });
  }
  return drafts;
}

function declaredLinkPorts(spec: Fabric["spec"]): Set<string> {
  return new Set((spec.links ?? []).flatMap(({ a, b }) => [portText(parsePort(a)), portText(parsePort(b))]));
}

function systemsOn(view: DeviceView, name: string): string[] {
  return sortedNames(
    neighboursOn(view, name).map((neighbour) =>
      neighbour.is === "Device" ? neighbour.device : neighbour.system,
    ),
  );
}

/** Names are unique, so that a plan names one thing only; a second endpoint of a name shows where it is. */
function nameAll(drafts: readonly Draft[]): Endpoint[] {
  const preferred = drafts.map((draft) => preferredName(draft));
  const uses = new Map<string, number>();
  for (const name of preferred) uses.set(name, (uses.get(name) ?? 0) + 1);
  const endpoints = drafts.map(({ esi, minAvailable, attachments }, index): Endpoint => {
    const name = preferred[index] ?? "";
    const sorted = attachments
      .map(({ device, interface: port, up, provenance }): Attachment => ({
        device,
        interface: port,
        up,
        provenance,
      }))
      .toSorted((a, b) => compareNames(portText(a), portText(b)));
    const first = sorted[0];
    const place = first === undefined ? "" : portText(first);
    const unique = (uses.get(name) ?? 0) > 1 && name !== place ? `${name} (${place})` : name;
    return { name: unique, esi, minAvailable, attachments: sorted };
  });
  return endpoints.toSorted((a, b) => compareNames(a.name, b.name));
}

function preferredName({ declaredName, esi, attachments }: Draft): string {
  const system = sortedNames(attachments.flatMap(({ systems }) => systems))[0];
  const first = attachments[0];
  return system ?? declaredName ?? esi ?? (first === undefined ? "" : portText(first));
}
