/** Ethernet segments: those that the devices carry, those that are declared, and which of them are the same. */
import type { Fabric } from "../../api/fabric.gen.ts";
import { sortedNames } from "../naturalOrder.ts";
import { carries, isSegment, neighboursOn, systemsOn, viewOf } from "./deviceViews.ts";
import type { FabricViews, PortVisitor } from "./deviceViews.ts";
import { isDataInterface, parsePort, portText, withoutUnit } from "./ports.ts";
import type { Port } from "./ports.ts";
import type { SeenAttachment } from "./splitEndpoints.ts";
import type { TopologyProblem } from "./topology.ts";

/** A declared segment with its ports read and its ESI in lower case. */
export interface DeclaredSegment {
  readonly name: string;
  readonly esi: string | null;
  readonly members: readonly Port[];
  readonly minAvailable: number;
}

/** A segment that devices carry. */
export interface FoundSegment {
  /** Those that devices say belong to it. */
  attachments: readonly SeenAttachment[];
}

/** What devices say is attached to them. */
export interface Attached {
  /** By ESI in lower case. */
  readonly segments: ReadonlyMap<string, Readonly<FoundSegment>>;
  /** Ports in use that belong to no segment and lead to no device of the fabric. */
  readonly single: readonly SeenAttachment[];
}

/** Gathers what is attached, device by device, while the ports are at hand. */
export function gatherAttached(): { readonly attached: Attached; readonly visit: PortVisitor } {
  const segments = new Map<string, FoundSegment>();
  const single: SeenAttachment[] = [];
  const visit: PortVisitor = (view, ports) => {
    for (const segment of view.said?.segments ?? []) {
      const name = withoutUnit(segment.interface);
      // Segments of IRBs and tunnels have nothing attached to them.
      if (!isSegment(segment) || !isDataInterface(name)) continue;
      const esi = segment.esi.toLowerCase();
      const port = ports.get(name);
      const up = segment.forwarding && carries(port) !== false;
      const seen: SeenAttachment = {
        attachment: { device: view.name, interface: name, up, provenance: "discovered" },
        view,
        systems: systemsOn(port),
        remoteAddresses: segment.remoteAddresses,
      };
      const found = segments.get(esi);
      if (found === undefined) segments.set(esi, { attachments: [seen] });
      else found.attachments = withAttachment(found.attachments, seen);
    }
    for (const port of ports.values()) {
      const { name, aggregate } = port;
      if (port.isOnSegment || (aggregate !== null && aggregate.said !== null)) continue;
      if (!isDataInterface(name) || carries(port) !== true) continue;
      if (neighboursOn(port).some(({ is }) => is !== "Other")) continue;
      const attachment = { device: view.name, interface: name, up: true, provenance: "discovered" } as const;
      single.push({ attachment, view, systems: systemsOn(port), remoteAddresses: null });
    }
  };
  return { attached: { segments, single }, visit };
}

/** A device may list a segment once per unit of a port; the last one counts. */
function withAttachment(others: readonly SeenAttachment[], seen: SeenAttachment): readonly SeenAttachment[] {
  const isSame = ({ attachment }: SeenAttachment): boolean => isSamePort(attachment, seen.attachment);
  return others.some(isSame) ? others.map((other) => (isSame(other) ? seen : other)) : others.concat([seen]);
}

export function isSamePort(a: Port, b: Port): boolean {
  return a.interface === b.interface && a.device === b.device;
}

export function declaredSegments({ multihoming }: Fabric["spec"]): DeclaredSegment[] {
  return (multihoming.segments ?? []).map(({ name, esi, members, minAvailable }) => ({
    name,
    esi: esi?.toLowerCase() ?? null,
    members: members.map(parsePort),
    minAvailable,
  }));
}

/** The ESIs that a declared segment is about; none for ports without a segment. */
export function esisBehind(
  { name, esi, members }: DeclaredSegment,
  context: {
    esiOfPort: ReadonlyMap<string, string>;
    views: FabricViews;
    problems: TopologyProblem[];
  },
): string[] {
  if (esi !== null) return [esi];
  const read = members.filter(({ device }) => viewOf(context.views, device).said !== null);
  const found = sortedNames(read.flatMap((port) => context.esiOfPort.get(portText(port)) ?? []));
  if (found.length > 1) {
    const device = members[0]?.device ?? "";
    const message = `the members of segment ${name} carry different ESIs: ${found.join(", ")}`;
    context.problems.push({ device, reason: "TopologyContradiction", message });
  }
  return found;
}
