/**
 * The configuration every simulated device starts with: a usual EVPN-VXLAN fabric with an eBGP underlay between
 * loopbacks (RFC 7938), an iBGP overlay with the spines as route reflectors, and ESI-LAGs to the servers.
 */
import { createCluster, isDescribedCluster } from "../cluster/clusterState.ts";
import { DEFAULT_REDUNDANCY } from "../description.ts";
import type { StatementState } from "../description.ts";
import type { Topology, TopologyDevice, TopologyServer } from "../topology.ts";
import { farEnd } from "../topology.ts";
import { releaseNumber } from "./configSchema.ts";
import { parseSetLines } from "./configText.ts";
import { emptyTree, setInactive, setPath } from "./configTree.ts";
import type { ConfigTree } from "./configTree.ts";

/** The configuration of that device at the start. */
export function initialConfiguration(topology: Topology, device: TopologyDevice): ConfigTree {
  const tree = emptyTree();
  const lines = [
    ...systemLines(device),
    ...fabricPortLines(topology, device),
    ...(device.isTunnelEndpoint ? serverPortLines(topology, device) : []),
    ...routingLines(topology, device),
    ...clusterLines(device),
    ...underlayLines(topology, device),
    ...overlayLines(topology, device),
    ...(device.isTunnelEndpoint ? vxlanLines(topology, device) : []),
  ];
  for (const { path, state } of redundancyStatements(device)) {
    if (state === "absent") continue;
    if (state === "group") setPath(tree, ["apply-groups", REDUNDANCY_GROUP]);
    setPath(tree, state === "group" ? ["groups", REDUNDANCY_GROUP, ...path] : path);
    if (state === "inactive") setInactive(tree, path, true);
  }
  for (const command of parseSetLines(lines.map((line) => `set ${line}`).join("\n")).commands) {
    setPath(tree, command.path);
  }
  return tree;
}

/** Where fabric managers keep what both routing engines need. */
const REDUNDANCY_GROUP = "redundancy";

/** What makes two routing engines stand in for each other. */
function redundancyStatements(
  device: TopologyDevice,
): readonly { readonly path: readonly string[]; readonly state: StatementState }[] {
  if (isDescribedCluster(device)) {
    return [{ path: ["routing-options", "graceful-restart"], state: "active" }];
  }
  if ((device.controlPlanes ?? []).length < 2 || !device.model.startsWith("mx")) return [];
  const { gracefulSwitchover, nonstopRouting, commitSynchronize } = device.redundancy ?? DEFAULT_REDUNDANCY;
  return [
    { path: ["chassis", "redundancy", "graceful-switchover"], state: gracefulSwitchover },
    { path: ["routing-options", "nonstop-routing"], state: nonstopRouting },
    { path: ["system", "commit", "synchronize"], state: commitSynchronize },
  ];
}

function systemLines(device: TopologyDevice): readonly string[] {
  return [
    `version ${device.release}`,
    `system host-name ${device.name}`,
    `system root-authentication encrypted-password "$6$simulated$${device.serialNumber}"`,
    "system services ssh root-login deny",
    "system services netconf ssh",
    "system time-zone UTC",
    "system syslog file messages any notice",
    "chassis aggregated-devices ethernet device-count 64",
    "protocols lldp interface all",
  ];
}

function clusterLines(device: TopologyDevice): readonly string[] {
  return (createCluster(device, 1)?.groups ?? []).flatMap(({ id, priorities, preempt }) => {
    const group = `chassis cluster redundancy-group ${String(id)}`;
    return [
      ...[...priorities].map(
        ([node, priority]) => `${group} node ${node.replace("node", "")} priority ${String(priority)}`,
      ),
      ...(preempt ? [`${group} preempt`] : []),
    ];
  });
}

function fabricPortLines(topology: Topology, device: TopologyDevice): readonly string[] {
  const lines = [`interfaces lo0 unit 0 family inet address ${device.loopback}/32`];
  for (const [port, use] of device.ports) {
    if (use.kind !== "fabric") continue;
    const link = topology.links[use.link];
    if (link === undefined) continue;
    const far = farEnd(link, use.side);
    lines.push(
      `interfaces ${port} description "${far.device} ${far.port}"`,
      `interfaces ${port} mtu 9216`,
      `interfaces ${port} unit 0 family inet address ${link[use.side].address}/31`,
    );
  }
  return lines;
}

function serverPortLines(topology: Topology, device: TopologyDevice): readonly string[] {
  const isRouter = device.model.startsWith("mx");
  return serversOn(topology, device).flatMap(({ server, port }) => {
    const vlan = `v${server.vlan}`;
    const switching = (name: string): readonly string[] =>
      isRouter
        ? [
            `interfaces ${name} description ${server.name}`,
            `interfaces ${name} unit 0 family bridge interface-mode trunk`,
            `interfaces ${name} unit 0 family bridge vlan-id-list ${server.vlan}`,
          ]
        : [
            `interfaces ${name} description ${server.name}`,
            `interfaces ${name} unit 0 family ethernet-switching interface-mode trunk`,
            `interfaces ${name} unit 0 family ethernet-switching vlan members ${vlan}`,
          ];
    const { aggregate } = server;
    if (aggregate === undefined) return switching(port);
    return [
      `interfaces ${port} ${isRouter ? "gigether-options" : "ether-options"} 802.3ad ${aggregate}`,
      ...switching(aggregate),
      ...(server.esi === undefined ? [] : esiLines(server, aggregate, device)),
      ...(server.lacp === "none"
        ? []
        : [
            `interfaces ${aggregate} aggregated-ether-options lacp active`,
            `interfaces ${aggregate} aggregated-ether-options lacp periodic ${server.lacp}`,
            `interfaces ${aggregate} aggregated-ether-options lacp system-id ${lacpSystemId(server)}`,
          ]),
    ];
  });
}

/** Every second aggregate chooses its designated forwarder by preference, the others by the default election. */
function esiLines(server: TopologyServer, aggregate: string, device: TopologyDevice): readonly string[] {
  const prefers = server.index % 2 === 1 && releaseNumber(device.release) >= 20.4;
  const first = server.attachments[0]?.device === device.name;
  return [
    `interfaces ${aggregate} esi ${server.esi ?? ""}`,
    `interfaces ${aggregate} esi all-active`,
    ...(prefers
      ? [`interfaces ${aggregate} esi df-election-type preference value ${first ? 200 : 100}`]
      : []),
  ];
}

function routingLines(topology: Topology, device: TopologyDevice): readonly string[] {
  return [
    `routing-options router-id ${device.loopback}`,
    `routing-options autonomous-system ${topology.overlayAutonomousSystem}`,
    "routing-options forwarding-table export LOAD-BALANCE",
    "policy-options policy-statement LOAD-BALANCE then load-balance per-packet",
    "policy-options policy-statement UNDERLAY-EXPORT term LOOPBACK from protocol direct",
    "policy-options policy-statement UNDERLAY-EXPORT term LOOPBACK from route-filter 10.255.0.0/16 orlonger",
    "policy-options policy-statement UNDERLAY-EXPORT term LOOPBACK then accept",
    "policy-options policy-statement UNDERLAY-EXPORT term TRANSIT from protocol bgp",
    "policy-options policy-statement UNDERLAY-EXPORT term TRANSIT then accept",
    "policy-options policy-statement UNDERLAY-EXPORT then reject",
  ];
}

function underlayLines(topology: Topology, device: TopologyDevice): readonly string[] {
  const { underlay = "bgp" } = topology.description;
  switch (underlay) {
    case "bgp":
      return bgpUnderlayLines(topology, device);
    case "isis":
      return [
        "interfaces lo0 unit 0 family iso",
        "protocols isis interface lo0.0 passive",
        ...interiorLines(device, { path: "protocols isis", kind: "point-to-point" }),
      ];
    case "ospf": {
      const path = "protocols ospf area 0.0.0.0";
      return [
        `${path} interface lo0.0 passive`,
        ...interiorLines(device, { path, kind: "interface-type p2p" }),
      ];
    }
  }
}

function interiorLines(
  device: TopologyDevice,
  { path, kind }: { readonly path: string; readonly kind: string },
): readonly string[] {
  const ports = [...device.ports].filter(([, use]) => use.kind === "fabric").map(([port]) => port);
  return ports.flatMap((port) => [
    `${path} interface ${port}.0 ${kind}`,
    `${path} interface ${port}.0 bfd-liveness-detection minimum-interval 300`,
    `${path} interface ${port}.0 bfd-liveness-detection multiplier 3`,
  ]);
}

function bgpUnderlayLines(topology: Topology, device: TopologyDevice): readonly string[] {
  const group = "protocols bgp group UNDERLAY";
  const lines = [
    `${group} type external`,
    `${group} family inet unicast`,
    `${group} export UNDERLAY-EXPORT`,
    `${group} local-as ${device.autonomousSystem}`,
    `${group} multipath multiple-as`,
    `${group} bfd-liveness-detection minimum-interval 300`,
    `${group} bfd-liveness-detection multiplier 3`,
  ];
  for (const use of device.ports.values()) {
    if (use.kind !== "fabric") continue;
    const link = topology.links[use.link];
    if (link === undefined) continue;
    const far = farEnd(link, use.side);
    lines.push(
      `${group} neighbor ${far.address} description ${far.device}`,
      `${group} neighbor ${far.address} peer-as ${topology.devices.get(far.device)?.autonomousSystem ?? 0}`,
    );
  }
  return lines;
}

function overlayLines(topology: Topology, device: TopologyDevice): readonly string[] {
  const peers = overlayPeers(topology, device);
  if (peers.length === 0) return [];
  const group = "protocols bgp group OVERLAY";
  return [
    `${group} type internal`,
    `${group} local-address ${device.loopback}`,
    `${group} family evpn signaling`,
    ...(device.isRouteReflector ? [`${group} cluster ${device.loopback}`] : []),
    ...peers.map((peer) => `${group} neighbor ${peer.loopback} description ${peer.name}`),
  ];
}

/** Tunnel endpoints peer with the route reflectors; where there are none, with each other. */
export function overlayPeers(topology: Topology, device: TopologyDevice): readonly TopologyDevice[] {
  const all = [...topology.devices.values()];
  const reflectors = all.filter((other) => other.isRouteReflector);
  const endpoints = all.filter((other) => other.isTunnelEndpoint && other.name !== device.name);
  if (device.isRouteReflector) return endpoints;
  if (!device.isTunnelEndpoint) return [];
  return reflectors.length > 0 ? reflectors : endpoints;
}

function vxlanLines(topology: Topology, device: TopologyDevice): readonly string[] {
  const vlans = new Set(serversOn(topology, device).map(({ server }) => server.vlan));
  // A router bridges where a switch switches.
  const domains = device.model.startsWith("mx") ? "bridge-domains" : "vlans";
  return [
    "protocols evpn encapsulation vxlan",
    "protocols evpn extended-vni-list all",
    ...(device.features?.includes("evpnMaintenanceMode") === true
      ? [
          "protocols network-isolation group ACCESS detection hold-time up 60000",
          "protocols network-isolation group ACCESS detection service-tracking core-isolation",
          "protocols network-isolation group ACCESS service-tracking-action link-down",
        ]
      : []),
    "switch-options vtep-source-interface lo0.0",
    `switch-options route-distinguisher ${device.loopback}:1`,
    `switch-options vrf-target target:${topology.overlayAutonomousSystem}:1`,
    ...[...vlans].flatMap((vlan) => [
      `${domains} v${vlan} vlan-id ${vlan}`,
      `${domains} v${vlan} vxlan vni ${10_000 + vlan}`,
    ]),
  ];
}

function serversOn(
  topology: Topology,
  device: TopologyDevice,
): readonly { readonly server: TopologyServer; readonly port: string }[] {
  return topology.servers.flatMap((server) =>
    server.attachments
      .filter((attachment) => attachment.device === device.name)
      .map((attachment) => ({ server, port: attachment.port })),
  );
}

/** The same on both leaves of a segment, so that the server sees one partner. */
function lacpSystemId(server: TopologyServer): string {
  const number = (server.index + 1).toString(16).padStart(4, "0");
  return `00:00:00:00:${number.slice(0, 2)}:${number.slice(2)}`;
}
