/** Interfaces: states, counters and rates. */
import { element, find, textAt } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { formatDateTime, number, payloadNamespace, banner } from "./shape.ts";
import { isPortEnabled } from "../network/ports.ts";
import { refuse } from "../rpcFailure.ts";
import type { DeviceState, World } from "../world.ts";
import { INTERNAL_HOSTS, INTERNAL_INSTANCE, INTERNAL_UNIT } from "./internalNetwork.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";

/** LLDP, LACP and BGP on a port that carries nothing else; a drained port is quiet, not silent. */
const CONTROL_BITS_PER_SECOND = 240;

export const INTERFACE_RPCS: RpcTable = {
  "get-interface-information": reads((context) => [interfaceInformation(context), banner()]),
};

type Level = "terse" | "brief" | "normal" | "extensive";

/** What is known of one interface, physical or aggregated. */
interface InterfaceFacts {
  readonly name: string;
  readonly adminUp: boolean;
  readonly operUp: boolean;
  readonly changedAt: number;
  readonly transitions: number;
  readonly aggregate: string | undefined;
  readonly members: readonly string[];
  readonly description: string | undefined;
  /** Its one logical interface. */
  readonly unit: number;
  readonly addresses: readonly string[];
  readonly switching: boolean;
  readonly traffic: PortRates;
}

interface PortRates {
  readonly inputPackets: number;
  readonly outputPackets: number;
  readonly inputPacketsPerSecond: number;
  readonly outputPacketsPerSecond: number;
}

function interfaceInformation({ world, device, operation }: RpcContext): XmlNode {
  if (!device.forwarding) throw refuse("could not connect to the packet forwarding engine", operation.name);
  const level = levelOf(operation);
  const wanted = textAt(operation, "interface-name");
  const [physical] = wanted?.split(".") ?? [];
  const isInternal = textAt(operation, "routing-instance") === INTERNAL_INSTANCE;
  const all = isInternal ? [internalLoopback(device)] : interfacesOf(world, device);
  const shown = physical === undefined ? all : all.filter(({ name }) => matches(name, physical));
  if (physical !== undefined && shown.length === 0 && !WILDCARD.test(physical))
    throw refuse(`device ${physical} not found`, "interface-name");
  return element(
    "interface-information",
    shown.map((facts) => (level === "terse" ? terse(facts) : full(world, device, { facts, level }))),
    {
      ...payloadNamespace(device.master, "junos-interface"),
      "junos:style": level === "extensive" ? "normal" : level,
    },
  );
}

const WILDCARD = /[*?[]/;

/** Whether a name is the one asked for, or fits a pattern like `[gx]e-0/0/*`. */
function matches(name: string, wanted: string): boolean {
  if (!WILDCARD.test(wanted)) return name === wanted;
  const pattern = wanted
    .replaceAll(/[.+^$(){}|\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern}$`).test(name);
}

function levelOf(operation: XmlNode): Level {
  if (find(operation, "terse") !== undefined) return "terse";
  if (find(operation, "brief") !== undefined) return "brief";
  const extensive = ["extensive", "detail", "statistics"].some((name) => find(operation, name) !== undefined);
  return extensive ? "extensive" : "normal";
}

function interfacesOf(world: World, device: DeviceState): readonly InterfaceFacts[] {
  const ports = [...device.ports].map(([name, state]): InterfaceFacts => {
    const aggregate = device.intent.aggregateOfPort.get(name);
    return {
      name,
      adminUp: isPortEnabled(device, name),
      operUp: state.up,
      changedAt: state.changedAt,
      transitions: state.transitions,
      aggregate,
      members: [],
      description: descriptionOf(world, device, name),
      unit: 0,
      addresses: addressesOf(world, device, name),
      switching: aggregate === undefined && device.spec.ports.get(name)?.kind === "server",
      traffic: ratesOf(world, device, [name]),
    };
  });
  const aggregates = [...device.intent.aggregates.values()].map((aggregate): InterfaceFacts => {
    const members = aggregate.members.filter((member) => device.ports.has(member));
    const up = members.filter((member) => isMemberUp(world, device, member));
    const states = members.map((member) => device.ports.get(member));
    return {
      name: aggregate.name,
      adminUp: !device.intent.disabled.has(aggregate.name),
      operUp: up.length > 0,
      changedAt: Math.max(device.master.bootedAt, ...states.map((state) => state?.changedAt ?? 0)),
      transitions: Math.max(0, ...states.map((state) => state?.transitions ?? 0)),
      aggregate: undefined,
      members,
      description: descriptionOf(world, device, members[0] ?? ""),
      unit: 0,
      addresses: [],
      switching: true,
      traffic: ratesOf(world, device, members),
    };
  });
  const loopback = alwaysUp(device, "lo0", [`${device.spec.loopback}/32`]);
  return [...ports, ...aggregates, alwaysUp(device, "em0", []), loopback];
}

function internalLoopback(device: DeviceState): InterfaceFacts {
  const addresses = INTERNAL_HOSTS.map(({ address }) => address);
  return { ...alwaysUp(device, "lo0", addresses), unit: INTERNAL_UNIT };
}

function alwaysUp(device: DeviceState, name: string, addresses: readonly string[]): InterfaceFacts {
  return {
    name,
    adminUp: true,
    operUp: true,
    changedAt: device.master.bootedAt,
    transitions: 0,
    aggregate: undefined,
    members: [],
    description: undefined,
    unit: 0,
    addresses,
    switching: false,
    traffic: { inputPackets: 0, outputPackets: 0, inputPacketsPerSecond: 0, outputPacketsPerSecond: 0 },
  };
}

function isMemberUp(world: World, device: DeviceState, port: string): boolean {
  const use = device.spec.ports.get(port);
  return use?.kind === "server" && (world.attachments[use.attachment]?.leafUp ?? false);
}

function ratesOf(world: World, device: DeviceState, ports: readonly string[]): PortRates {
  const all = ports.map((port) => world.traffic.ports.get(`${device.name}/${port}`));
  const sum = (field: keyof PortRates): number =>
    all.reduce((total, port) => total + (port?.[field] ?? 0), 0);
  return {
    inputPackets: sum("inputPackets"),
    outputPackets: sum("outputPackets"),
    inputPacketsPerSecond: sum("inputPacketsPerSecond"),
    outputPacketsPerSecond: sum("outputPacketsPerSecond"),
  };
}

function descriptionOf(world: World, device: DeviceState, port: string): string | undefined {
  const use = device.spec.ports.get(port);
  if (use?.kind === "server") return world.topology.servers[use.server]?.name;
  if (use === undefined) return undefined;
  const link = world.topology.links[use.link];
  const far = use.side === "a" ? link?.b : link?.a;
  return far === undefined ? undefined : `${far.device} ${far.port}`;
}

function addressesOf(world: World, device: DeviceState, port: string): readonly string[] {
  const use = device.spec.ports.get(port);
  const address = use?.kind === "fabric" ? world.topology.links[use.link]?.[use.side].address : undefined;
  return address === undefined ? [] : [`${address}/31`];
}

function terse(facts: InterfaceFacts): XmlNode {
  return element("physical-interface", [
    ownLineText("name", facts.name),
    ownLineText("admin-status", facts.adminUp ? "up" : "down"),
    ownLineText("oper-status", facts.operUp ? "up" : "down"),
    ...logicalInterfaces(facts, "terse"),
  ]);
}

function full(
  world: World,
  device: DeviceState,
  { facts, level }: { readonly facts: InterfaceFacts; readonly level: Level },
): XmlNode {
  const status = facts.adminUp
    ? element("admin-status", "up", { "junos:format": "Enabled" })
    : element("admin-status", "down", { "junos:format": "Administratively down" });
  return element("physical-interface", [
    element("name", facts.name),
    status,
    element("oper-status", facts.operUp ? "up" : "down"),
    ...(facts.description === undefined ? [] : [element("description", facts.description)]),
    element("link-level-type", "Ethernet"),
    number("mtu", 9216),
    element("speed", facts.name.startsWith("et") ? "100Gbps" : "10Gbps"),
    element("current-physical-address", device.spec.chassisMac),
    element("hardware-physical-address", device.spec.chassisMac),
    ...(level === "brief"
      ? []
      : [
          element("interface-flapped", formatDateTime(facts.changedAt), {
            "junos:seconds": String(Math.max(0, Math.floor((world.now - facts.changedAt) / 1000))),
          }),
          trafficStatistics(world, facts, level),
        ]),
    ...(level === "extensive" ? errorLists(facts) : []),
    ...logicalInterfaces(facts, level),
  ]);
}

function trafficStatistics(world: World, facts: InterfaceFacts, level: Level): XmlNode {
  const { traffic, operUp } = facts;
  const bytes = world.topology.traffic.packetSizeBytes;
  const bits = (packetsPerSecond: number): number =>
    packetsPerSecond * bytes * 8 + (operUp ? CONTROL_BITS_PER_SECOND : 0);
  const rates = [
    number("input-bps", bits(traffic.inputPacketsPerSecond)),
    number("input-pps", traffic.inputPacketsPerSecond),
    number("output-bps", bits(traffic.outputPacketsPerSecond)),
    number("output-pps", traffic.outputPacketsPerSecond),
  ];
  if (level !== "extensive") return element("traffic-statistics", rates, { "junos:style": "brief" });
  return element(
    "traffic-statistics",
    [
      number("input-bytes", traffic.inputPackets * bytes),
      number("input-bps", bits(traffic.inputPacketsPerSecond)),
      number("output-bytes", traffic.outputPackets * bytes),
      number("output-bps", bits(traffic.outputPacketsPerSecond)),
      number("input-packets", traffic.inputPackets),
      number("input-pps", traffic.inputPacketsPerSecond),
      number("output-packets", traffic.outputPackets),
      number("output-pps", traffic.outputPacketsPerSecond),
    ],
    { "junos:style": "verbose" },
  );
}

const INPUT_ERRORS = [
  "input-errors",
  "input-drops",
  "framing-errors",
  "input-runts",
  "input-discards",
  "input-l3-incompletes",
  "input-l2-channel-errors",
  "input-l2-mismatch-timeouts",
  "input-fifo-errors",
  "input-resource-errors",
];
const OUTPUT_ERRORS = [
  "output-errors",
  "output-collisions",
  "output-drops",
  "aged-packets",
  "mtu-errors",
  "hs-link-crc-errors",
  "output-fifo-errors",
  "output-resource-errors",
];

function errorLists(facts: InterfaceFacts): readonly XmlNode[] {
  return [
    element(
      "input-error-list",
      INPUT_ERRORS.map((name) => number(name, 0)),
    ),
    element("output-error-list", [
      number("carrier-transitions", facts.transitions),
      ...OUTPUT_ERRORS.map((name) => number(name, 0)),
    ]),
  ];
}

function logicalInterfaces(facts: InterfaceFacts, level: Level): readonly XmlNode[] {
  if (facts.name === "em0") return [];
  const family = familyOf(facts);
  return [
    element("logical-interface", [
      element("name", `${facts.name}.${String(facts.unit)}`),
      ...(level === "terse"
        ? [
            element("admin-status", facts.adminUp ? "up" : "down"),
            element("oper-status", facts.operUp ? "up" : "down"),
          ]
        : []),
      ...(level === "terse" || facts.members.length === 0
        ? []
        : [
            element(
              "lag-traffic-statistics",
              facts.members.map((member) => element("lag-link", [element("name", `${member}.0`)])),
            ),
          ]),
      family,
    ]),
  ];
}

function familyOf(facts: InterfaceFacts): XmlNode {
  if (facts.aggregate !== undefined) {
    return element("address-family", [
      element("address-family-name", "aenet"),
      element("ae-bundle-name", `${facts.aggregate}.0`),
    ]);
  }
  if (facts.switching) return element("address-family", [element("address-family-name", "eth-switch")]);
  return element("address-family", [
    element("address-family-name", "inet"),
    ...facts.addresses.map((address) => element("interface-address", [element("ifa-local", address)])),
  ]);
}

function ownLineText(name: string, text: string): XmlNode {
  return element(name, `\n${text}\n`);
}
