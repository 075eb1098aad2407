/** All RPCs that the simulated devices know. */
import { ACCESS_RPCS } from "./accessRpcs.ts";
import { ALARM_RPCS } from "./alarmRpcs.ts";
import { BFD_RPCS } from "./bfdRpcs.ts";
import { BGP_RPCS } from "./bgpRpcs.ts";
import { CHASSIS_RPCS } from "./chassisRpcs.ts";
import { COMMAND_RPCS } from "./commandRpcs.ts";
import { CLUSTER_RPCS } from "./clusterRpcs.ts";
import { CONFIG_RPCS } from "./configRpcs.ts";
import { EVPN_RPCS } from "./evpnRpcs.ts";
import { FILE_RPCS } from "./fileRpcs.ts";
import { INTERFACE_RPCS } from "./interfaceRpcs.ts";
import { NETCONF_RPCS } from "./netconfRpcs.ts";
import { REDUNDANCY_RPCS } from "./redundancyRpcs.ts";
import { ROUTE_RPCS } from "./routeRpcs.ts";
import { masterAnswers } from "./rpcHandler.ts";
import type { RpcDefinition } from "./rpcHandler.ts";
import { SESSION_RPCS } from "./sessionRpcs.ts";
import { SOFTWARE_RPCS } from "./softwareRpcs.ts";
import { SUPPORT_RPCS } from "./supportRpcs.ts";
import { SWITCHING_RPCS } from "./switchingRpcs.ts";
import { SYSTEM_RPCS } from "./systemRpcs.ts";
import { TEXT_FILE_RPCS } from "./textFileRpcs.ts";
import { VMHOST_RPCS } from "./vmhostRpcs.ts";

const RPCS: ReadonlyMap<string, RpcDefinition> = new Map(
  [
    SESSION_RPCS,
    SYSTEM_RPCS,
    CHASSIS_RPCS,
    ALARM_RPCS,
    CLUSTER_RPCS,
    CONFIG_RPCS,
    NETCONF_RPCS,
    SOFTWARE_RPCS,
    FILE_RPCS,
    TEXT_FILE_RPCS,
    SUPPORT_RPCS,
    REDUNDANCY_RPCS,
    VMHOST_RPCS,
    COMMAND_RPCS,
    INTERFACE_RPCS,
    masterAnswers("LearningNotRunning", ACCESS_RPCS),
    masterAnswers("RoutingNotRunning", BGP_RPCS),
    masterAnswers("RoutingNotRunning", BFD_RPCS),
    masterAnswers("RoutingNotRunning", ROUTE_RPCS),
    masterAnswers("RoutingNotRunning", EVPN_RPCS),
    masterAnswers("LearningNotRunning", SWITCHING_RPCS),
  ].flatMap((table) => Object.entries(table)),
);

/** The RPC of that name; undefined where the device would answer `syntax error`. */
export function findRpc(name: string): RpcDefinition | undefined {
  return RPCS.get(name);
}

/** The names of all RPCs. */
export function rpcNames(): readonly string[] {
  return [...RPCS.keys()];
}
