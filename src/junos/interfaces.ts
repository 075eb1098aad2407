/** Interfaces: state, membership in aggregates, addresses, errors and rates (`show interfaces`). */
import { descendants, element, find, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { expectElement, firstOf, numberOf, secondsOf, textOf, textsOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** How much to ask for. `extensive` is the only level with error counters; on a full switch it is 1 MB. */
export type InterfaceLevel = "terse" | "statistics" | "extensive";

/** An address family on a logical interface. */
export interface InterfaceFamily {
  /** `inet`, `inet6`, `ethernet-switching`, `aenet`. */
  readonly name: string;
  /** Addresses as written, with a prefix length where there is one. */
  readonly addresses: readonly string[];
}

/** A unit: `ae3.0`. */
export interface LogicalInterface {
  readonly name: string;
  /** Where the device states it; `terse` and `extensive` do. */
  readonly adminUp: boolean | undefined;
  readonly operUp: boolean | undefined;
  readonly families: readonly InterfaceFamily[];
}

/** A port or an aggregate. Counters and rates are there at the levels that carry them. */
export interface PhysicalInterface {
  /** Empty for the nameless entries that old switches list. */
  readonly name: string;
  readonly adminUp: boolean;
  readonly operUp: boolean;
  readonly description?: string | undefined;
  /** As written: `100Gbps`, `1000mbps`, `Auto`. */
  readonly speed?: string | undefined;
  /** The aggregate this port is a member of: `ae3`. */
  readonly aggregate?: string | undefined;
  readonly esi?: string | undefined;
  /** Seconds since the link last changed; undefined when it never did. */
  readonly flappedSecondsAgo?: number | undefined;
  readonly inputErrors?: number | undefined;
  readonly inputDrops?: number | undefined;
  readonly outputErrors?: number | undefined;
  readonly outputDrops?: number | undefined;
  readonly carrierTransitions?: number | undefined;
  readonly inputBitsPerSecond?: number | undefined;
  readonly outputBitsPerSecond?: number | undefined;
  readonly inputPacketsPerSecond?: number | undefined;
  readonly outputPacketsPerSecond?: number | undefined;
  readonly inputPackets?: number | undefined;
  readonly outputPackets?: number | undefined;
  readonly logical: readonly LogicalInterface[];
}

/** `get-interface-information` at a level, of all interfaces or of one. */
export function interfacesRequest(options: { level: InterfaceLevel; name?: string }): XmlNode {
  const name = options.name === undefined ? [] : [element("interface-name", options.name)];
  return element("get-interface-information", [element(options.level), ...name]);
}

/** Reads interfaces with their units. Ask for `name` when only one matters: replies are large. */
export async function readInterfaces(
  caller: RpcCaller,
  options: CallOptions & { level: InterfaceLevel; name?: string },
): Promise<readonly PhysicalInterface[]> {
  const { level, name, ...callOptions } = options;
  const rpc = interfacesRequest(name === undefined ? { level } : { level, name });
  return parseInterfaces(expectElement(await ask(caller, rpc, callOptions), "interface-information"));
}

/** Reads the reply of `interfacesRequest` at any level. */
export function parseInterfaces(reply: XmlNode): readonly PhysicalInterface[] {
  return [...descendants(reply, "physical-interface")].map(toPhysical);
}

function toPhysical(node: XmlNode): PhysicalInterface {
  const logical = findAll(node, "logical-interface");
  const traffic = find(node, "traffic-statistics");
  return {
    name: textOf(node, "name") ?? "",
    adminUp: textOf(node, "admin-status") === "up",
    operUp: textOf(node, "oper-status") === "up",
    description: textOf(node, "description"),
    speed: textOf(node, "speed"),
    aggregate: logical.map(aggregateOf).find((name) => name !== undefined),
    esi: textOf(node, "esi-value"),
    flappedSecondsAgo:
      textOf(node, "interface-flapped") === "Never" ? undefined : secondsOf(node, "interface-flapped"),
    inputErrors: numberOf(node, "input-error-list", "input-errors"),
    inputDrops: numberOf(node, "input-error-list", "input-drops"),
    outputErrors: numberOf(node, "output-error-list", "output-errors"),
    outputDrops: numberOf(node, "output-error-list", "output-drops"),
    carrierTransitions: numberOf(node, "output-error-list", "carrier-transitions"),
    inputBitsPerSecond: numberOf(traffic, "input-bps"),
    outputBitsPerSecond: numberOf(traffic, "output-bps"),
    inputPacketsPerSecond: numberOf(traffic, "input-pps"),
    outputPacketsPerSecond: numberOf(traffic, "output-pps"),
    inputPackets: numberOf(traffic, "input-packets"),
    outputPackets: numberOf(traffic, "output-packets"),
    logical: logical.map(toLogical),
  };
}

function toLogical(node: XmlNode): LogicalInterface {
  return {
    name: textOf(node, "name") ?? "",
    adminUp: stateOf(textOf(node, "admin-status")),
    operUp: stateOf(textOf(node, "oper-status")) ?? stateOfFlags(find(node, "if-config-flags")),
    families: findAll(node, "address-family").map((family) => ({
      name: textOf(family, "address-family-name") ?? "",
      addresses: findAll(family, "interface-address").flatMap((address) => textsOf(address, "ifa-local")),
    })),
  };
}

/** A member port carries the family `aenet`, which names the unit of its aggregate: `ae49.0`. */
function aggregateOf(logical: XmlNode): string | undefined {
  const bundle = firstOf(logical, "ae-bundle-name")?.text;
  return /^(?<name>[a-z]+\d+)/.exec(bundle ?? "")?.groups?.["name"];
}

function stateOf(status: string | undefined): boolean | undefined {
  return status === undefined ? undefined : status === "up";
}

function stateOfFlags(flags: XmlNode | undefined): boolean | undefined {
  if (find(flags, "iff-up") !== undefined) return true;
  return find(flags, "iff-down") === undefined ? undefined : false;
}
