/** Routing policies: what an export or import chain does to a route. As far as drains and fabrics use them. */
import { activeAt, activeChildren, activeNames, activeValue } from "./configTree.ts";
import type { ConfigNode, ConfigTree } from "./configTree.ts";

/** A route on its way through a policy. */
export interface PolicyRoute {
  readonly family: "inet" | "evpn";
  readonly protocol: "direct" | "bgp" | "evpn";
  /** `10.255.0.1/32`; empty for EVPN routes. */
  readonly prefix: string;
  /** RFC 7432 §7: 1 auto-discovery, 2 MAC, 3 inclusive multicast, 4 Ethernet segment; 0 for IPv4. */
  readonly evpnType: number;
  readonly asPath: readonly number[];
  readonly localPreference: number;
  readonly communities: readonly string[];
}

/** The community of RFC 8326: prefer any other path. */
export const GRACEFUL_SHUTDOWN_COMMUNITY = "65535:0";

/** The policies and communities of one device. */
export interface PolicySet {
  readonly policies: ReadonlyMap<string, readonly PolicyTerm[]>;
  readonly communities: ReadonlyMap<string, readonly string[]>;
}

export interface PolicyTerm {
  readonly conditions: readonly PolicyCondition[];
  readonly actions: readonly PolicyAction[];
}

type PolicyCondition =
  | { readonly kind: "protocol"; readonly protocols: readonly string[] }
  | { readonly kind: "family"; readonly family: string }
  | { readonly kind: "evpnType"; readonly types: readonly number[] }
  | { readonly kind: "prefix"; readonly filters: readonly PrefixFilter[] }
  | { readonly kind: "community"; readonly names: readonly string[] }
  /** A condition the simulator does not model; it never holds. */
  | { readonly kind: "unknown" };

interface PrefixFilter {
  readonly address: number;
  readonly length: number;
  readonly shortest: number;
  readonly longest: number;
}

type PolicyAction =
  | { readonly kind: "accept" | "reject" | "nextPolicy" | "nextTerm" }
  | { readonly kind: "prepend"; readonly numbers: readonly number[] }
  | { readonly kind: "localPreference"; readonly value: number }
  | { readonly kind: "addCommunity" | "setCommunity" | "deleteCommunity"; readonly name: string };

/** Reads `policy-options` of the active configuration. */
export function readPolicies(tree: ConfigTree): PolicySet {
  const options = activeAt(tree, "policy-options");
  return {
    policies: new Map(
      activeChildren(activeAt(options, "policy-statement")).map((statement) => [
        statement.name,
        readTerms(statement),
      ]),
    ),
    communities: new Map(
      activeChildren(activeAt(options, "community")).map((community) => [
        community.name,
        activeNames(community, "members"),
      ]),
    ),
  };
}

/** What the chain makes of the route; undefined where it is rejected. Without a verdict `defaultAccept` decides. */
export function applyChain(
  set: PolicySet,
  chain: readonly string[],
  options: { readonly route: PolicyRoute; readonly defaultAccept: boolean },
): PolicyRoute | undefined {
  let route = options.route;
  for (const name of chain) {
    terms: for (const term of set.policies.get(name) ?? []) {
      if (!term.conditions.every((condition) => holds(condition, route, set))) continue;
      for (const action of term.actions) {
        switch (action.kind) {
          case "accept":
            return route;
          case "reject":
            return undefined;
          case "nextPolicy":
            break terms;
          case "nextTerm":
            continue terms;
          case "prepend":
            route = { ...route, asPath: [...action.numbers, ...route.asPath] };
            break;
          case "localPreference":
            route = { ...route, localPreference: action.value };
            break;
          case "addCommunity":
          case "setCommunity":
          case "deleteCommunity":
            route = { ...route, communities: changeCommunities(action, route, set) };
            break;
        }
      }
    }
  }
  return options.defaultAccept ? route : undefined;
}

/** The first policy of the chain, before its last, that accepts every route and so hides the policies after it. */
export function leakingPolicy(set: PolicySet, chain: readonly string[]): string | undefined {
  return chain
    .slice(0, -1)
    .find((name) =>
      (set.policies.get(name) ?? []).some(
        (term) => term.conditions.length === 0 && term.actions.some((action) => action.kind === "accept"),
      ),
    );
}

function readTerms(statement: ConfigNode): readonly PolicyTerm[] {
  const named = activeChildren(activeAt(statement, "term"));
  const unnamed = activeAt(statement, "then") === undefined ? [] : [statement];
  return [...named, ...unnamed].map((term) => ({
    conditions: activeChildren(activeAt(term, "from")).map(readCondition),
    actions: readActions(activeAt(term, "then")),
  }));
}

function readCondition(node: ConfigNode): PolicyCondition {
  const values = activeNames(node);
  switch (node.name) {
    case "protocol":
      return { kind: "protocol", protocols: values };
    case "family":
      return { kind: "family", family: values[0] ?? "" };
    case "nlri-route-type":
      return { kind: "evpnType", types: values.map(Number) };
    case "route-filter":
      return { kind: "prefix", filters: activeChildren(node).map(readFilter) };
    case "community":
      return { kind: "community", names: values };
    default:
      return { kind: "unknown" };
  }
}

function readFilter(node: ConfigNode): PrefixFilter {
  const { address, length } = parsePrefix(node.name);
  const match = activeChildren(node)[0];
  const range = /^\/(\d+)-\/(\d+)$/.exec(match === undefined ? "" : (activeNames(match)[0] ?? ""));
  switch (match?.name) {
    case "orlonger":
      return { address, length, shortest: length, longest: 32 };
    case "longer":
      return { address, length, shortest: length + 1, longest: 32 };
    case "upto":
      return { address, length, shortest: length, longest: Number(activeNames(match)[0]?.slice(1) ?? 32) };
    case "prefix-length-range":
      return { address, length, shortest: Number(range?.[1] ?? length), longest: Number(range?.[2] ?? 32) };
    default:
      return { address, length, shortest: length, longest: length };
  }
}

/** In the order of effect, not of writing: Junos changes the route first and ends the policy last. */
function readActions(node: ConfigNode | undefined): readonly PolicyAction[] {
  const changes: PolicyAction[] = [];
  const verdicts: PolicyAction[] = [];
  for (const child of activeChildren(node)) {
    switch (child.name) {
      case "accept":
      case "reject":
        verdicts.push({ kind: child.name });
        break;
      case "next":
        verdicts.push({ kind: activeValue(child) === "term" ? "nextTerm" : "nextPolicy" });
        break;
      case "as-path-prepend":
        changes.push({
          kind: "prepend",
          numbers: (activeValue(child) ?? "").split(/\s+/).filter(Boolean).map(Number),
        });
        break;
      case "local-preference":
        changes.push({ kind: "localPreference", value: Number(activeValue(child) ?? 100) });
        break;
      case "community":
        changes.push(...readCommunityActions(child));
        break;
      default:
        // load-balance, metric and the like do not matter to what the simulator forwards.
        break;
    }
  }
  return [...changes, ...verdicts];
}

function readCommunityActions(node: ConfigNode): readonly PolicyAction[] {
  return activeChildren(node).flatMap((verb) =>
    activeNames(verb).flatMap((name): readonly PolicyAction[] => {
      if (verb.name === "add" || verb.name === "+") return [{ kind: "addCommunity", name }];
      if (verb.name === "set" || verb.name === "=") return [{ kind: "setCommunity", name }];
      if (verb.name === "delete" || verb.name === "-") return [{ kind: "deleteCommunity", name }];
      return [];
    }),
  );
}

function holds(condition: PolicyCondition, route: PolicyRoute, set: PolicySet): boolean {
  switch (condition.kind) {
    case "protocol":
      return condition.protocols.includes(route.protocol);
    case "family":
      return condition.family === route.family;
    case "evpnType":
      return condition.types.includes(route.evpnType);
    case "prefix":
      return route.family === "inet" && condition.filters.some((filter) => covers(filter, route.prefix));
    case "community":
      return condition.names.some((name) =>
        (set.communities.get(name) ?? []).some((member) => route.communities.includes(member)),
      );
    case "unknown":
      return false;
  }
}

function changeCommunities(
  action: { readonly kind: "addCommunity" | "setCommunity" | "deleteCommunity"; readonly name: string },
  route: PolicyRoute,
  set: PolicySet,
): readonly string[] {
  const members = set.communities.get(action.name) ?? [];
  const others = route.communities.filter((community) => !members.includes(community));
  switch (action.kind) {
    case "addCommunity":
      return [...others, ...members];
    case "setCommunity":
      return members;
    case "deleteCommunity":
      return others;
  }
}

function covers(filter: PrefixFilter, prefix: string): boolean {
  const { address, length } = parsePrefix(prefix);
  if (length < filter.shortest || length > filter.longest) return false;
  const shift = 32 - filter.length;
  return shift === 32 || address >>> shift === filter.address >>> shift;
}

function parsePrefix(text: string): { readonly address: number; readonly length: number } {
  const [address = "", length = "32"] = text.split("/");
  const number = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  return { address: number >>> 0, length: Number(length) };
}
