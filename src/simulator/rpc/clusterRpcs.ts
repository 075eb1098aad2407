/** Chassis clusters: redundancy groups, links between the nodes, failovers by hand, upgrades in service. */
import { element, find, textAt } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import {
  isControlLinkUp,
  isFabricLinkUp,
  monitorFailures,
  priorityOf,
  statusOf,
} from "../cluster/clusterState.ts";
import type { ClusterGroup, ClusterState } from "../cluster/clusterState.ts";
import { moveGroup } from "../cluster/failover.ts";
import { abortUpgrade, beginUpgrade, synchronisation } from "../cluster/inServiceUpgrade.ts";
import { refuse } from "../rpcFailure.ts";
import { reads, writes } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { nodeBanner, number, output, perNode } from "./shape.ts";

export const CLUSTER_RPCS: RpcTable = {
  "get-chassis-cluster-status": reads((context) => {
    const cluster = clusterOf(context);
    return [clusterStatus(context, cluster), nodeBanner(context.device, context.plane)];
  }),
  "get-chassis-cluster-information": reads((context) => {
    const cluster = clusterOf(context);
    return perNode(context, (plane) => [nodeInformation({ ...context, plane }, cluster)]);
  }),
  "get-chassis-cluster-interfaces": reads((context) => {
    clusterOf(context);
    return [clusterInterfaces(context), nodeBanner(context.device, context.plane)];
  }),
  "get-chassis-cluster-statistics": reads((context) => {
    clusterOf(context);
    return [clusterStatistics(context), nodeBanner(context.device, context.plane)];
  }),
  "get-chassis-cluster-issu-information": reads((context) => {
    const cluster = clusterOf(context);
    return perNode(context, () => [upgradeInformation(cluster)]);
  }),
  "request-chassis-cluster-failover": writes(failover),
  "request-chassis-cluster-failover-reset": writes(resetFailover),
  "request-chassis-cluster-in-service-upgrade": writes((context) => {
    clusterOf(context);
    if (find(context.operation, "abort") === undefined) throw refuse("syntax error", context.operation.name);
    return [output(abortUpgrade(context.world, context.device))];
  }),
  "request-package-in-service-upgrade": writes((context) => upgrade(context, false)),
  "request-vmhost-package-in-service-upgrade": writes((context) => upgrade(context, true)),
};

function clusterOf({ device }: RpcContext): ClusterState {
  if (device.cluster === undefined) throw refuse("error: Chassis cluster is not enabled");
  return device.cluster;
}

/** Nodes stand flat in a row, each beginning with its name. */
function clusterStatus(context: RpcContext, { clusterId, groups }: ClusterState): XmlNode {
  return element("chassis-cluster-status", [
    number("cluster-id", clusterId),
    ...groups.map((group) =>
      element("redundancy-group", [
        number("cluster-id", clusterId),
        number("redundancy-group-id", group.id),
        number("redundancy-group-failover-count", group.failovers),
        element(
          "device-stats",
          context.device.planes.flatMap((plane) => nodeRow({ ...context, plane }, group)),
        ),
      ]),
    ),
  ]);
}

function nodeRow({ world, device, plane }: RpcContext, group: ClusterGroup): readonly XmlNode[] {
  const status = statusOf(world, group, plane);
  const isLost = status === "lost";
  const failures = monitorFailures(world, device, plane);
  return [
    element("device-name", plane.name),
    number("device-priority", priorityOf(world, device, { group, plane })),
    element("redundancy-group-status", status),
    element("preempt", isLost ? "n/a" : group.preempt ? "yes" : "no"),
    element("failover-mode", isLost ? "n/a" : group.manual === undefined ? "no" : "yes"),
    element("monitor-failures", isLost ? "n/a" : failures === "" ? "None" : failures),
  ];
}

function nodeInformation({ world, device, plane }: RpcContext, { groups }: ClusterState): XmlNode {
  const failures = monitorFailures(world, device, plane);
  return element("chassis-cluster-information", [
    element(
      "chassis-cluster-redundancy-group-information",
      groups.map((group) =>
        element("redundancy-group-list", [
          number("redundancy-group-id", group.id),
          element("redundancy-group-status", statusOf(world, group, plane)),
          number("redundancy-group-weight", failures === "" ? 255 : 0),
        ]),
      ),
    ),
    element("chassis-cluster-led-information", [
      element("current-led-color", failures === "" ? "Green" : "Amber"),
      element(
        "last-change-reason",
        failures === "" ? "No failures" : `Monitored objects are down (${failures})`,
      ),
    ]),
  ]);
}

function clusterInterfaces({ world, device }: RpcContext): XmlNode {
  const up = (is: boolean): string => (is ? "Up" : "Down");
  const fabric = isFabricLinkUp(world, device);
  const reths = [...device.ports].filter(([name]) => name.startsWith("reth"));
  return element("chassis-cluster-interface-statistics", [
    element("control-interface-status", up(isControlLinkUp(world, device))),
    element("control-link-interfaces", [
      element("control-information", [
        number("control-link-interface-index", 0),
        element("control-link-interface-name", "em0"),
        element("control-link-interface-status", up(isControlLinkUp(world, device))),
        element("control-link-interface-security-status", "Disabled"),
      ]),
    ]),
    element("dataplane-interface-status", up(fabric)),
    element("dataplane-interfaces", [
      element("fabric-information", [
        number("fabric-interface-index", 0),
        element("fabric-child-interface-name", "xe-0/0/16"),
        element("fabric-child-interface-status", `Up   / ${up(fabric)}`),
        number("fabric-interface-index", 0),
      ]),
    ]),
    element(
      "reth",
      reths.flatMap(([name, { up: isUp }]) => [
        element("reth-name", name),
        element("reth-status", up(isUp)),
        number("redundancy-group-id-for-reth", 1),
      ]),
    ),
    element("interface-monitoring"),
  ]);
}

function clusterStatistics({ world, device }: RpcContext): XmlNode {
  const beats = Math.floor((world.now - device.mastershipSince) / 1000);
  return element("chassis-cluster-statistics", [
    element("control-link-statistics", [
      element("control-link-information", [
        number("control-link-index", 0),
        number("heartbeat-packets-sent", beats),
        number("heartbeat-packets-received", isControlLinkUp(world, device) ? beats : 0),
        number("heartbeat-packet-errors", 0),
      ]),
    ]),
  ]);
}

/** The words that Juniper documents; with nothing under way, nothing stands there. */
function upgradeInformation(cluster: ClusterState): XmlNode {
  const state = synchronisation(cluster);
  if (state === undefined) return element("issu-information");
  const line = (name: string, done: boolean): string =>
    ` ${name.padEnd(20)} ${done ? 1 : 0} of 1 SPUs completed`;
  return element("issu-information", [
    element(
      "issu-state",
      [line("CS Prereq", true), line("CS RTO sync", state.sync), line("CS Postreq", state.ready)].join("\n"),
    ),
  ]);
}

function groupOf(context: RpcContext): ClusterGroup {
  const id = textAt(context.operation, "redundancy-group");
  const group = clusterOf(context).groups.find((each) => String(each.id) === id);
  if (group === undefined) throw refuse(`error: redundancy-group ${String(id)} is not configured`);
  return group;
}

function failover(context: RpcContext): readonly XmlNode[] {
  const { world, device, operation } = context;
  const group = groupOf(context);
  const node = `node${textAt(operation, "node") ?? ""}`;
  const target = device.planes.find(({ name }) => name === node);
  if (target === undefined) throw refuse("syntax error, expecting <node>", operation.name);
  if (target.power !== "Running") throw refuse(`error: ${node} is not present`);
  if (group.manual !== undefined && group.primary !== node) {
    throw refuse("error: a manual failover is in effect; reset it before another one");
  }
  if (group.primary !== node && statusOf(world, group, target) === "secondary-hold") {
    throw refuse(`error: redundancy-group ${String(group.id)} is in hold-down`);
  }
  if (priorityOf(world, device, { group, plane: target }) === 0) {
    throw refuse(`error: ${node} has priority 0 in redundancy-group ${String(group.id)}`);
  }
  moveGroup(world, device, { group, node, manual: true });
  return [output(`Initiated manual failover for redundancy group ${String(group.id)}`)];
}

function resetFailover(context: RpcContext): readonly XmlNode[] {
  const group = groupOf(context);
  group.manual = undefined;
  return [output(`Successfully reset manual failover for redundancy group ${String(group.id)}`)];
}

/** Silent until it is over; the session dies before that when the node that was asked reboots. */
async function upgrade(context: RpcContext, host: boolean): Promise<readonly XmlNode[]> {
  const { world, device, plane, operation, until } = context;
  const cluster = clusterOf(context);
  if (host !== (plane.vmhost !== undefined)) throw refuse("syntax error", operation.name);
  const name = textAt(operation, "package-name") ?? "";
  const refusal = beginUpgrade(world, device, {
    path: name.startsWith("/") ? name : `/var/tmp/${name}`,
    plane,
    reboot: find(operation, "reboot") !== undefined,
    noSync: find(operation, "no-sync") !== undefined,
  });
  if (refusal !== undefined) return [output(refusal)];
  const begun = cluster.upgrade;
  await until(() => begun?.result !== undefined);
  return [output(begun?.lines.join("\n") ?? "")];
}
