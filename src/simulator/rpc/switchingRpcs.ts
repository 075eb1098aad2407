/** The MAC table of a leaf: its own servers, and those behind other leaves. */
import { element, find } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { refuse } from "../rpcFailure.ts";
import type { TopologyServer } from "../topology.ts";
import { remoteLeaves } from "../traffic/forwarding.ts";
import type { DeviceState, World } from "../world.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { localInterfaces, remoteServers } from "./serversOfDevice.ts";
import type { LocalInterface } from "./serversOfDevice.ts";
import { banner, number, payloadNamespace } from "./shape.ts";

export const SWITCHING_RPCS: RpcTable = {
  "get-ethernet-switching-table-information": reads((context) => [switchingTable(context), banner()]),
  "get-bridge-mac-table": reads((context) => [bridgeTable(context), banner()]),
};

/** What the device has learned: its own servers, and those behind other leaves. */
function learned({ world, device, operation }: RpcContext): {
  readonly locals: readonly LocalInterface[];
  readonly remotes: readonly TopologyServer[];
} {
  if (!device.forwarding) throw refuse("the l2-learning subsystem is not running", operation.name);
  const locals = localInterfaces(world, device).filter((each) => each.attachment.leafUp);
  const known = new Set(locals.map((each) => each.server));
  const remotes = device.spec.isTunnelEndpoint
    ? remoteServers(world, device).filter((server) => !known.has(server))
    : [];
  return { locals, remotes };
}

/** `show bridge mac-table`: how a router writes the same. */
function bridgeTable(context: RpcContext): XmlNode {
  const { device, operation } = context;
  if (!device.spec.model.startsWith("mx")) throw refuse("syntax error", operation.name);
  const { locals, remotes } = learned(context);
  const attributes = payloadNamespace(device.master, "junos-l2al");
  if (find(operation, "count") !== undefined || find(operation, "summary") !== undefined) {
    return element(
      "l2ald-rtb-macdb",
      [number("l2ald-rtb-mac-count", locals.length + remotes.length)],
      attributes,
    );
  }
  const entry = (server: TopologyServer, port: string): XmlNode =>
    element("l2ald-mac-entry", [
      element("l2-mac-address", server.mac),
      element("l2-mac-routing-instance", "default-switch"),
      element("l2-mac-bridging-domain", `v${server.vlan}`),
      number("l2-bridge-vlan", server.vlan),
      element("l2-mac-logical-interface", port),
    ]);
  return element(
    "l2ald-rtb-macdb",
    [
      ...locals.map(({ server, name }) => entry(server, name)),
      ...remotes.map((server) => entry(server, `vtep.${32_769 + server.index}`)),
    ],
    attributes,
  );
}

function switchingTable(context: RpcContext): XmlNode {
  const { world, device, operation } = context;
  if (device.spec.model.startsWith("mx")) throw refuse("syntax error", operation.name);
  const { locals, remotes } = learned(context);
  const attributes = payloadNamespace(device.master, "junos-l2al");
  if (find(operation, "summary") !== undefined) {
    return element(
      "l2ng-l2ald-rtb-macdb",
      [
        element("l2ng-l2ald-ethernet-switching-table-summary", [
          number("l2ng-l2-total-mac-count", locals.length + remotes.length),
          number("l2ng-l2-total-smac-count", 0),
        ]),
      ],
      attributes,
    );
  }
  const rows = [
    ...locals.map((each) => macEntry(each.server, { port: each.name, active: "" })),
    ...remotes.map((server) => remoteMacEntry(world, device, server)),
  ];
  const table = element(
    "l2ng-l2ald-mac-entry-vlan",
    [
      number("mac-count-global", rows.length),
      number("learnt-mac-count", rows.length),
      element("l2ng-l2-mac-routing-instance", "default-switch"),
      ...rows,
    ],
    { "junos:style": "brief-rtb" },
  );
  return element("l2ng-l2ald-rtb-macdb", rows.length === 0 ? [] : [table], attributes);
}

function remoteMacEntry(world: World, device: DeviceState, server: TopologyServer): XmlNode {
  const [leaf = ""] = remoteLeaves(world, device.name, server);
  const source = world.devices.get(leaf)?.spec.loopback ?? "";
  return server.esi === undefined
    ? macEntry(server, { port: "vtep.32769", active: source })
    : macEntry(server, { port: `esi.${1700 + server.index}`, active: server.esi });
}

function macEntry(
  server: TopologyServer,
  where: { readonly port: string; readonly active: string },
): XmlNode {
  return element("l2ng-mac-entry", [
    element("l2ng-l2-mac-vlan-name", `v${server.vlan}`),
    element("l2ng-l2-mac-address", server.mac),
    element("l2ng-l2-mac-flags", where.active === "" ? "DL" : "DR"),
    element("l2ng-l2-mac-age", "-"),
    element("l2ng-l2-mac-logical-interface", where.port),
    number("l2ng-l2-mac-fwd-next-hop", 0),
    number("l2ng-l2-mac-rtr-id", 0),
    element("l2ng-l2-active-source", where.active),
  ]);
}
