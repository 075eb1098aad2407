/**
 * Who may not be out together, and why: the rules that hold whatever tier is upgraded, derived from the topology.
 * Devices that are out already count as lost.
 */
import { interning, listAt } from "../indexes.ts";
import type { Endpoint } from "../topology/topology.ts";
import { groupNames } from "./endpointGroups.ts";
import type { EndpointGroup } from "./endpointGroups.ts";
import { hasEndpoints, isEdge, nameOf } from "./fabricGraph.ts";
import type { FabricGraph } from "./fabricGraph.ts";
import type { Requirement } from "./requirement.ts";

/** Overlay roles of which some holders must stay: without them a whole service of the fabric is gone. */
export const CRITICAL_OVERLAY_ROLES: readonly string[] = [
  "CRB-Gateway",
  "CRB-MCAST-Gateway",
  "DC-Gateway",
  "DCI-Gateway",
  "Route-Reflector",
  "AR-Replicator",
];

/** Overlay roles that route between networks; their holders go last in their tier. */
export const GATEWAY_ROLES: readonly string[] = [
  "CRB-Gateway",
  "CRB-MCAST-Gateway",
  "DC-Gateway",
  "DCI-Gateway",
];

export function requirementsOf(graph: FabricGraph, groups: readonly EndpointGroup[]): Requirement[] {
  return [
    ...groups.map((group) => endpointRequirement(graph, group)),
    ...uplinkRequirements(graph),
    ...evpnRequirements(graph),
    ...roleRequirements(graph),
    ...groupRequirements(graph),
  ];
}

/** `minAvailable` of an endpoint counts attachments, so that two on one device are two ways. */
function endpointRequirement(graph: FabricGraph, group: EndpointGroup): Requirement {
  const endpoint = graph.topology.endpoints[group.endpoints[0] ?? 0];
  return {
    kind: "Endpoint",
    subject: endpoint === undefined ? "" : endpointText(endpoint),
    alike: group.endpoints.length - 1,
    names: groupNames(graph, group),
    isolates: [],
    ways: group.devices.map((device) => [device]),
    minimum: group.minimum,
  };
}

/**
 * At least half of a device's uplinks stay, so that what is left is not flooded; a leaf keeps one in any case.
 * With a headroom to keep, more may have to stay. A spine may lose its only uplink: leaves then use other spines, which the path rules look after.
 */
function uplinkRequirements(graph: FabricGraph): Requirement[] {
  // Devices share a requirement if they need the same of the same: the minimum stands behind the ways.
  const count = graph.names.length;
  const needed = [...graph.names.keys()].flatMap((device) => {
    const uplinks = listAt(graph.above, device);
    const isBound = uplinks.length > 1 || (uplinks.length === 1 && isEdge(graph, device));
    if (!isBound || graph.inService[device] !== 1) return [];
    const minimum = Math.max(Math.ceil(uplinks.length / 2), graph.uplinksNeeded.get(device) ?? 0);
    return [{ device, ways: [...uplinks, count + minimum] }];
  });
  return sameForMany(graph, needed).map(({ ways, ...subjects }) => ({
    kind: "Uplink",
    ...subjects,
    ways: ways.slice(0, -1).map((uplink) => [uplink]),
    minimum: (ways.at(-1) ?? count) - count,
  }));
}

/** A leaf keeps one established EVPN peer; one outside the fabric is never taken out and suffices. */
function evpnRequirements(graph: FabricGraph): Requirement[] {
  const { numberOf, inService } = graph;
  const peersOf = new Map<number, Set<number>>();
  const safe = new Set<number>();
  for (const session of graph.topology.evpnSessions) {
    const device = numberOf.get(session.device) ?? -1;
    const peer = session.peer === null ? null : (numberOf.get(session.peer) ?? -1);
    if (peer === null) safe.add(device);
    else if (inService[peer] === 1) {
      const peers = peersOf.get(device);
      if (peers === undefined) peersOf.set(device, new Set([peer]));
      else peers.add(peer);
    }
  }
  const needed = [...peersOf]
    .filter(([device]) => !safe.has(device) && inService[device] === 1)
    .filter(([device]) => isEdge(graph, device) || hasEndpoints(graph, device))
    .map(([device, peers]) => ({ device, ways: [...peers] }));
  return sameForMany(graph, needed).map(({ ways, ...subjects }) => ({
    kind: "EvpnPeer",
    ...subjects,
    ways: ways.map((peer) => [peer]),
    minimum: 1,
  }));
}

interface Subjects extends Pick<Requirement, "subject" | "alike" | "names" | "isolates"> {
  readonly ways: readonly number[];
}

/** Devices that need the same ways share a requirement. */
function sameForMany(
  graph: FabricGraph,
  needed: readonly { readonly device: number; readonly ways: readonly number[] }[],
): Subjects[] {
  const lists = interning();
  const devices: number[][] = [];
  for (const { device, ways } of needed) (devices[lists.numberOf(ways)] ??= []).push(device);
  return devices.map((isolates, number) => ({
    subject: nameOf(graph, isolates[0] ?? 0),
    alike: isolates.length - 1,
    names: [],
    isolates,
    ways: listAt(lists.lists, number),
  }));
}

/** Half of the holders that are in service now stay, rounded up, and the last one always. */
function roleRequirements({ topology, inService }: FabricGraph): Requirement[] {
  return CRITICAL_OVERLAY_ROLES.flatMap((role): Requirement[] => {
    const ways = topology.devices.flatMap(({ overlayRoles }, device) =>
      overlayRoles.includes(role) && inService[device] === 1 ? [[device]] : [],
    );
    const minimum = Math.ceil(ways.length / 2);
    return [{ kind: "Role", subject: role, alike: 0, names: [`role ${role}`], isolates: [], ways, minimum }];
  });
}

/** Members elsewhere are ways like others: who is taken out here counts on them as long as they are in service. */
function groupRequirements({
  topology,
  names: own,
  numberOf,
  inService,
  elsewhere: others,
}: FabricGraph): Requirement[] {
  return topology.groups.map(({ name, members, elsewhere = [], minAvailable }) => ({
    kind: "Group",
    subject: name,
    alike: 0,
    names: [`group ${name}`],
    isolates: [],
    ways: [
      ...members.flatMap((member) => {
        const device = numberOf.get(member) ?? -1;
        return inService[device] === 1 ? [[device]] : [];
      }),
      ...elsewhere.flatMap((member) => {
        const place = others.indexOf(member);
        return place === -1 ? [] : [[own.length + place]];
      }),
    ],
    minimum: minAvailable,
  }));
}

/** `server3 (ESI 00:…)`. */
export function endpointText({ name, esi }: Endpoint): string {
  return esi === null || name === esi ? name : `${name} (ESI ${esi})`;
}
