/**
 * What is lost when devices are taken out: asks the graph, knows nothing of batches, groups of the planner or
 * how a plan was made.
 */
import { graphOf, liveAttachments, portList, stateOf, without } from "./reachability.ts";
import type { FabricState } from "./reachability.ts";
import { endpointsOn, isServed, namesOn } from "./change.ts";
import type { Change, CutOff } from "./change.ts";
import { lostPairs } from "./lostPairs.ts";
import type { Endpoint, Topology } from "../topology/topology.ts";

/** Overlay roles that somebody must always hold. */
export const CRITICAL_ROLES: readonly string[] = [
  "CRB-Gateway",
  "CRB-MCAST-Gateway",
  "DC-Gateway",
  "DCI-Gateway",
  "Route-Reflector",
  "AR-Replicator",
];

export interface RemovalOptions {
  /** Out of service already, whatever for. */
  readonly alreadyOut?: Iterable<string>;
  /** Of the removed devices those whose own loss is accepted: what each cuts off alone does not count. */
  readonly accepted?: Iterable<string>;
}

/** Everybody who has service with `alreadyOut` out and has none when `removed` go out, too. */
export function verifyRemoval(
  topology: Topology,
  removed: ReadonlySet<string>,
  { alreadyOut = [], accepted = [] }: RemovalOptions = {},
): CutOff[] {
  const before = stateOf(graphOf(topology), new Set(alreadyOut));
  return cutOffs(before, removed, new Set(accepted));
}

/** `verifyRemoval` on a state that is used for many removals. */
export function cutOffs(
  before: FabricState,
  removed: ReadonlySet<string>,
  accepted: ReadonlySet<string>,
): CutOff[] {
  const going = new Set([...removed].filter((device) => before.inService(device)));
  const after = without(before, going);
  const excuses = [...going]
    .filter((device) => accepted.has(device))
    .map((device) => without(before, new Set([device])));
  const change: Change = { before, after, affected: after.affected, going, excuses };
  return [
    ...detached(change),
    ...lostPairs(change),
    ...withoutPeers(change),
    ...shortGroups(change),
    ...lostRoles(change),
  ];
}

function detached({ before, after, going, excuses }: Change): CutOff[] {
  const cut: CutOff[] = [];
  for (const endpoint of endpointsOn(before, going)) {
    if (isServed(after, endpoint) || excuses.some((excuse) => losesMember(before, excuse, endpoint)))
      continue;
    const left = liveAttachments(after, endpoint);
    const lost = liveAttachments(before, endpoint).filter((one) => going.has(one.device));
    const rest = left.length === 0 ? "nothing else carries it" : `only ${portList(left)} is left`;
    const needs = endpoint.minAvailable > 1 ? `, it needs ${String(endpoint.minAvailable)}` : "";
    cut.push({
      kind: "Detached",
      endpoint: endpoint.name,
      removed: devicesOf(lost),
      message: `${endpoint.name} loses ${portList(lost)}: ${rest}${needs}`,
    });
  }
  return cut;
}

/** Whether the accepted device alone leaves the endpoint with too little. */
function losesMember(before: FabricState, excuse: FabricState, endpoint: Endpoint): boolean {
  return (
    !isServed(excuse, endpoint) &&
    liveAttachments(excuse, endpoint).length < liveAttachments(before, endpoint).length
  );
}

function withoutPeers({ before, after, going, excuses }: Change): CutOff[] {
  const { clientsOf, peersOf } = before.graph;
  const clients = new Set([...going].flatMap((device) => clientsOf.get(device) ?? []));
  const cut: CutOff[] = [];
  for (const device of clients) {
    if (!after.inService(device) || !carriesEndpoints(before, device)) continue;
    const peers = peersOf.get(device) ?? [];
    const hasPeer = (state: FabricState): boolean =>
      peers.some((peer) => peer === null || state.inService(peer));
    if (!hasPeer(before) || hasPeer(after) || excuses.some((excuse) => !hasPeer(excuse))) continue;
    const lost = [...new Set(peers.filter((peer) => peer !== null))].filter((peer) => going.has(peer));
    const message = `${device} has no EVPN peer left: it only has ${lost.join(", ")}`;
    for (const name of namesOn(before, device)) {
      cut.push({ kind: "NoEvpnPeer", endpoint: name, removed: lost, message });
    }
  }
  return cut;
}

/** Spines have sessions too, but they learn nothing for anybody behind them that leaves don't. */
function carriesEndpoints({ graph }: FabricState, device: string): boolean {
  return (graph.layer.get(device) ?? 0) <= 1 || graph.endpointsOn.has(device);
}

function shortGroups({ before, after, going, excuses }: Change): CutOff[] {
  const cut: CutOff[] = [];
  for (const { name, members, minAvailable } of before.graph.topology.groups) {
    const lost = members.filter((member) => going.has(member));
    if (lost.length === 0) continue;
    const count = (state: FabricState): number => members.filter((member) => state.inService(member)).length;
    const left = count(after);
    if (left >= minAvailable) continue;
    if (excuses.some((excuse) => count(excuse) < Math.min(minAvailable, count(before)))) continue;
    const message = `group ${name} keeps ${String(left)} of its members, it needs ${String(minAvailable)}`;
    cut.push({ kind: "GroupShort", endpoint: `group ${name}`, removed: lost, message });
  }
  return cut;
}

function lostRoles({ before, after, going, excuses }: Change): CutOff[] {
  const cut: CutOff[] = [];
  for (const role of CRITICAL_ROLES) {
    const all = before.graph.holdersOf.get(role) ?? [];
    if (!all.some((holder) => going.has(holder))) continue;
    const holders = all.filter((holder) => before.inService(holder));
    const held = (state: FabricState): boolean => holders.some((holder) => state.inService(holder));
    const lost = holders.filter((holder) => going.has(holder));
    if (held(after) || excuses.some((excuse) => !held(excuse))) continue;
    const message = `nobody holds the overlay role ${role} any more`;
    cut.push({ kind: "RoleLost", endpoint: `role ${role}`, removed: lost, message });
  }
  return cut;
}

function devicesOf(attachments: Endpoint["attachments"]): string[] {
  return [...new Set(attachments.map(({ device }) => device))];
}
