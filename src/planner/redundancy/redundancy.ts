/**
 * Who may not be out together, and why: the redundancy rules of one tier, derived from the topology. Devices of
 * other tiers stay in service while this one is upgraded, except those that are out already.
 */
import type { Tier } from "../../api/plan.ts";
import { flatRequirements } from "../topology/flatLinks.ts";
import { insert } from "../indexes.ts";
import { layerOf } from "../topology/layers.ts";
import { liveDevices } from "./upwardGraph.ts";
import { sortedNames } from "../naturalOrder.ts";
import { endpointPathRequirements, pathRequirements } from "./pathRequirements.ts";
import { mergeAlike } from "./requirement.ts";
import type { Requirement } from "./requirement.ts";
import type { Endpoint, Topology } from "../topology/topology.ts";
import { uplinksOf } from "./upwardGraph.ts";
import type { UpwardGraph } from "./upwardGraph.ts";

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

/** All rules that removing devices of the tier can break. */
export function requirementsOf(topology: Topology, tier: Tier, graph: UpwardGraph): Requirement[] {
  const members = new Set(
    topology.devices
      .filter(({ name, role }) => role === tier && graph.inService.has(name))
      .map(({ name }) => name),
  );
  const all = [
    ...endpointRequirements(topology, graph),
    ...uplinkRequirements(topology, graph),
    ...evpnRequirements(topology, graph),
    ...roleRequirements(topology, graph),
    ...groupRequirements(topology, graph),
    ...pathRequirements(members, graph),
    ...endpointPathRequirements(topology, members, graph),
    ...flatRequirements(members, graph),
  ];
  const touching = all.filter(({ ways }) => ways.some((way) => way.some((device) => members.has(device))));
  return mergeAlike(touching);
}

/** `minAvailable` of an endpoint counts attachments, so that two on one device are two ways. */
function endpointRequirements({ endpoints }: Topology, graph: UpwardGraph): Requirement[] {
  const requirements: Requirement[] = [];
  for (const endpoint of endpoints) {
    const ways = liveDevices(endpoint, graph).map((device) => [device]);
    if (ways.length === 0) continue;
    const base = {
      kind: "Endpoint",
      subject: endpointText(endpoint),
      alike: 0,
      names: [endpoint.name],
      sides: [],
    } as const;
    requirements.push({ ...base, ways, minimum: endpoint.minAvailable });
  }
  return requirements;
}

/**
 * At least half of a device's uplinks stay, so that what is left is not flooded; a leaf keeps one in any case.
 * A spine may lose its only uplink: leaves then use other spines, which the path rules look after.
 */
function uplinkRequirements({ devices }: Topology, graph: UpwardGraph): Requirement[] {
  const requirements: Requirement[] = [];
  for (const { name, role } of devices) {
    if (!graph.inService.has(name)) continue;
    const uplinks = uplinksOf(graph, name);
    const isEdge = layerOf(role) <= 1;
    if (uplinks.length === 0 || (uplinks.length === 1 && !isEdge)) continue;
    requirements.push({
      kind: "Uplink",
      subject: name,
      alike: 0,
      names: [],
      sides: [[name]],
      ways: uplinks.map((uplink) => [uplink]),
      minimum: Math.ceil(uplinks.length / 2),
    });
  }
  return requirements;
}

/** A leaf keeps one established EVPN peer; one outside the fabric is never taken out and suffices. */
function evpnRequirements({ devices, evpnSessions }: Topology, graph: UpwardGraph): Requirement[] {
  const peersOf = new Map<string, Set<string>>();
  const safe = new Set<string>();
  for (const { device, peer } of evpnSessions) {
    if (peer === null) safe.add(device);
    else if (graph.inService.has(peer)) insert(peersOf, device, peer);
  }
  const requirements: Requirement[] = [];
  for (const { name, role } of devices) {
    const peers = peersOf.get(name);
    if (peers === undefined || safe.has(name) || !graph.inService.has(name)) continue;
    if (layerOf(role) > 1 && !graph.hasEndpoints(name)) continue;
    const ways = sortedNames(peers).map((peer) => [peer]);
    requirements.push({
      kind: "EvpnPeer",
      subject: name,
      alike: 0,
      names: [],
      sides: [[name]],
      ways,
      minimum: 1,
    });
  }
  return requirements;
}

/** Half of the holders that are in service now stay, rounded up, and the last one always. */
function roleRequirements({ devices }: Topology, graph: UpwardGraph): Requirement[] {
  return CRITICAL_OVERLAY_ROLES.flatMap((role): Requirement[] => {
    const holders = devices.filter(
      ({ name, overlayRoles }) => overlayRoles.includes(role) && graph.inService.has(name),
    );
    if (holders.length === 0) return [];
    const ways = holders.map(({ name }) => [name]);
    const minimum = Math.ceil(holders.length / 2);
    return [{ kind: "Role", subject: role, alike: 0, names: [`role ${role}`], sides: [], ways, minimum }];
  });
}

function groupRequirements({ groups }: Topology, graph: UpwardGraph): Requirement[] {
  return groups.map(({ name, members, minAvailable }) => ({
    kind: "Group",
    subject: name,
    alike: 0,
    names: [`group ${name}`],
    sides: [],
    ways: members.filter((member) => graph.inService.has(member)).map((member) => [member]),
    minimum: minAvailable,
  }));
}

/** `server3 (ESI 00:…)`. */
export function endpointText({ name, esi }: Endpoint): string {
  return esi === null || name === esi ? name : `${name} (ESI ${esi})`;
}
