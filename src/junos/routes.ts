/** Routing tables: how full they are (`show route summary`) and where a route leads (`show route`). */
import { descendants, element, find, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { expectElement, numberOf, secondsOf, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** Totals of one table. */
export interface RouteTableSummary {
  /** `inet.0`, `default-switch.evpn.0`. */
  readonly name: string;
  readonly destinations: number;
  readonly routes: number;
  readonly active: number;
  readonly holddown: number;
  readonly hidden: number;
}

/** Where a route sends packets. */
export interface NextHop {
  readonly to?: string | undefined;
  /** The logical interface: `et-0/0/50.0`. */
  readonly via?: string | undefined;
}

/** One of the routes to a destination. */
export interface RouteEntry {
  readonly active: boolean;
  readonly protocol: string;
  readonly preference: number | undefined;
  readonly ageSeconds: number | undefined;
  readonly asPath: string | undefined;
  readonly learnedFrom: string | undefined;
  /** Several for equal-cost paths. */
  readonly nextHops: readonly NextHop[];
}

export interface Route {
  readonly table: string;
  /** With its prefix length where stated: `192.0.2.63/32`. */
  readonly destination: string;
  readonly entries: readonly RouteEntry[];
}

/** `show route summary`, of one table if it is named. */
export function routeSummaryRequest(table?: string): XmlNode {
  return element("get-route-summary-information", table === undefined ? [] : [element("table", table)]);
}

/** `show route`; without a destination the whole table, so mind its size. */
export function routesRequest(options: {
  table: string;
  destination?: string;
  activeOnly?: boolean;
}): XmlNode {
  return element("get-route-information", [
    ...(options.destination === undefined ? [] : [element("destination", options.destination)]),
    element("table", options.table),
    ...(options.activeOnly === true ? [element("active-path")] : []),
  ]);
}

/** Reads how many routes each table has, or one of them. Throws `JunosError` `ReplyUnexpected`. */
export async function readRouteSummary(
  caller: RpcCaller,
  options: CallOptions & { table?: string } = {},
): Promise<readonly RouteTableSummary[]> {
  const { table, ...callOptions } = options;
  return parseRouteSummary(
    expectElement(await ask(caller, routeSummaryRequest(table), callOptions), "route-summary-information"),
  );
}

/** Reads the routes of a table, or those to one destination. */
export async function readRoutes(
  caller: RpcCaller,
  options: CallOptions & { table: string; destination?: string; activeOnly?: boolean },
): Promise<readonly Route[]> {
  const { table, destination, activeOnly, ...callOptions } = options;
  const rpc = routesRequest({
    table,
    ...(destination === undefined ? {} : { destination }),
    ...(activeOnly === undefined ? {} : { activeOnly }),
  });
  return parseRoutes(await ask(caller, rpc, callOptions));
}

/** Reads the reply of `routeSummaryRequest`. */
export function parseRouteSummary(reply: XmlNode): readonly RouteTableSummary[] {
  return [...descendants(reply, "route-table")].map((node) => ({
    name: textOf(node, "table-name") ?? "",
    destinations: numberOf(node, "destination-count") ?? 0,
    routes: numberOf(node, "total-route-count") ?? 0,
    active: numberOf(node, "active-route-count") ?? 0,
    holddown: numberOf(node, "holddown-route-count") ?? 0,
    hidden: numberOf(node, "hidden-route-count") ?? 0,
  }));
}

/** Reads the reply of `routesRequest`. */
export function parseRoutes(reply: XmlNode): readonly Route[] {
  return [...descendants(reply, "route-table")].flatMap((table) =>
    findAll(table, "rt").map((route) => ({
      table: textOf(table, "table-name") ?? "",
      destination: destinationOf(route),
      entries: findAll(route, "rt-entry").map(toEntry),
    })),
  );
}

/** The active entry's next hops; none for a destination that has no active route. */
export function activeNextHops(route: Route): readonly NextHop[] {
  return route.entries.find((entry) => entry.active)?.nextHops ?? [];
}

function toEntry(node: XmlNode): RouteEntry {
  return {
    active: find(node, "current-active") !== undefined || textOf(node, "active-tag") === "*",
    protocol: textOf(node, "protocol-name") ?? "",
    preference: numberOf(node, "preference"),
    ageSeconds: secondsOf(node, "age"),
    asPath: textOf(node, "as-path"),
    learnedFrom: textOf(node, "learned-from"),
    nextHops: [...descendants(node, "nh")].map((hop) => ({ to: textOf(hop, "to"), via: textOf(hop, "via") })),
  };
}

/** The prefix length stands in the destination or, since some release, in an element of its own. */
function destinationOf(route: XmlNode): string {
  const destination = textOf(route, "rt-destination") ?? "";
  const length = numberOf(route, "rt-prefix-length");
  return length === undefined || destination.includes("/") ? destination : `${destination}/${length}`;
}
