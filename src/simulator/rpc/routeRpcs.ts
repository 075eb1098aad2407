/** Routing tables: how many routes, and by which next hop the device reaches each of the others. */
import { element, find, textAt } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { usableNextHops } from "../network/underlay.ts";
import type { UnderlayPath } from "../network/routingState.ts";
import { refuse } from "../rpcFailure.ts";
import { deviceState } from "../world.ts";
import type { DeviceState, World } from "../world.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { banner, duration, number, payloadNamespace } from "./shape.ts";

export const ROUTE_RPCS: RpcTable = {
  "get-route-summary-information": reads((context) => [routeSummary(context), banner()]),
  "get-route-information": reads((context) => [routeInformation(context), banner()]),
};

interface Destination {
  readonly device: DeviceState;
  readonly nextHops: readonly UnderlayPath[];
  readonly others: readonly UnderlayPath[];
}

function destinations(world: World, device: DeviceState): readonly Destination[] {
  const table = world.underlay.installed.get(device.name)?.toDevice;
  return [...(table ?? [])].flatMap(([name, entry]) => {
    const nextHops = usableNextHops(world, device.name, name);
    return nextHops.length === 0
      ? []
      : [{ device: deviceState(world, name), nextHops, others: entry.others }];
  });
}

function routeSummary({ world, device, operation }: RpcContext): XmlNode {
  requireRouting(device, operation.name);
  const wanted = textAt(operation, "table");
  const remote = destinations(world, device).length;
  const linkRoutes = [...device.spec.ports].filter(
    ([port, use]) => use.kind === "fabric" && device.ports.get(port)?.up === true,
  ).length;
  const evpnRoutes = world.evpn.installed.get(device.name)?.keys.size ?? 0;
  const tables: readonly (readonly [string, number])[] = [
    ["inet.0", remote + 2 * linkRoutes + 1],
    ["bgp.evpn.0", evpnRoutes],
    ...(device.spec.isTunnelEndpoint
      ? ([
          [":vxlan.inet.0", remote + 2 * linkRoutes + 1],
          ["default-switch.evpn.0", evpnRoutes],
        ] as const)
      : []),
  ];
  return element(
    "route-summary-information",
    [
      number("as-number", world.topology.overlayAutonomousSystem),
      element("router-id", device.spec.loopback),
      ...tables
        .filter(([name]) => wanted === undefined || wanted === name)
        .map(([name, count]) =>
          element("route-table", [
            element("table-name", name),
            number("destination-count", count),
            number("total-route-count", count),
            number("active-route-count", count),
            number("holddown-route-count", 0),
            number("hidden-route-count", 0),
          ]),
        ),
    ],
    payloadNamespace(device.master, "junos-routing"),
  );
}

function routeInformation({ world, device, operation }: RpcContext): XmlNode {
  requireRouting(device, operation.name);
  const table = textAt(operation, "table") ?? "inet.0";
  const wanted = textAt(operation, "destination")?.split("/")[0];
  const activeOnly = find(operation, "active-path") !== undefined;
  const shown =
    table === "inet.0"
      ? destinations(world, device).filter(
          (each) => wanted === undefined || each.device.spec.loopback === wanted,
        )
      : [];
  const entries = shown.map((each) => routeEntry(world, each, activeOnly));
  return element(
    "route-information",
    entries.length === 0
      ? []
      : [
          element("route-table", [
            element("table-name", table),
            number("destination-count", entries.length),
            number(
              "total-route-count",
              shown.reduce((sum, each) => sum + each.nextHops.length + each.others.length, 0),
            ),
            number("active-route-count", entries.length),
            number("holddown-route-count", 0),
            number("hidden-route-count", 0),
            ...entries,
          ]),
        ],
    payloadNamespace(device.master, "junos-routing"),
  );
}

/** The active entry with all its equal next hops; the other received routes as entries of their own. */
function routeEntry(world: World, destination: Destination, activeOnly: boolean): XmlNode {
  const [best, ...equal] = destination.nextHops;
  const passive = activeOnly ? [] : [...equal, ...destination.others];
  const count = 1 + passive.length;
  return element(
    "rt",
    [
      element("rt-destination", destination.device.spec.loopback),
      number("rt-prefix-length", 32),
      element("rt-entry-count", String(count), {
        "junos:format": `${count} ${count === 1 ? "entry" : "entries"}`,
      }),
      ...(best === undefined ? [] : [pathEntry(world, best, destination.nextHops)]),
      ...passive.map((path) => pathEntry(world, path, undefined)),
    ],
    { "junos:style": "brief" },
  );
}

function pathEntry(world: World, path: UnderlayPath, active: readonly UnderlayPath[] | undefined): XmlNode {
  const since = world.sessions[path.session]?.sides[path.side].since ?? world.now;
  return element("rt-entry", [
    ...(active === undefined
      ? []
      : [element("active-tag", "*"), element("current-active"), element("last-active")]),
    ...attributesOf(path, duration("age", world.now - since)),
    ...(active ?? [path]).map((hop, index) =>
      element("nh", [
        ...(active !== undefined && index === 0 ? [element("selected-next-hop")] : []),
        element("to", hop.neighbourAddress),
        element("via", `${hop.port}.0`),
      ]),
    ),
  ]);
}

function attributesOf({ learned, neighbourAddress }: UnderlayPath, age: XmlNode): readonly XmlNode[] {
  switch (learned.by) {
    case "bgp":
      return [
        element("protocol-name", "BGP"),
        number("preference", 170),
        age,
        number("local-preference", learned.route.localPreference),
        element("learned-from", neighbourAddress),
        element("as-path", `${learned.route.asPath.join(" ")} I`),
      ];
    case "isis":
      return [
        element("protocol-name", "IS-IS"),
        number("preference", 18),
        age,
        number("metric", learned.metric),
      ];
    case "ospf":
      return [
        element("protocol-name", "OSPF"),
        number("preference", 10),
        age,
        number("metric", learned.metric),
      ];
  }
}

function requireRouting(device: DeviceState, operation: string): void {
  if (!device.forwarding) throw refuse("the routing subsystem is not running", operation);
}
