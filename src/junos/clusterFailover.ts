/**
 * Moving redundancy groups of a chassis cluster by hand. A manual failover gives the new primary priority 255 and
 * holds the group there until it is reset; neither changes the configuration.
 */
import { element } from "../netconf/xmlNode.ts";
import { allTextOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/**
 * Makes a node primary for a group (`request chassis cluster failover node N redundancy-group M`). Its reply proves
 * nothing: read the status. Returns the device's words.
 */
export async function requestFailover(
  caller: RpcCaller,
  { group, node }: { group: number; node: string },
  options?: CallOptions,
): Promise<string> {
  const rpc = element("request-chassis-cluster-failover", [
    element("redundancy-group", String(group)),
    element("node", node.replace(/^node/, "")),
  ]);
  return allTextOf(await ask(caller, rpc, options));
}

/** Takes the manual failover of a group back: priorities count again, and with preemption the group may move. */
export async function resetFailover(
  caller: RpcCaller,
  group: number,
  options?: CallOptions,
): Promise<string> {
  const rpc = element("request-chassis-cluster-failover-reset", [element("redundancy-group", String(group))]);
  return allTextOf(await ask(caller, rpc, options));
}
