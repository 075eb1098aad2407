/** Two routing engines: how far the backup has copied the master's state, and the switch of mastership. */
import { element, find } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { becomeMaster, switchoverReadiness } from "../device/mastership.ts";
import { refuse } from "../rpcFailure.ts";
import { standbyOf } from "../world.ts";
import { reads, writes } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { output } from "./shape.ts";

const PROTOCOLS = ["BGP", "EVPN", "MPLS"] as const;

export const REDUNDANCY_RPCS: RpcTable = {
  "get-routing-task-replication-state": reads(taskReplication),
  "get-switchover-information": reads(switchoverInformation),
  "request-chassis-routing-engine-switch": writes(switchMastership),
};

/** `show task replication`: names and states alternate in one flat list. */
function taskReplication({ world, device, plane }: RpcContext): readonly XmlNode[] {
  const { kernelSince, protocolsSince } = device.replication;
  const isMaster = plane === device.master;
  const { protocols } = switchoverReadiness(world, device);
  return [
    element("task-replication-state", [
      element("task-gres-state", kernelSince === undefined ? "Disabled" : "Enabled"),
      element("task-re-mode", isMaster ? "Master" : "Backup"),
      ...(protocolsSince === undefined || !isMaster
        ? []
        : PROTOCOLS.flatMap((name) => [
            element("task-protocol-replication-name", name),
            element("task-protocol-replication-state", protocols ? "Complete" : "InProgress"),
          ])),
    ]),
  ];
}

/** `show system switchover`: only the backup answers since 9.6. */
function switchoverInformation({ world, device, plane }: RpcContext): readonly XmlNode[] {
  if (plane === device.master) return [];
  const { kernelSince } = device.replication;
  const { kernel } = switchoverReadiness(world, device);
  return [
    element("switchover-information", [
      element("switchover-state", kernelSince === undefined ? "Off" : "On"),
      ...(kernelSince === undefined
        ? []
        : [
            element("configuration-ready"),
            element(kernel ? "replication-ready" : "replication-synchronizing"),
          ]),
    ]),
  ];
}

/** Without `no-confirm` Junos prints its question, and nothing happens. */
function switchMastership({ world, device, plane, operation }: RpcContext): readonly XmlNode[] {
  const standby = device.planes.find((each) => each !== device.master);
  if (standby === undefined) throw refuse("syntax error", operation.name);
  if (plane !== device.master) {
    return [output("Command aborted. This routing engine is not the master.")];
  }
  if (standbyOf(device) === undefined) return [output("error: Backup RE not running")];
  const { kernel, holdSeconds } = switchoverReadiness(world, device);
  const isGraceful = device.intent.redundancy.gracefulSwitchover;
  if (find(operation, "check") !== undefined) {
    return [output(!isGraceful || kernel ? "Switchover Ready" : NOT_READY)];
  }
  if (find(operation, "no-confirm") === undefined) {
    return [output("Toggle mastership between routing engines ? [yes,no] (no) ")];
  }
  if (isGraceful && holdSeconds > 0) {
    return [
      output(`Command aborted. Not ready for mastership switch, try after ${String(holdSeconds)} secs.`),
    ];
  }
  if (isGraceful && !kernel) {
    return [output("error: mastership switch request NOT honored, backup not ready")];
  }
  becomeMaster(world, device, standby);
  return [output("Resolving mastership...\nComplete. The other routing engine becomes the master.")];
}

const NOT_READY =
  "Standby Routing Engine is not ready for graceful switchover.\nPFEs on the chassis might be reset";
