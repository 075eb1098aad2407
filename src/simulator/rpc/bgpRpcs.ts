/** BGP as the device sees it: every configured neighbour, up or not. */
import { element, textAt } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { NeighbourIntent } from "../config/configIntent.ts";
import { parseRouteKey } from "../network/evpn.ts";
import { neighbourOf } from "../network/sessions.ts";
import { otherSide, SESSION_SIDES } from "../network/routingState.ts";
import type { BgpSession, SessionSideName } from "../network/routingState.ts";
import { refuse } from "../rpcFailure.ts";
import type { DeviceState, World } from "../world.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { banner, duration, number, payloadNamespace } from "./shape.ts";

export const BGP_RPCS: RpcTable = {
  "get-bgp-summary-information": reads((context) => {
    const peers = peersOf(context);
    if (peers.length === 0) return [element("output", "BGP is not running"), banner()];
    return [summary(context, peers), banner()];
  }),
  "get-bgp-neighbor-information": reads((context) => {
    const wanted = textAt(context.operation, "neighbor-address");
    const peers = peersOf(context).filter(
      (peer) => wanted === undefined || peer.neighbour.address === wanted,
    );
    return [
      element(
        "bgp-information",
        peers.map((peer) => neighbourDetail(context, peer)),
        payloadNamespace(context.device.master, "junos-routing"),
      ),
      banner(),
    ];
  }),
};

interface Peer {
  readonly session: BgpSession;
  readonly side: SessionSideName;
  readonly neighbour: NeighbourIntent;
}

/** One routing table of a peer: how many routes came, how many are used. */
interface RibCount {
  readonly name: string;
  readonly received: number;
  readonly active: number;
}

function peersOf({ world, device, operation }: RpcContext): readonly Peer[] {
  if (!device.forwarding) throw refuse("the routing subsystem is not running", operation.name);
  return world.sessions
    .flatMap((session) => SESSION_SIDES.map((side) => ({ session, side })))
    .filter(({ session, side }) => session[side].device === device.name)
    .flatMap(({ session, side }) => {
      const neighbour = neighbourOf(world, session, side);
      return neighbour === undefined ? [] : [{ session, side, neighbour }];
    });
}

function summary({ world, device }: RpcContext, peers: readonly Peer[]): XmlNode {
  const down = peers.filter((peer) => peer.session.sides[peer.side].state !== "Established");
  const tables = new Map<string, { received: number; active: number }>();
  for (const peer of peers) {
    for (const rib of ribsOf(world, device, peer)) {
      const table = tables.get(rib.name) ?? { received: 0, active: 0 };
      tables.set(rib.name, { received: table.received + rib.received, active: table.active + rib.active });
    }
  }
  return element(
    "bgp-information",
    [
      element("bgp-thread-mode", "BGP I/O"),
      number("group-count", new Set(peers.map((peer) => peer.neighbour.group)).size),
      number("peer-count", peers.length),
      number("down-peer-count", down.length),
      ...[...tables].map(([name, counts]) => tableSummary(name, counts)),
      ...peers.map((peer) => peerSummary(world, device, peer)),
    ],
    payloadNamespace(device.master, "junos-routing"),
  );
}

function tableSummary(name: string, counts: { readonly received: number; readonly active: number }): XmlNode {
  const external = name === "inet.0";
  const { received, active } = counts;
  return element(
    "bgp-rib",
    [
      element("name", name),
      number("total-prefix-count", received),
      number("received-prefix-count", received),
      number("accepted-prefix-count", received),
      number("active-prefix-count", active),
      number("suppressed-prefix-count", 0),
      number("history-prefix-count", 0),
      number("damped-prefix-count", 0),
      number("total-external-prefix-count", external ? received : 0),
      number("active-external-prefix-count", external ? active : 0),
      number("accepted-external-prefix-count", external ? received : 0),
      number("suppressed-external-prefix-count", 0),
      number("total-internal-prefix-count", external ? 0 : received),
      number("active-internal-prefix-count", external ? 0 : active),
      number("accepted-internal-prefix-count", external ? 0 : received),
      number("suppressed-internal-prefix-count", 0),
      number("pending-prefix-count", 0),
      element("bgp-rib-state", "BGP restart is complete"),
    ],
    { "junos:style": "brief" },
  );
}

function peerSummary(world: World, device: DeviceState, peer: Peer): XmlNode {
  const state = peer.session.sides[peer.side];
  const established = state.state === "Established";
  const seconds = Math.floor((world.now - state.since) / 1000);
  return element(
    "bgp-peer",
    [
      element("peer-address", peer.neighbour.address),
      number("peer-as", peerAs(world, peer)),
      number("input-messages", established ? Math.floor(seconds / 27) + 3 : 0),
      number("output-messages", established ? Math.floor(seconds / 26) + 3 : 0),
      number("route-queue-count", 0),
      number("flap-count", state.flaps),
      duration("elapsed-time", world.now - state.since),
      ...(peer.neighbour.description === undefined
        ? []
        : [element("description", peer.neighbour.description)]),
      established
        ? element("peer-state", "Established", { "junos:format": "Establ" })
        : element("peer-state", state.state),
      ...(established ? ribsOf(world, device, peer).map((rib) => ribSummary(rib, "terse")) : []),
    ],
    { "junos:style": "terse" },
  );
}

function neighbourDetail({ world, device }: RpcContext, peer: Peer): XmlNode {
  const { session, side, neighbour } = peer;
  const state = session.sides[side];
  const established = state.state === "Established";
  const local = session[side].address;
  const port = established ? "+179" : "";
  const families = session.kind === "overlay" ? "evpn" : "inet-unicast";
  return element(
    "bgp-peer",
    [
      element("peer-address", `${neighbour.address}${port}`),
      number("peer-as", peerAs(world, peer)),
      element("local-address", established ? `${local}+50${String(100 + session.index)}` : local),
      number("local-as", neighbour.localAs ?? world.topology.overlayAutonomousSystem),
      ...(neighbour.description === undefined ? [] : [element("description", neighbour.description)]),
      element("peer-group", neighbour.group),
      element("peer-cfg-rti", "master"),
      element("peer-fwd-rti", "master"),
      element("peer-type", neighbour.external ? "External" : "Internal"),
      element("peer-state", state.state),
      element("peer-flags", established ? "Sync" : ""),
      element("last-state", established ? "OpenConfirm" : "Idle"),
      element("last-event", established ? "RecvKeepAlive" : "Start"),
      element("last-error", state.lastError),
      element("bgp-option-information", [
        ...(neighbour.exportChain.length === 0
          ? []
          : [element("export-policy", neighbour.exportChain.join(" "))]),
        ...(neighbour.importChain.length === 0
          ? []
          : [element("import-policy", neighbour.importChain.join(" "))]),
        element("bgp-options", "AddressFamily PeerAS LocalAS Multipath Refresh"),
        element("bgp-options-extended", neighbour.heedsGracefulShutdown ? "GracefulShutdownRcv" : ""),
        element("address-families", families),
        number("holdtime", world.topology.timings.bgpHoldSeconds),
        number("preference", 170),
        ...(neighbour.sendsGracefulShutdown ? [element("gshut-sender-enabled")] : []),
        ...(neighbour.heedsGracefulShutdown ? [number("gshut-recv-local-preference", 0)] : []),
      ]),
      number("flap-count", state.flaps),
      ...(established
        ? [
            element("peer-id", world.devices.get(session[otherSide(side)].device)?.spec.loopback ?? ""),
            element("local-id", device.spec.loopback),
            number("active-holdtime", world.topology.timings.bgpHoldSeconds),
            number("keepalive-interval", world.topology.timings.bgpHoldSeconds / 3),
            element("nlri-type-peer", families),
            element("nlri-type-session", families),
            ...ribsOf(world, device, peer).map((rib) => ribSummary(rib, "detail")),
          ]
        : []),
    ],
    { "junos:style": "detail" },
  );
}

function ribSummary(rib: RibCount, style: "terse" | "detail"): XmlNode {
  return element(
    "bgp-rib",
    [
      element("name", rib.name),
      ...(style === "detail"
        ? [element("bgp-rib-state", "BGP restart is complete"), element("send-state", "in sync")]
        : []),
      number("active-prefix-count", rib.active),
      number("received-prefix-count", rib.received),
      number("accepted-prefix-count", rib.received),
      number("suppressed-prefix-count", 0),
    ],
    { "junos:style": style },
  );
}

function ribsOf(world: World, device: DeviceState, peer: Peer): readonly RibCount[] {
  const { session, side } = peer;
  const received = session.sides[side];
  if (session.kind === "underlay") {
    const table = world.underlay.installed.get(device.name)?.toDevice;
    const active = [...received.routes.keys()].filter((destination) =>
      table?.get(destination)?.nextHops.some((hop) => hop.session === session.index),
    );
    return [{ name: "inet.0", received: received.routes.size, active: active.length }];
  }
  const keys = [...received.evpnRoutes];
  const all = keys.length;
  const segmentRoutes = keys.filter((key) => parseRouteKey(key).type === 4).length;
  // Of several reflectors that send the same routes, one is used.
  const isFirst = !world.sessions.some(
    (other) =>
      other.index < session.index &&
      other.kind === "overlay" &&
      SESSION_SIDES.some(
        (each) => other[each].device === device.name && other.sides[each].state === "Established",
      ),
  );
  const tables: RibCount[] = [{ name: "bgp.evpn.0", received: all, active: isFirst ? all : 0 }];
  if (device.spec.isTunnelEndpoint) {
    tables.push(
      {
        name: "default-switch.evpn.0",
        received: all - segmentRoutes,
        active: isFirst ? all - segmentRoutes : 0,
      },
      { name: "__default_evpn__.evpn.0", received: segmentRoutes, active: isFirst ? segmentRoutes : 0 },
    );
  }
  return tables;
}

function peerAs(world: World, peer: Peer): number {
  return peer.neighbour.peerAs ?? world.topology.overlayAutonomousSystem;
}
