/**
 * What is lost when devices are taken out: asks the graph, knows nothing of batches, groups of the planner or
 * how a plan was made.
 */
import type { Topology } from "../topology/topology.ts";
import { changeOf, touchedEndpoints } from "./change.ts";
import type { Change, CutOff } from "./change.ts";
import {
  OUTSIDE,
  attachmentsLeft,
  endpointAt,
  graphOf,
  isEntry,
  liveAttachments,
  nameOf,
  namesOn,
  of,
  portList,
  stateOf,
} from "./graph.ts";
import type { State } from "./graph.ts";
import { groupsOf, lostEndpointPairs } from "./lostEndpointPairs.ts";
import { lostDevicePairs } from "./lostPairs.ts";
import { surveyOf } from "./survey.ts";

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
  removed: Iterable<string>,
  { alreadyOut = [], accepted = [] }: RemovalOptions = {},
): CutOff[] {
  return removals(stateOf(graphOf(topology), alreadyOut))(removed, accepted);
}

/** Who loses service by a removal from a certain state, when some of the devices are accepted by name. */
export type Removals = (removed: Iterable<string>, accepted: Iterable<string>) => CutOff[];

/** Answers `verifyRemoval` for many removals from one state. */
export function removals(before: State): Removals {
  const { numberOf, topology } = before.graph;
  const numbersOf = (names: Iterable<string>): Set<number> =>
    new Set(Array.from(names).flatMap((name) => numberOf.get(name) ?? []));
  // A cluster is upgraded while it carries traffic: nothing is removed.
  const leaving = (names: Iterable<string>): Set<number> =>
    new Set([...numbersOf(names)].filter((device) => topology.devices[device]?.staysInService !== true));
  const survey = once(() => surveyOf(before));
  const groups = once(() => groupsOf(before, survey()));
  return (removed, accepted) => {
    const change = changeOf(before, { survey, removed: leaving(removed), accepted: numbersOf(accepted) });
    const uneven = groups();
    return [
      ...detached(change),
      ...lostDevicePairs(change),
      ...(uneven === null ? [] : lostEndpointPairs(change, uneven)),
      ...withoutPeers(change),
      ...shortGroups(change),
      ...lostRoles(change),
    ];
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

function detached(change: Change): CutOff[] {
  const { before, after, going, excuses } = change;
  const { graph } = before;
  const cut: CutOff[] = [];
  for (const number of touchedEndpoints(change)) {
    const endpoint = endpointAt(graph, number);
    const { minAvailable, name } = endpoint;
    const left = attachmentsLeft(after.state, number);
    if (left >= minAvailable) continue;
    const had = attachmentsLeft(before, number);
    if (
      excuses.some(({ state }) =>
        isExcused(left, { had, needed: minAvailable, alone: attachmentsLeft(state, number) }),
      )
    ) {
      continue;
    }
    const stays = liveAttachments(after.state, number);
    const lost = liveAttachments(before, number).filter(({ device }) =>
      going.has(graph.numberOf.get(device) ?? -1),
    );
    const rest = left === 0 ? "nothing else carries it" : `only ${portList(stays)} is left`;
    const needs = minAvailable > 1 ? `, it needs ${String(minAvailable)}` : "";
    cut.push({
      kind: "Detached",
      endpoint: name,
      removed: [...new Set(lost.map(({ device }) => device))],
      message: `${name} loses ${portList(lost)}: ${rest}${needs}`,
    });
  }
  return cut;
}

/**
 * Whether the loss of one accepted device, which leaves `alone`, excuses that fewer than needed are left: it falls
 * short by itself, and the last one is not taken by the others.
 */
function isExcused(
  left: number,
  { had, needed, alone }: { had: number; needed: number; alone: number },
): boolean {
  return alone < Math.min(needed, had) && (left > 0 || alone === 0);
}

function withoutPeers({ before, after, going, excuses }: Change): CutOff[] {
  const { graph } = before;
  const clients = new Set([...going].flatMap((device) => of(graph.clientsOf, device)));
  const cut: CutOff[] = [];
  for (const device of clients) {
    // Spines have sessions too, but they learn nothing for anybody behind them that leaves don't.
    if (!after.state.isIn(device) || !isEntry(graph, device)) continue;
    const peers = of(graph.peersOf, device);
    const hasPeer = ({ isIn }: State): boolean => peers.some((peer) => peer === OUTSIDE || isIn(peer));
    if (hasPeer(after.state) || excuses.some(({ state }) => !hasPeer(state))) continue;
    const lost = peers.filter((peer) => going.has(peer)).map((peer) => nameOf(graph, peer));
    const message = `${nameOf(graph, device)} has no EVPN peer left: it only has ${lost.join(", ")}`;
    for (const endpoint of namesOn(graph, device))
      cut.push({ kind: "NoEvpnPeer", endpoint, removed: lost, message });
  }
  return cut;
}

function shortGroups({ before, after, going, excuses }: Change): CutOff[] {
  const { numberOf, topology } = before.graph;
  const cut: CutOff[] = [];
  for (const { name, members, elsewhere = [], minAvailable: needed } of topology.groups) {
    const numbers = members.map((member) => numberOf.get(member) ?? -1);
    const lost = members.filter((_, place) => going.has(numbers[place] ?? -1));
    if (lost.length === 0) continue;
    // Whoever is removed here, members elsewhere stay.
    const others = elsewhere.filter(before.isInElsewhere).length;
    const count = ({ isIn }: State): number => numbers.filter(isIn).length + others;
    const [had, left] = [count(before), count(after.state)];
    if (left >= needed || excuses.some(({ state }) => isExcused(left, { had, needed, alone: count(state) })))
      continue;
    const message = `group ${name} keeps ${String(left)} of its members, it needs ${String(needed)}`;
    cut.push({ kind: "GroupShort", endpoint: `group ${name}`, removed: lost, message });
  }
  return cut;
}

function lostRoles({ before, after, going, excuses }: Change): CutOff[] {
  const { graph } = before;
  const cut: CutOff[] = [];
  for (const role of CRITICAL_ROLES) {
    const holders = (graph.holdersOf.get(role) ?? []).filter(before.isIn);
    const lost = holders.filter((holder) => going.has(holder));
    const isHeld = ({ isIn }: State): boolean => holders.some(isIn);
    if (lost.length === 0 || isHeld(after.state) || excuses.some(({ state }) => !isHeld(state))) continue;
    const message = `nobody holds the overlay role ${role} any more`;
    const removed = lost.map((holder) => nameOf(graph, holder));
    cut.push({ kind: "RoleLost", endpoint: `role ${role}`, removed, message });
  }
  return cut;
}
