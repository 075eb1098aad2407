/**
 * What is attached to the fabric. Devices that carry the same Ethernet segment back each other up for what is
 * behind it. Ports without a segment do not, even where LLDP shows the same server behind two of them: nothing
 * on the fabric's side says that the server can use either (it may be two services on two cards). Only a
 * declared segment makes such ports one endpoint, and only as long as LLDP doesn't show two systems.
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import { append } from "../indexes.ts";
import { compareNames, sortedBy, sortedNames } from "../naturalOrder.ts";
import { carries, neighboursOn, viewOf } from "./deviceViews.ts";
import type { DeviceView, FabricViews } from "./deviceViews.ts";
import { isDataInterface, parsePort, portText } from "./ports.ts";
import { declaredSegments, discoveredSegments, esisBehind, isSamePort, portsOnSegments } from "./segments.ts";
import type { DeclaredSegment, DiscoveredSegments } from "./segments.ts";
import {
  areOneEndpoint,
  firstSystem,
  haveOneSystem,
  splitByEvpn,
  splitBySystem,
  systemsOf,
} from "./splitEndpoints.ts";
import type { SeenAttachment } from "./splitEndpoints.ts";
import type { Attachment, Endpoint, TopologyProblem } from "./topology.ts";

interface Endpoints {
  readonly endpoints: readonly Endpoint[];
  readonly problems: readonly TopologyProblem[];
}

interface Draft {
  readonly declaredName: string | null;
  readonly esi: string | null;
  readonly minAvailable: number;
  readonly attachments: readonly SeenAttachment[];
}

export function buildEndpoints(spec: Fabric["spec"], views: FabricViews): Endpoints {
  const problems: TopologyProblem[] = [];
  const discovered = discoveredSegments(views);
  const { byEsi, plain } = sortDeclared(declaredSegments(spec), { discovered, views, problems });
  const drafts: Draft[] = [];
  for (const [esi, found] of discovered) {
    drafts.push(...segmentDrafts(esi, { declared: byEsi.get(esi) ?? null, found, views, problems }));
  }
  for (const [esi, declared] of byEsi) {
    if (!discovered.has(esi)) drafts.push(...segmentDrafts(esi, { declared, found: [], views, problems }));
  }
  for (const segment of plain) drafts.push(...plainDrafts(segment, { views, problems }));
  const declaredPorts = declaredPortsOf(plain);
  const fabricPorts = declaredLinkPorts(spec);
  for (const view of views.byName.values()) {
    const taken = portsOnSegments(view);
    for (const port of declaredPorts.get(view.name) ?? []) taken.add(port);
    addSinglePorts(drafts, { view, taken, fabricPorts });
  }
  return { endpoints: nameAll(drafts), problems };
}

/** Declared segments by the ESI they are about, and those that are about ports without any. */
function sortDeclared(
  declared: readonly DeclaredSegment[],
  context: { discovered: DiscoveredSegments; views: FabricViews; problems: TopologyProblem[] },
): { byEsi: Map<string, DeclaredSegment>; plain: DeclaredSegment[] } {
  const byEsi = new Map<string, DeclaredSegment>();
  const plain: DeclaredSegment[] = [];
  const esiOfPort = new Map<string, string>();
  if (declared.length > 0) {
    for (const [esi, found] of context.discovered) {
      for (const { attachment } of found) esiOfPort.set(portText(attachment), esi);
    }
  }
  for (const segment of declared) {
    const found = esisBehind(segment, { ...context, esiOfPort });
    for (const esi of found) if (!byEsi.has(esi)) byEsi.set(esi, segment);
    if (found.length === 0) plain.push(segment);
  }
  return { byEsi, plain };
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
  const { declared, found, problems } = context;
  const attachments = declared === null ? found : withDeclared(esi, { ...context, declared });
  const minAvailable = declared?.minAvailable ?? 1;
  const declaredName = declared?.name ?? null;
  // The usual case, and there may be a hundred thousand of it.
  if (attachments.length > 0 && areOneEndpoint(attachments)) {
    return [{ declaredName, esi, minAvailable, attachments }];
  }
  const bySystem = splitBySystem(attachments, { what: `ESI ${esi}`, problems });
  const parts = bySystem.flatMap((part) => splitByEvpn(part, { esi, problems }));
  return parts.map((part) => ({ declaredName, esi, minAvailable, attachments: part }));
}

/** The attachments that were found, and the declared ones of devices that were not read. */
function withDeclared(
  esi: string,
  context: {
    declared: DeclaredSegment;
    found: readonly SeenAttachment[];
    views: FabricViews;
    problems: TopologyProblem[];
  },
): SeenAttachment[] {
  const { declared, found, views, problems } = context;
  const isDeclared = ({ attachment }: SeenAttachment): boolean =>
    declared.members.some((member) => isSamePort(member, attachment));
  const attachments = found.map((seen): SeenAttachment =>
    isDeclared(seen) ? { ...seen, attachment: { ...seen.attachment, provenance: "both" } } : seen,
  );
  for (const member of declared.members) {
    if (found.some(({ attachment }) => isSamePort(member, attachment))) continue;
    const view = viewOf(views, member.device);
    if (view.said === null) {
      const attachment = { ...member, up: true, provenance: "declared" } as const;
      attachments.push({ attachment, view, neighbours: [], remoteAddresses: null });
    } else {
      const message = `${portText(member)} is declared as a member of segment ${declared.name}, but carries no ESI ${esi}`;
      problems.push({ device: member.device, reason: "TopologyContradiction", message });
    }
  }
  return attachments;
}

function plainDrafts(
  { name, members, minAvailable }: DeclaredSegment,
  { views, problems }: { views: FabricViews; problems: TopologyProblem[] },
): Draft[] {
  const attachments = members.map((member): SeenAttachment => {
    const view = viewOf(views, member.device);
    if (view.said === null) {
      const attachment = { ...member, up: true, provenance: "declared" } as const;
      return { attachment, view, neighbours: [], remoteAddresses: null };
    }
    const up = carries(view, member.interface);
    if (up === undefined) {
      const message = `${portText(member)} is declared as a member of segment ${name}, but the device has no such interface`;
      problems.push({ device: member.device, reason: "TopologyContradiction", message });
    }
    const attachment = { ...member, up: up === true, provenance: "both" } as const;
    const neighbours = neighboursOn(view, member.interface);
    return { attachment, view, neighbours, remoteAddresses: null };
  });
  return splitBySystem(attachments, { what: `segment ${name}`, problems }).map((part) => ({
    declaredName: name,
    esi: null,
    minAvailable,
    attachments: part,
  }));
}

/** The ports of declared segments without an ESI, by device. */
function declaredPortsOf(segments: readonly DeclaredSegment[]): Map<string, string[]> {
  const ports = new Map<string, string[]>();
  for (const { members } of segments) {
    for (const member of members) append(ports, member.device, member.interface);
  }
  return ports;
}

/** Ports in use that belong to no segment and lead to no device of the fabric: one endpoint each. */
function addSinglePorts(
  drafts: Draft[],
  {
    view,
    taken,
    fabricPorts,
  }: { view: DeviceView; taken: ReadonlySet<string>; fabricPorts: ReadonlySet<string> },
): void {
  for (const { name, said } of view.ports.values()) {
    if (said === null || taken.has(name)) continue;
    const { aggregate } = said;
    if (aggregate !== undefined && (view.ports.get(aggregate)?.said ?? null) !== null) continue;
    if (!isDataInterface(name) || carries(view, name) !== true) continue;
    const neighbours = neighboursOn(view, name);
    if (neighbours.some(({ is }) => is !== "Other")) continue;
    const port = { device: view.name, interface: name };
    if (neighbours.length === 0 && fabricPorts.has(portText(port))) continue;
    const attachment = { ...port, up: true, provenance: "discovered" } as const;
    const seen: SeenAttachment = { attachment, view, neighbours, remoteAddresses: null };
    drafts.push({ declaredName: null, esi: null, minAvailable: 1, attachments: [seen] });
  }
}

function declaredLinkPorts(spec: Fabric["spec"]): Set<string> {
  return new Set((spec.links ?? []).flatMap(({ a, b }) => [portText(parsePort(a)), portText(parsePort(b))]));
}

/** Names are unique, so that a plan names one thing only; a second endpoint of a name shows where it is. */
function nameAll(drafts: readonly Draft[]): Endpoint[] {
  const preferred = drafts.map(preferredName);
  const [once, often] = [new Set<string>(), new Set<string>()];
  for (const name of preferred) {
    if (once.has(name)) often.add(name);
    else once.add(name);
  }
  const endpoints = drafts.map(({ esi, minAvailable, attachments }, index): Endpoint => {
    const sorted = inPortOrder(attachments);
    let name = preferred[index] ?? "";
    const [first] = sorted;
    if (first !== undefined && often.has(name)) {
      const place = portText(first);
      if (name !== place) name = `${name} (${place})`;
    }
    return { name, esi, minAvailable, attachments: sorted };
  });
  return sortedBy(endpoints, ({ name }) => name);
}

function inPortOrder(attachments: readonly SeenAttachment[]): Attachment[] {
  let isSorted = true;
  for (let place = 1; isSorted && place < attachments.length; place += 1) {
    const [before, here] = [attachments[place - 1], attachments[place]];
    isSorted = before === undefined || here === undefined || comparePorts(before, here) <= 0;
  }
  return (isSorted ? attachments : attachments.toSorted(comparePorts)).map(({ attachment }) => attachment);
}

function comparePorts(a: SeenAttachment, b: SeenAttachment): number {
  return a.view.rank - b.view.rank || compareNames(a.attachment.interface, b.attachment.interface);
}

function preferredName({ declaredName, esi, attachments }: Draft): string {
  const [first] = attachments;
  const system = haveOneSystem(attachments)
    ? firstSystem(attachments)
    : sortedNames(attachments.flatMap(systemsOf))[0];
  return system ?? declaredName ?? esi ?? (first === undefined ? "" : portText(first.attachment));
}
