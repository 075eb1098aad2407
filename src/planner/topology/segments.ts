/** Ethernet segments: those that the devices carry, those that are declared, and which of them are the same. */
import type { Fabric } from "../../api/fabric.gen.ts";
import { sortedNames } from "../naturalOrder.ts";
import { carries, neighboursOn, viewOf } from "./deviceViews.ts";
import type { DeviceView, FabricViews } from "./deviceViews.ts";
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

/** The attachments that devices say belong to one ESI. */
export type DiscoveredSegments = ReadonlyMap<string, readonly SeenAttachment[]>;

const NO_SEGMENT = "00:00:00:00:00:00:00:00:00:00";

export function discoveredSegments(views: FabricViews): DiscoveredSegments {
  const segments = new Map<string, readonly SeenAttachment[]>();
  for (const view of views.byName.values()) {
    for (const segment of view.said?.segments ?? []) {
      const name = withoutUnit(segment.interface);
      const esi = segment.esi.toLowerCase();
      // Segments of IRBs and tunnels have nothing attached to them.
      if (!isDataInterface(name) || esi === NO_SEGMENT) continue;
      const up = segment.forwarding && carries(view, name) !== false;
      const seen: SeenAttachment = {
        attachment: { device: view.name, interface: name, up, provenance: "discovered" },
        view,
        neighbours: neighboursOn(view, name),
        remoteAddresses: segment.remoteAddresses,
      };
      segments.set(esi, withAttachment(segments.get(esi), seen));
    }
  }
  return segments;
}

/** The ports of a device that are on an Ethernet segment. */
export function portsOnSegments({ said }: DeviceView): Set<string> {
  const ports = new Set<string>();
  for (const segment of said?.segments ?? []) {
    if (segment.esi !== NO_SEGMENT) ports.add(withoutUnit(segment.interface));
  }
  return ports;
}

/** A device may list a segment once per unit of a port; the last one counts. */
function withAttachment(
  others: readonly SeenAttachment[] | undefined,
  seen: SeenAttachment,
): readonly SeenAttachment[] {
  if (others === undefined) return [seen];
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
