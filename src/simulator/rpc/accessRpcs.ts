/** What is at the other end of a cable: LACP and LLDP. */
import { element, textAt } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { isPortEnabled } from "../network/ports.ts";
import { refuse } from "../rpcFailure.ts";
import { farEnd } from "../topology.ts";
import { deviceState } from "../world.ts";
import type { DeviceState, World } from "../world.ts";
import type { AggregateIntent } from "../config/configIntent.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcTable } from "./rpcHandler.ts";
import { banner, payloadNamespace } from "./shape.ts";

export const ACCESS_RPCS: RpcTable = {
  "get-lacp-interface-information": reads(({ world, device, operation }) => {
    requireForwarding(device, operation.name);
    const wanted = textAt(operation, "interface-name");
    const aggregates = [...device.intent.aggregates.values()].filter(
      (aggregate) => aggregate.lacp !== "none" && (wanted === undefined || wanted === aggregate.name),
    );
    return [
      element(
        "lacp-interface-information-list",
        aggregates.map((aggregate) => lacpInformation(world, device, aggregate)),
        payloadNamespace(device.master, "junos-lacpd"),
      ),
      banner(),
    ];
  }),
  "get-lldp-neighbors-information": reads(({ world, device, operation }) => {
    requireForwarding(device, operation.name);
    return [
      element("lldp-neighbors-information", lldpNeighbours(world, device), { "junos:style": "brief" }),
      banner(),
    ];
  }),
};

function requireForwarding(device: DeviceState, operation: string): void {
  if (!device.forwarding) throw refuse("the l2-learning subsystem is not running", operation);
}

function lacpInformation(world: World, device: DeviceState, aggregate: AggregateIntent): XmlNode {
  const members = aggregate.members.filter((member) => device.ports.has(member));
  const states = members.map((member) => ({ member, ...memberState(world, device, member) }));
  return element("lacp-interface-information", [
    element("lag-lacp-header", [element("aggregate-name", aggregate.name)]),
    ...states.flatMap(({ member, up, timeout }) => [
      lacpState(member, { role: "Actor", up, timeout }),
      lacpState(member, { role: "Partner", up, timeout }),
    ]),
    ...states.map(({ member, up, enabled, timeout }) =>
      element("lag-lacp-protocol", [
        element("name", member),
        element("lacp-receive-state", up ? "Current" : enabled ? "Defaulted" : "Port disabled"),
        element("lacp-transmit-state", enabled ? `${timeout} periodic` : "No periodic"),
        element("lacp-mux-state", up ? "Collecting distributing" : "Detached"),
      ]),
    ),
  ]);
}

function memberState(
  world: World,
  device: DeviceState,
  port: string,
): { readonly up: boolean; readonly enabled: boolean; readonly timeout: "Fast" | "Slow" } {
  const use = device.spec.ports.get(port);
  const attachment = use?.kind === "server" ? world.attachments[use.attachment] : undefined;
  const lacp = use?.kind === "server" ? world.topology.servers[use.server]?.lacp : undefined;
  return {
    up: attachment?.leafUp ?? false,
    enabled: isPortEnabled(device, port),
    timeout: lacp === "slow" ? "Slow" : "Fast",
  };
}

function lacpState(
  member: string,
  options: { readonly role: "Actor" | "Partner"; readonly up: boolean; readonly timeout: "Fast" | "Slow" },
): XmlNode {
  const yes = options.up ? "Yes" : "No";
  const no = options.up ? "No" : "Yes";
  return element("lag-lacp-state", [
    element("name", member),
    element("lacp-role", options.role),
    element("lacp-expired", "No"),
    element("lacp-defaulted", no),
    element("lacp-distributing", yes),
    element("lacp-collecting", yes),
    element("lacp-synchronization", yes),
    element("lacp-aggregation", "Yes"),
    element("lacp-timeout", options.timeout),
    element("lacp-activity", options.role === "Partner" && !options.up ? "Passive" : "Active"),
  ]);
}

function lldpNeighbours(world: World, device: DeviceState): readonly XmlNode[] {
  if (!device.intent.lldp) return [];
  return [...device.spec.ports].flatMap(([port, use]) => {
    if (device.ports.get(port)?.up !== true) return [];
    const far = use.kind === "fabric" ? farDevice(world, use) : farServer(world, use);
    return far === undefined ? [] : [lldpNeighbour(device, port, far)];
  });
}

/** Who sends LLDP at the other end of a cable. */
interface LldpSender {
  readonly chassisId: string;
  readonly port: string;
  readonly systemName: string;
}

type PortUse = DeviceState["spec"]["ports"] extends ReadonlyMap<string, infer Use> ? Use : never;

function farDevice(world: World, use: PortUse & { kind: "fabric" }): LldpSender | undefined {
  const link = world.topology.links[use.link];
  if (link === undefined) return undefined;
  const far = farEnd(link, use.side);
  const { intent, spec } = deviceState(world, far.device);
  return intent.lldp
    ? { chassisId: spec.chassisMac, port: far.port, systemName: intent.hostName }
    : undefined;
}

/** Servers run an LLDP daemon; each of their cables ends in a network card of its own. */
function farServer(world: World, use: PortUse): LldpSender | undefined {
  if (use.kind !== "server") return undefined;
  const server = world.topology.servers[use.server];
  if (server === undefined) return undefined;
  const cables = world.attachments.filter((attachment) => attachment.server === use.server);
  const card = cables.findIndex((attachment) => attachment === world.attachments[use.attachment]);
  const suffix = use.server.toString(16).padStart(4, "0");
  return {
    chassisId: `02:00:5e:00:${suffix.slice(0, 2)}:${suffix.slice(2)}`,
    port: `eth${card}`,
    systemName: server.name,
  };
}

function lldpNeighbour(device: DeviceState, port: string, far: LldpSender): XmlNode {
  const aggregate = [...device.intent.aggregates.values()].find(({ members }) => members.includes(port));
  return element("lldp-neighbor-information", [
    element("lldp-local-port-id", port),
    element("lldp-local-parent-interface-name", aggregate?.name ?? "-"),
    element("lldp-remote-chassis-id-subtype", "Mac address"),
    element("lldp-remote-chassis-id", far.chassisId),
    // Junos switches show the port by its description, which is its name unless somebody wrote another.
    element("lldp-remote-port-description", far.port),
    element("lldp-remote-port-id", far.port),
    element("lldp-remote-system-name", far.systemName),
  ]);
}
