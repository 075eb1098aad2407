/** EVPN: which segments are local, who else has them, who forwards for them. */
import { element, find } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { groupBy } from "../groupBy.ts";
import { designatedForwarder } from "../network/designatedForwarder.ts";
import { parseRouteKey } from "../network/evpn.ts";
import { refuse } from "../rpcFailure.ts";
import type { TopologyServer } from "../topology.ts";
import { remoteLeaves } from "../traffic/forwarding.ts";
import { deviceState } from "../world.ts";
import type { DeviceState, World } from "../world.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { localInterfaces, remoteServers } from "./serversOfDevice.ts";
import type { LocalInterface } from "./serversOfDevice.ts";
import { banner, number, payloadNamespace } from "./shape.ts";

export const EVPN_RPCS: RpcTable = {
  "get-evpn-instance-information": reads((context) => [evpnInstances(context), banner()]),
};

interface Instance {
  readonly world: World;
  readonly device: DeviceState;
  readonly locals: readonly LocalInterface[];
  readonly style: Readonly<Record<string, string>>;
}

function evpnInstances({ world, device, operation }: RpcContext): XmlNode {
  if (!device.forwarding) throw refuse("the routing subsystem is not running", operation.name);
  const extensive = find(operation, "extensive") !== undefined;
  const style = extensive
    ? { ...payloadNamespace(device.master, "junos-routing"), "junos:style": "extensive" }
    : { ...payloadNamespace(device.master, "junos-routing"), "junos:style": "brief" };
  const instance: Instance = { world, device, locals: localInterfaces(world, device), style };
  const instances = device.spec.isTunnelEndpoint
    ? [
        extensive ? defaultInstance(instance) : undefined,
        extensive ? switchInstance(instance) : summaryInstance(instance),
      ]
    : [];
  return element(
    "evpn-instance-information",
    instances.filter((each) => each !== undefined),
    payloadNamespace(device.master, "junos-routing"),
  );
}

/** Without `extensive` there are only numbers, and no segment at all. */
function summaryInstance({ world, device, locals, style }: Instance): XmlNode {
  return element(
    "evpn-instance",
    [
      element("evpn-instance-name", "default-switch"),
      number("local-interfaces", locals.length),
      number("local-interfaces-up", locals.filter((each) => each.attachment.leafUp).length),
      number("irb-interfaces", 0),
      number("irb-interfaces-up", 0),
      number("evpn-num-neighbors", neighboursOf(world, device).size),
      number("local-macs", locals.filter((each) => each.attachment.leafUp).length),
      number("remote-macs", remoteServers(world, device).length),
      number("evpn-num-esi", segmentsOf({ world, device, locals, style }).length),
    ],
    style,
  );
}

function defaultInstance({ world, device, style }: Instance): XmlNode {
  const neighbours = [...neighboursOf(world, device)].filter(([, keys]) => countType(keys, 4) > 0);
  return element(
    "evpn-instance",
    [
      element("evpn-instance-name", "__default_evpn__"),
      element("route-distinguisher", `${device.spec.loopback}:0`),
      number("num-bridge-domains", 0),
      element("bridge-domain-status-table", [], style),
      number("evpn-num-neighbors", neighbours.length),
      ...neighbours.map(([name, keys]) =>
        neighbour(world, name, { keys: keys.filter((key) => parseRouteKey(key).type === 4), style }),
      ),
    ],
    style,
  );
}

function switchInstance(instance: Instance): XmlNode {
  const { world, device, locals, style } = instance;
  const neighbours = neighboursOf(world, device);
  const segments = segmentsOf(instance);
  const up = locals.filter((each) => each.attachment.leafUp);
  const remoteMacs = remoteServers(world, device).length;
  return element(
    "evpn-instance",
    [
      element("evpn-instance-name", "default-switch"),
      element("route-distinguisher", `${device.spec.loopback}:1`),
      element("evpn-encap-type", "VXLAN"),
      number("duplicate-mac-detection-threshold", 5),
      number("duplicate-mac-detection-window", 180),
      element(
        "mac-database-status-table",
        [
          number("local-macs", up.length),
          number("remote-macs", remoteMacs),
          number("local-mac-ips", up.length),
          number("remote-mac-ips", remoteMacs),
          number("local-default-gateway-macs", 0),
          number("remote-default-gateway-macs", 0),
        ],
        style,
      ),
      number("local-interfaces", locals.length),
      number("local-interfaces-up", up.length),
      element(
        "evpn-interface-status-table",
        locals.map((each) => evpnInterface(each, style)),
        style,
      ),
      number("irb-interfaces", 0),
      number("irb-interfaces-up", 0),
      element("irb-interface-status-table", [], style),
      number("num-bridge-domains", new Set(locals.map((each) => each.server.vlan)).size),
      element("bridge-domain-status-table", bridgeDomains(instance), style),
      number("evpn-num-neighbors", neighbours.size),
      ...[...neighbours].map(([name, keys]) =>
        neighbour(world, name, { keys: keys.filter((key) => parseRouteKey(key).type !== 4), style }),
      ),
      number("evpn-num-esi", segments.length),
      ...segments.map((server) => segment(instance, server)),
      element("evpn-router-id", device.spec.loopback),
      element("evpn-source-vtep-ipaddr", device.spec.loopback),
      element("evpn-smet-forwarding", "Disabled"),
    ],
    style,
  );
}

function evpnInterface({ name, attachment, server }: LocalInterface, style: Instance["style"]): XmlNode {
  return element(
    "evpn-interface",
    [
      element("evpn-interface-name", name),
      element("evpn-interface-esi", server.esi ?? "00:00:00:00:00:00:00:00:00:00"),
      element("evpn-interface-mode", server.esi === undefined ? "single-homed" : "all-active"),
      element("evpn-interface-status", attachment.leafUp ? "Up" : "Down"),
      element("evpn-interface-etree-role", "Root"),
    ],
    style,
  );
}

function bridgeDomains({ locals, style }: Instance): readonly XmlNode[] {
  return [...groupBy(locals, (each) => each.server.vlan)].map(([vlan, members]) =>
    element(
      "bridge-domain",
      [
        number("vlan-id", vlan),
        number("domain-id", 10_000 + vlan),
        number("interfaces", members.length),
        number("interfaces-up", members.filter((each) => each.attachment.leafUp).length),
        element("mode", "Extended"),
        element("mac-sync-status", "Enabled"),
      ],
      style,
    ),
  );
}

function neighbour(
  world: World,
  name: string,
  options: { readonly keys: readonly string[]; readonly style: Instance["style"] },
): XmlNode {
  const { keys, style } = options;
  return element(
    "evpn-neighbor",
    [
      element(
        "evpn-neighbor-route-information",
        [
          element("evpn-neighbor-address", deviceState(world, name).spec.loopback),
          number("evpn-num-mac-routes", countType(keys, 2)),
          number("evpn-num-mac-ip-routes", countType(keys, 2)),
          number("evpn-num-ethernet-autodiscovery-routes", countType(keys, 1)),
          number("evpn-num-inclusive-multicast-routes", countType(keys, 3)),
          number("evpn-num-ethernet-segment-routes", countType(keys, 4)),
          element("evpn-flow-label", "NO"),
        ],
        style,
      ),
    ],
    style,
  );
}

/** Local segments, and remote ones that somebody announces. */
function segmentsOf({ world, device, locals }: Instance): readonly TopologyServer[] {
  return world.topology.servers.filter(
    (server) =>
      server.esi !== undefined &&
      (locals.some((each) => each.server === server) || remoteLeaves(world, device.name, server).length > 0),
  );
}

function segment({ world, device, locals, style }: Instance, server: TopologyServer): XmlNode {
  const local = locals.find((each) => each.server === server);
  const remotes = remoteLeaves(world, device.name, server);
  const up = local?.attachment.leafUp ?? false;
  return element(
    "evpn-esi",
    [
      element("evpn-esi-value", server.esi ?? ""),
      element(
        "evpn-esi-status",
        up ? `Resolved by IFL ${local?.name ?? ""}` : remotes.length > 0 ? "Resolved" : "Unresolved",
      ),
      ...(local === undefined
        ? []
        : [
            element(
              "evpn-esi-local-intf-information",
              [
                element("evpn-esi-local-intf-name", local.name),
                element("evpn-esi-local-intf-status", up ? "Up/Forwarding" : "Down"),
              ],
              style,
            ),
          ]),
      element(
        "evpn-esi-remote-pe-information",
        remotes.length === 0
          ? []
          : [
              number("evpn-esi-num-remote-pe", remotes.length),
              ...remotes.map((name) => remotePe(world, name, style)),
            ],
        style,
      ),
      ...(local === undefined ? [] : [forwarderInformation({ world, device, locals, style }, server)]),
    ],
    style,
  );
}

function remotePe(world: World, name: string, style: Instance["style"]): XmlNode {
  return element(
    "evpn-esi-remote-pe",
    [
      element("evpn-esi-remote-pe-ipaddr", deviceState(world, name).spec.loopback),
      number("evpn-esi-remote-mac-label", 10_100),
      number("evpn-esi-remote-aliasing-label", 0),
      element("evpn-esi-remote-pe-mode", "all-active"),
    ],
    style,
  );
}

function forwarderInformation({ world, device, style }: Instance, server: TopologyServer): XmlNode {
  const election = designatedForwarder(world, device.name, server);
  return element(
    "evpn-esi-df-information",
    [
      element("esi-df-election-algorithm", election.algorithm),
      element("esi-designated-forwarder", election.forwarder ?? "DF not elected yet"),
      ...(election.backup === undefined ? [] : [element("esi-backup-forwarder", election.backup)]),
    ],
    style,
  );
}

/** The routes of every remote leaf that the device has, by leaf. */
function neighboursOf(world: World, device: DeviceState): ReadonlyMap<string, readonly string[]> {
  return groupBy(
    [...(world.evpn.installed.get(device.name)?.keys ?? [])],
    (key) => parseRouteKey(key).origin,
  );
}

function countType(keys: readonly string[], type: number): number {
  return keys.filter((key) => parseRouteKey(key).type === type).length;
}
