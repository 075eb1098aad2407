/** EVPN instances, their neighbours and Ethernet segments (`show evpn instance extensive`). */
import { descendants, element, find, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { expectElement, numberOf, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** A logical interface in an instance. */
export interface EvpnInterface {
  readonly name: string;
  /** Undefined for a single-homed one, which Junos writes as an ESI of zeros. */
  readonly esi: string | undefined;
  readonly mode: string | undefined;
  readonly up: boolean;
}

/** Another PE of an instance, with the routes received from it. */
export interface EvpnNeighbour {
  readonly address: string;
  readonly macRoutes: number;
  readonly macIpRoutes: number;
  readonly ethernetAutodiscoveryRoutes: number;
  readonly inclusiveMulticastRoutes: number;
  readonly ethernetSegmentRoutes: number;
}

/** An Ethernet segment, local or remote. */
export interface EvpnSegment {
  readonly esi: string;
  /** Where the segment is attached to this device: `ae2.0`. */
  readonly localInterface: string | undefined;
  /** `Up/Forwarding`, `Up/Blocking`, `Down`. */
  readonly interfaceStatus: string | undefined;
  /** The local attachment is up and forwards. */
  readonly forwarding: boolean;
  /** Addresses of the other PEs that announce the segment. */
  readonly remotePes: readonly string[];
  /** Undefined while none is elected. */
  readonly designatedForwarder: string | undefined;
  readonly backupForwarder: string | undefined;
  readonly electionAlgorithm: string | undefined;
  /** Made by the device itself for an IRB interface (an ESI of type 5): it has neither status nor forwarder. */
  readonly irb: boolean;
}

export interface EvpnInstance {
  readonly name: string;
  readonly localMacs: number;
  readonly remoteMacs: number;
  readonly interfacesTotal: number;
  readonly interfacesUp: number;
  readonly interfaces: readonly EvpnInterface[];
  /** As announced; the list may be shorter. */
  readonly neighbourCount: number;
  readonly neighbours: readonly EvpnNeighbour[];
  /** As announced; the list may be shorter. */
  readonly esiCount: number;
  readonly esis: readonly EvpnSegment[];
}

const NO_ESI = /^(?:00[:.]?)+$/;

/** Without `extensive` the reply holds no segment at all. */
export function evpnInstancesRequest(name?: string): XmlNode {
  const instance = name === undefined ? [] : [element("instance-name", name)];
  return element("get-evpn-instance-information", [element("extensive"), ...instance]);
}

/** Reads all EVPN instances; none where EVPN is not configured. */
export async function readEvpnInstances(
  caller: RpcCaller,
  options: CallOptions & { name?: string } = {},
): Promise<readonly EvpnInstance[]> {
  const { name, ...callOptions } = options;
  return parseEvpnInstances(
    expectElement(await ask(caller, evpnInstancesRequest(name), callOptions), "evpn-instance-information"),
  );
}

/** Reads the reply of `evpnInstancesRequest`. */
export function parseEvpnInstances(reply: XmlNode): readonly EvpnInstance[] {
  return [...descendants(reply, "evpn-instance")].map((node) => {
    const interfaces = [...descendants(node, "evpn-interface")].map(toInterface);
    const neighbours = [...descendants(node, "evpn-neighbor-route-information")].map(toNeighbour);
    const esis = findAll(node, "evpn-esi").map(toSegment);
    return {
      name: textOf(node, "evpn-instance-name") ?? "",
      localMacs: numberOf(node, "mac-database-status-table", "local-macs") ?? 0,
      remoteMacs: numberOf(node, "mac-database-status-table", "remote-macs") ?? 0,
      interfacesTotal: numberOf(node, "local-interfaces") ?? interfaces.length,
      interfacesUp: numberOf(node, "local-interfaces-up") ?? interfaces.filter(({ up }) => up).length,
      interfaces,
      neighbourCount: numberOf(node, "evpn-num-neighbors") ?? neighbours.length,
      neighbours,
      esiCount: numberOf(node, "evpn-num-esi") ?? esis.length,
      esis,
    };
  });
}

/** The segments of all instances that are attached to this device, without those made for IRBs. */
export function localSegments(instances: readonly EvpnInstance[]): readonly EvpnSegment[] {
  return instances.flatMap(({ esis }) => esis.filter((esi) => esi.localInterface !== undefined && !esi.irb));
}

function toInterface(node: XmlNode): EvpnInterface {
  const esi = textOf(node, "evpn-interface-esi");
  return {
    name: textOf(node, "evpn-interface-name") ?? "",
    esi: esi === undefined || NO_ESI.test(esi) ? undefined : esi,
    mode: textOf(node, "evpn-interface-mode"),
    up: textOf(node, "evpn-interface-status") === "Up",
  };
}

function toNeighbour(node: XmlNode): EvpnNeighbour {
  return {
    address: textOf(node, "evpn-neighbor-address") ?? "",
    macRoutes: numberOf(node, "evpn-num-mac-routes") ?? 0,
    macIpRoutes: numberOf(node, "evpn-num-mac-ip-routes") ?? 0,
    ethernetAutodiscoveryRoutes: numberOf(node, "evpn-num-ethernet-autodiscovery-routes") ?? 0,
    inclusiveMulticastRoutes: numberOf(node, "evpn-num-inclusive-multicast-routes") ?? 0,
    ethernetSegmentRoutes: numberOf(node, "evpn-num-ethernet-segment-routes") ?? 0,
  };
}

function toSegment(node: XmlNode): EvpnSegment {
  const esi = textOf(node, "evpn-esi-value") ?? "";
  const local = find(node, "evpn-esi-local-intf-information");
  const election = find(node, "evpn-esi-df-information");
  const interfaceStatus = textOf(local, "evpn-esi-local-intf-status");
  return {
    esi,
    localInterface: textOf(local, "evpn-esi-local-intf-name"),
    interfaceStatus,
    forwarding: interfaceStatus === "Up/Forwarding",
    remotePes: [...descendants(node, "evpn-esi-remote-pe-ipaddr")].map((address) => address.text),
    designatedForwarder: electedOf(textOf(election, "esi-designated-forwarder")),
    backupForwarder: electedOf(textOf(election, "esi-backup-forwarder")),
    electionAlgorithm: textOf(election, "esi-df-election-algorithm"),
    irb: esi.startsWith("05:"),
  };
}

/** Either an address or words such as "DF not elected yet". */
function electedOf(text: string | undefined): string | undefined {
  return text !== undefined && /^[\da-f.:]+$/i.test(text) ? text : undefined;
}
