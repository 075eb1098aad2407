/** BGP sessions: how they stand (`show bgp summary`) and how they are configured (`show bgp neighbor`). */
import { element, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, expectElement, numberOf, outputOf, secondsOf, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** The routes of one table that came over a session. */
export interface BgpRib {
  /** `inet.0`, `bgp.evpn.0`, `default-switch.evpn.0`. */
  readonly name: string;
  readonly active: number;
  readonly received: number;
  readonly accepted: number;
  /** Routes sent to the peer; only neighbour details state it. */
  readonly advertised?: number | undefined;
}

/** A session as the summary shows it. */
export interface BgpPeer {
  readonly address: string;
  /** The peer's autonomous system as written. */
  readonly autonomousSystem: string;
  /** `Established` when it works; else `Active`, `Connect`, `Idle`, `OpenSent`, `OpenConfirm`. */
  readonly state: string;
  readonly flapCount: number;
  /** Time in this state. */
  readonly elapsedSeconds: number | undefined;
  readonly description: string | undefined;
  readonly ribs: readonly BgpRib[];
}

export interface BgpSummary {
  /** False when the device runs no BGP at all, which is no error. */
  readonly running: boolean;
  readonly groupCount: number;
  readonly peerCount: number;
  readonly downPeerCount: number;
  readonly peers: readonly BgpPeer[];
  /** Totals per table. */
  readonly ribs: readonly BgpRib[];
}

/** A session with its configuration. */
export interface BgpNeighbour {
  readonly address: string;
  readonly autonomousSystem: string;
  readonly localAddress: string | undefined;
  readonly localAutonomousSystem: string | undefined;
  readonly group: string | undefined;
  readonly type: "Internal" | "External" | undefined;
  readonly routingInstance: string | undefined;
  readonly state: string;
  readonly flapCount: number;
  /** `None` when there was none. */
  readonly lastError: string | undefined;
  /** The export chain that is in effect, in order. */
  readonly exportPolicies: readonly string[];
  readonly importPolicies: readonly string[];
  /** The families of the session, before it is up those configured: `inet-unicast`, `evpn`. */
  readonly families: readonly string[];
  readonly ribs: readonly BgpRib[];
}

/** `show bgp summary`. */
export function bgpSummaryRequest(): XmlNode {
  return element("get-bgp-summary-information");
}

/** `show bgp neighbor`, of one neighbour if its address is given. */
export function bgpNeighboursRequest(address?: string): XmlNode {
  return element(
    "get-bgp-neighbor-information",
    address === undefined ? [] : [element("neighbor-address", address)],
  );
}

/**
 * Reads the sessions. Throws `JunosError` `NotRunning` while the routing daemon is not there (booting, backup
 * routing engine); a device that has no BGP configured answers `running: false`.
 */
export async function readBgpSummary(caller: RpcCaller, options?: CallOptions): Promise<BgpSummary> {
  return parseBgpSummary(expectElement(await ask(caller, bgpSummaryRequest(), options), "bgp-information"));
}

/** Reads the sessions with groups, families and policies. */
export async function readBgpNeighbours(
  caller: RpcCaller,
  options: CallOptions & { address?: string } = {},
): Promise<readonly BgpNeighbour[]> {
  const { address, ...callOptions } = options;
  return parseBgpNeighbours(await ask(caller, bgpNeighboursRequest(address), callOptions));
}

/** Reads the reply of `bgpSummaryRequest`. */
export function parseBgpSummary(reply: XmlNode): BgpSummary {
  const parts = enginePartsOf(reply, "bgp-information").map(({ node }) => node);
  const peers = parts.flatMap((part) => findAll(part, "bgp-peer").map(toPeer));
  const down = peers.filter((peer) => peer.state !== "Established").length;
  return {
    running: parts.length > 0 && !/BGP is not running/i.test(outputOf(reply)),
    groupCount: sum(parts, "group-count") ?? 0,
    peerCount: sum(parts, "peer-count") ?? peers.length,
    downPeerCount: sum(parts, "down-peer-count") ?? down,
    peers,
    ribs: parts.flatMap((part) => findAll(part, "bgp-rib").map(toRib)),
  };
}

/** Reads the reply of `bgpNeighboursRequest`. */
export function parseBgpNeighbours(reply: XmlNode): readonly BgpNeighbour[] {
  return enginePartsOf(reply, "bgp-peer").map(({ node }) => toNeighbour(node));
}

function toPeer(node: XmlNode): BgpPeer {
  return {
    address: withoutPort(textOf(node, "peer-address")),
    autonomousSystem: textOf(node, "peer-as") ?? "",
    state: textOf(node, "peer-state") ?? "Unknown",
    flapCount: numberOf(node, "flap-count") ?? 0,
    elapsedSeconds: secondsOf(node, "elapsed-time"),
    description: textOf(node, "description"),
    ribs: findAll(node, "bgp-rib").map(toRib),
  };
}

function toNeighbour(node: XmlNode): BgpNeighbour {
  const type = textOf(node, "peer-type");
  const localAddress =
    textOf(node, "local-address") ?? textOf(node, "bgp-option-information", "local-address");
  return {
    address: withoutPort(textOf(node, "peer-address")),
    autonomousSystem: textOf(node, "peer-as") ?? "",
    localAddress: localAddress === undefined ? undefined : withoutPort(localAddress),
    localAutonomousSystem: textOf(node, "local-as"),
    group: textOf(node, "peer-group"),
    type: type === "Internal" || type === "External" ? type : undefined,
    routingInstance: textOf(node, "peer-cfg-rti"),
    state: textOf(node, "peer-state") ?? "Unknown",
    flapCount: numberOf(node, "flap-count") ?? 0,
    lastError: textOf(node, "last-error"),
    exportPolicies: wordsOf(textOf(node, "bgp-option-information", "export-policy")),
    importPolicies: wordsOf(textOf(node, "bgp-option-information", "import-policy")),
    families: wordsOf(
      textOf(node, "nlri-type-session") ?? textOf(node, "bgp-option-information", "address-families"),
    ),
    ribs: findAll(node, "bgp-rib").map(toRib),
  };
}

function toRib(node: XmlNode): BgpRib {
  return {
    name: textOf(node, "name") ?? "",
    active: numberOf(node, "active-prefix-count") ?? 0,
    received: numberOf(node, "received-prefix-count") ?? 0,
    accepted: numberOf(node, "accepted-prefix-count") ?? 0,
    advertised: numberOf(node, "advertised-prefix-count"),
  };
}

/** Neighbour details write `192.0.2.11+179`. */
function withoutPort(address: string | undefined): string {
  return address?.replace(/\+\d+$/, "") ?? "";
}

function wordsOf(text: string | undefined): readonly string[] {
  return text?.split(/[\s[\]]+/).filter((word) => word !== "") ?? [];
}

function sum(parts: readonly XmlNode[], name: string): number | undefined {
  const numbers = parts.map((part) => numberOf(part, name)).filter((value) => value !== undefined);
  return numbers.length === 0 ? undefined : numbers.reduce((total, value) => total + value, 0);
}
