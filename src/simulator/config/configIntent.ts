/** What a committed configuration makes the device do: ports, aggregates, BGP neighbours, policies. Active statements only. */
import { activeAt, activeChildren, activeNames, activeValue } from "./configTree.ts";
import type { ConfigNode, ConfigTree } from "./configTree.ts";
import { withInherited } from "./inheritance.ts";
import { readPolicies } from "./policy.ts";
import type { PolicySet } from "./policy.ts";

export interface ConfigIntent {
  readonly hostName: string;
  /** Interfaces with any active configuration. */
  readonly interfaces: ReadonlySet<string>;
  /** Physical and aggregated interfaces that are set to `disable`. */
  readonly disabled: ReadonlySet<string>;
  readonly aggregates: ReadonlyMap<string, AggregateIntent>;
  /** The aggregate each physical port is a member of. */
  readonly aggregateOfPort: ReadonlyMap<string, string>;
  readonly neighbours: ReadonlyMap<string, NeighbourIntent>;
  readonly policies: PolicySet;
  readonly interior: InteriorIntent;
  /** The maintenance mode of a multihomed leaf: its links to servers are down, whatever else is configured. */
  readonly maintenanceMode: boolean;
  readonly lldp: boolean;
  readonly redundancy: RedundancyIntent;
}

export type InteriorProtocolName = "isis" | "ospf";

export interface InteriorIntent {
  /** The protocols by which the device asks not to be passed. An `overload timeout` is over. */
  readonly overloads: ReadonlyMap<InteriorProtocolName, "Bit" | "HighMetrics">;
  /** The physical ports on which one runs. */
  readonly ports: ReadonlyMap<string, InteriorPort>;
}

export interface InteriorPort {
  readonly protocol: InteriorProtocolName;
  readonly metric: number;
  /** When BFD misses the neighbour; undefined without BFD. */
  readonly bfdSeconds: number | undefined;
}

/** What two routing engines do for each other. Statements count wherever they stand, in a group too. */
export interface RedundancyIntent {
  readonly gracefulSwitchover: boolean;
  readonly nonstopRouting: boolean;
  readonly commitSynchronize: boolean;
  /** Neighbours forward while the routing process starts anew. */
  readonly gracefulRestart: boolean;
}

export interface AggregateIntent {
  readonly name: string;
  readonly members: readonly string[];
  readonly esi: string | undefined;
  readonly dfPreference: number | undefined;
  readonly lacp: "fast" | "slow" | "none";
}

export interface NeighbourIntent {
  readonly address: string;
  readonly group: string;
  readonly external: boolean;
  readonly peerAs: number | undefined;
  readonly localAs: number | undefined;
  readonly families: readonly string[];
  readonly exportChain: readonly string[];
  readonly importChain: readonly string[];
  readonly isReflectorClient: boolean;
  readonly multipath: boolean;
  /** Tags what it sends with the community of RFC 8326. */
  readonly sendsGracefulShutdown: boolean;
  /** Heeds that community: prefers any other path. The default since 19.1. */
  readonly heedsGracefulShutdown: boolean;
  /** When BFD misses the peer; undefined without BFD. */
  readonly bfdSeconds: number | undefined;
  readonly description: string | undefined;
}

/** Reads the active configuration, with what it inherits from groups. */
export function readIntent(stated: ConfigTree): ConfigIntent {
  const tree = withInherited(stated);
  const interfaces = activeChildren(activeAt(tree, "interfaces"));
  const aggregateOfPort = new Map<string, string>();
  for (const port of interfaces) {
    const aggregate =
      activeValue(port, "ether-options", "802.3ad") ?? activeValue(port, "gigether-options", "802.3ad");
    if (aggregate !== undefined) aggregateOfPort.set(port.name, aggregate);
  }
  const aggregates = interfaces
    .filter((port) => /^ae\d+$/.test(port.name))
    .map((port) => readAggregate(port, aggregateOfPort));
  return {
    hostName: activeValue(tree, "system", "host-name") ?? "",
    interfaces: new Set(interfaces.map((port) => port.name)),
    disabled: new Set(interfaces.filter(isDisabled).map((port) => port.name)),
    aggregates: new Map(aggregates.map((aggregate) => [aggregate.name, aggregate])),
    aggregateOfPort,
    neighbours: readNeighbours(activeAt(tree, "protocols", "bgp")),
    policies: readPolicies(tree),
    interior: readInterior(activeAt(tree, "protocols")),
    maintenanceMode: isInMaintenance(activeAt(tree, "protocols", "evpn", "maintenance-mode", "erb-leaf")),
    lldp: activeAt(tree, "protocols", "lldp", "interface", "all") !== undefined,
    redundancy: {
      gracefulSwitchover: isInEffect(tree, ["chassis", "redundancy", "graceful-switchover"]),
      nonstopRouting: isInEffect(tree, ["routing-options", "nonstop-routing"]),
      commitSynchronize: isInEffect(tree, ["system", "commit", "synchronize"]),
      gracefulRestart: isInEffect(tree, ["routing-options", "graceful-restart"]),
    },
  };
}

/** The statement stands there and is active, or in a group that is applied to the whole configuration. */
export function isInEffect(tree: ConfigTree, path: readonly string[]): boolean {
  if (activeAt(tree, ...path) !== undefined) return true;
  return activeNames(tree, "apply-groups").some(
    (group) => activeAt(tree, "groups", group, ...path) !== undefined,
  );
}

function isDisabled(port: ConfigNode): boolean {
  return (
    activeAt(port, "disable") !== undefined ||
    (activeAt(port, "unit", "0", "disable") !== undefined && activeAt(port, "unit", "0") !== undefined)
  );
}

function readAggregate(node: ConfigNode, aggregateOfPort: ReadonlyMap<string, string>): AggregateIntent {
  const lacp = activeAt(node, "aggregated-ether-options", "lacp");
  const preference = activeValue(node, "esi", "df-election-type", "preference", "value");
  return {
    name: node.name,
    members: [...aggregateOfPort].filter(([, aggregate]) => aggregate === node.name).map(([port]) => port),
    esi: activeNames(node, "esi").find((name) => name.includes(":")),
    dfPreference: preference === undefined ? undefined : Number(preference),
    lacp: lacp === undefined ? "none" : activeValue(lacp, "periodic") === "slow" ? "slow" : "fast",
  };
}

function readNeighbours(bgp: ConfigNode | undefined): ReadonlyMap<string, NeighbourIntent> {
  const neighbours = new Map<string, NeighbourIntent>();
  if (bgp === undefined || activeAt(bgp, "disable") !== undefined) return neighbours;
  for (const group of activeChildren(activeAt(bgp, "group"))) {
    if (activeAt(group, "disable") !== undefined || activeAt(group, "shutdown") !== undefined) continue;
    for (const neighbour of activeChildren(activeAt(group, "neighbor"))) {
      if (activeAt(neighbour, "disable") !== undefined || activeAt(neighbour, "shutdown") !== undefined)
        continue;
      neighbours.set(neighbour.name, readNeighbour(neighbour, group, bgp));
    }
  }
  return neighbours;
}

/** `validate-only` changes nothing. */
function isInMaintenance(leaf: ConfigNode | undefined): boolean {
  return ["validate-and-set", "force"].includes(activeValue(leaf, "action-type") ?? "");
}

function readInterior(protocols: ConfigNode | undefined): InteriorIntent {
  const overloads = new Map<InteriorProtocolName, "Bit" | "HighMetrics">();
  const ports = new Map<string, InteriorPort>();
  for (const protocol of ["isis", "ospf"] as const) {
    const node = activeAt(protocols, protocol);
    const overload = activeAt(node, "overload");
    const isBit = protocol === "isis" && activeAt(overload, "advertise-high-metrics") === undefined;
    if (overload !== undefined && activeAt(overload, "timeout") === undefined) {
      overloads.set(protocol, isBit ? "Bit" : "HighMetrics");
    }
    const areas = protocol === "isis" ? [node] : activeChildren(activeAt(node, "area"));
    for (const port of areas.flatMap((area) => activeChildren(activeAt(area, "interface")))) {
      const name = port.name.replace(/\.\d+$/, "");
      const silent = activeAt(port, "passive") ?? activeAt(port, "disable");
      if (silent !== undefined || ports.has(name)) continue;
      const metric = Number(activeValue(port, "metric") ?? 10);
      ports.set(name, { protocol, metric, bfdSeconds: bfdOf(port) });
    }
  }
  return { overloads, ports };
}

/** When BFD misses the other end; undefined where it is not configured. */
function bfdOf(node: ConfigNode | undefined): number | undefined {
  const bfd = activeAt(node, "bfd-liveness-detection");
  const interval = activeValue(bfd, "minimum-interval");
  return interval === undefined
    ? undefined
    : (Number(interval) * Number(activeValue(bfd, "multiplier") ?? 3)) / 1000;
}

/** The most specific level that says something wins: neighbour, group, all of BGP. */
function readNeighbour(neighbour: ConfigNode, group: ConfigNode, bgp: ConfigNode): NeighbourIntent {
  const levels = [neighbour, group, bgp];
  const level = (...path: readonly string[]): ConfigNode | undefined =>
    levels.find((candidate) => activeAt(candidate, ...path) !== undefined);
  const number = (name: string): number | undefined => {
    const value = activeValue(level(name), name);
    return value === undefined ? undefined : Number(value);
  };
  const shutdown = activeAt(level("graceful-shutdown"), "graceful-shutdown");
  return {
    address: neighbour.name,
    group: group.name,
    external: activeValue(group, "type") === "external",
    peerAs: number("peer-as"),
    localAs: number("local-as"),
    families: activeNames(level("family"), "family"),
    exportChain: activeNames(level("export"), "export"),
    importChain: activeNames(level("import"), "import"),
    isReflectorClient: activeAt(level("cluster"), "cluster") !== undefined,
    multipath: level("multipath") !== undefined,
    sendsGracefulShutdown: activeAt(shutdown, "sender") !== undefined,
    heedsGracefulShutdown: activeAt(shutdown, "receiver", "disable") === undefined,
    bfdSeconds: bfdOf(level("bfd-liveness-detection")),
    description: activeValue(neighbour, "description"),
  };
}
