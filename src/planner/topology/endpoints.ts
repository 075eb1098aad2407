/**
 * What is attached to the fabric. Devices that carry the same Ethernet segment back each other up for what is
 * behind it. Ports without a segment do not, even where LLDP shows the same server behind two of them: nothing
 * on the fabric's side says that the server can use either (it may be two services on two cards). Only a
 * declared segment makes such ports one endpoint, and only as long as LLDP doesn't show two systems.
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import { compareNames, sortedBy, sortedNames } from "../naturalOrder.ts";
import { carries, systemsOn, viewOf } from "./deviceViews.ts";
import type { FabricViews } from "./deviceViews.ts";
import { parsePort, portText } from "./ports.ts";
import { declaredSegments, esisBehind, isSamePort } from "./segments.ts";
import type { Attached, DeclaredSegment } from "./segments.ts";
import { areOneEndpoint, firstSystem, haveOneSystem, splitByEvpn, splitBySystem } from "./splitEndpoints.ts";
import type { SeenAttachment } from "./splitEndpoints.ts";
import type { Attachment, Endpoint, TopologyProblem } from "./topology.ts";

interface Endpoints {
  readonly endpoints: readonly Endpoint[];
  readonly problems: readonly TopologyProblem[];
}

/** What an endpoint is made of. */
interface Draft {
  readonly declaredName: string | null;
  readonly esi: string | null;
  readonly minAvailable: number;
  readonly attachments: readonly SeenAttachment[];
}

export function buildEndpoints(
  spec: Fabric["spec"],
  { views, attached }: { views: FabricViews; attached: Attached },
): Endpoints {
  const problems: TopologyProblem[] = [];
  const { byEsi, plain } = sortDeclared(declaredSegments(spec), { attached, views, problems });
  const endpoints: Endpoint[] = [];
  for (const [esi, { attachments: found }] of attached.segments) {
    addSegment(endpoints, esi, { declared: byEsi.get(esi) ?? null, found, views, problems });
  }
  for (const [esi, segment] of byEsi) {
    if (attached.segments.has(esi)) continue;
    addSegment(endpoints, esi, { declared: segment, found: [], views, problems });
  }
  for (const segment of plain) addPlain(endpoints, segment, { views, problems });
  const declaredPorts = new Set(plain.flatMap(({ members }) => members.map(portText)));
  const linkPorts = declaredLinkPorts(spec);
  for (const seen of attached.single) {
    const port = portText(seen.attachment);
    if (declaredPorts.has(port) || (seen.systems.length === 0 && linkPorts.has(port))) continue;
    endpoints.push(endpointOf({ declaredName: null, esi: null, minAvailable: 1, attachments: [seen] }));
  }
  return { endpoints: inNameOrder(endpoints), problems };
}

/** Declared segments by the ESI they are about, and those that are about ports without any. */
function sortDeclared(
  declared: readonly DeclaredSegment[],
  context: { attached: Attached; views: FabricViews; problems: TopologyProblem[] },
): { byEsi: Map<string, DeclaredSegment>; plain: DeclaredSegment[] } {
  const byEsi = new Map<string, DeclaredSegment>();
  const plain: DeclaredSegment[] = [];
  const esiOfPort = new Map<string, string>();
  if (declared.length > 0) {
    for (const [esi, { attachments }] of context.attached.segments) {
      for (const { attachment } of attachments) esiOfPort.set(portText(attachment), esi);
    }
  }
  for (const segment of declared) {
    const found = esisBehind(segment, { ...context, esiOfPort });
    for (const esi of found) if (!byEsi.has(esi)) byEsi.set(esi, segment);
    if (found.length === 0) plain.push(segment);
  }
  return { byEsi, plain };
}

function addSegment(
  endpoints: Endpoint[],
  esi: string,
  context: {
    declared: DeclaredSegment | null;
    found: readonly SeenAttachment[];
    views: FabricViews;
    problems: TopologyProblem[];
  },
): void {
  const { declared, found, problems } = context;
  const attachments = declared === null ? found : withDeclared(esi, { ...context, declared });
  const minAvailable = declared?.minAvailable ?? 1;
  const declaredName = declared?.name ?? null;
  // The usual case, and there may be a hundred thousand of it.
  if (attachments.length > 0 && areOneEndpoint(attachments)) {
    endpoints.push(endpointOf({ declaredName, esi, minAvailable, attachments }));
    return;
  }
  const bySystem = splitBySystem(attachments, { what: `ESI ${esi}`, problems });
  for (const part of bySystem.flatMap((system) => splitByEvpn(system, { esi, problems }))) {
    endpoints.push(endpointOf({ declaredName, esi, minAvailable, attachments: part }));
  }
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
      attachments.push({ attachment, view, systems: [], remoteAddresses: null });
    } else {
      const message = `${portText(member)} is declared as a member of segment ${declared.name}, but carries no ESI ${esi}`;
      problems.push({ device: member.device, reason: "TopologyContradiction", message });
    }
  }
  return attachments;
}

function addPlain(
  endpoints: Endpoint[],
  { name, members, minAvailable }: DeclaredSegment,
  { views, problems }: { views: FabricViews; problems: TopologyProblem[] },
): void {
  const attachments = members.map((member): SeenAttachment => {
    const view = viewOf(views, member.device);
    if (view.said === null) {
      const attachment = { ...member, up: true, provenance: "declared" } as const;
      return { attachment, view, systems: [], remoteAddresses: null };
    }
    const port = view.ports.get(member.interface);
    const up = carries(port);
    if (up === undefined) {
      const message = `${portText(member)} is declared as a member of segment ${name}, but the device has no such interface`;
      problems.push({ device: member.device, reason: "TopologyContradiction", message });
    }
    const attachment = { ...member, up: up === true, provenance: "both" } as const;
    return { attachment, view, systems: systemsOn(port), remoteAddresses: null };
  });
  for (const part of splitBySystem(attachments, { what: `segment ${name}`, problems })) {
    endpoints.push(endpointOf({ declaredName: name, esi: null, minAvailable, attachments: part }));
  }
}

function declaredLinkPorts(spec: Fabric["spec"]): Set<string> {
  return new Set((spec.links ?? []).flatMap(({ a, b }) => [portText(parsePort(a)), portText(parsePort(b))]));
}

function endpointOf(draft: Draft): Endpoint {
  const { esi, minAvailable, attachments } = draft;
  return { name: preferredName(draft), esi, minAvailable, attachments: inPortOrder(attachments) };
}

/** Names are unique, so that a plan names one thing only; where several have the same, each shows where it is. */
function inNameOrder(endpoints: readonly Endpoint[]): Endpoint[] {
  const sorted = sortedBy(endpoints, ({ name }) => name);
  const often = new Set<string>();
  for (const [place, { name }] of sorted.entries()) if (sorted[place - 1]?.name === name) often.add(name);
  if (often.size === 0) return sorted;
  const placed = endpoints.map((endpoint) => {
    const { name, attachments } = endpoint;
    const [first] = attachments;
    if (first === undefined || !often.has(name) || name === portText(first)) return endpoint;
    return { ...endpoint, name: `${name} (${portText(first)})` };
  });
  return sortedBy(placed, ({ name }) => name);
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
    : sortedNames(attachments.flatMap(({ systems }) => systems))[0];
  return system ?? declaredName ?? esi ?? (first === undefined ? "" : portText(first.attachment));
}
