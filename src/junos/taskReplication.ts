/** Replication of protocol state to the backup routing engine (`show task replication`); asked of the master. */
import { element, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { firstOf, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

export interface ProtocolReplication {
  readonly protocol: string;
  /** `Complete`, `InProgress`, `NotStarted`. */
  readonly state: string;
}

export interface TaskReplication {
  /** Graceful switchover is configured and works. */
  readonly gracefulSwitchover: boolean;
  /** `Master` or `Backup`. */
  readonly mode: string | undefined;
  readonly protocols: readonly ProtocolReplication[];
  /** Every protocol is `Complete`, and there is one at least. */
  readonly complete: boolean;
}

/** `show task replication`. */
export function taskReplicationRequest(): XmlNode {
  return element("get-routing-task-replication-state");
}

/** Reads how far nonstop routing has replicated the protocols. */
export async function readTaskReplication(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<TaskReplication> {
  return parseTaskReplication(await ask(caller, taskReplicationRequest(), options));
}

/** Reads the reply of `taskReplicationRequest`: names and states alternate in one flat list. */
export function parseTaskReplication(reply: XmlNode): TaskReplication {
  const root = firstOf(reply, "task-replication-state") ?? reply;
  const states = findAll(root, "task-protocol-replication-state");
  const protocols = findAll(root, "task-protocol-replication-name").map((name, index) => ({
    protocol: name.text,
    state: states[index]?.text ?? "Unknown",
  }));
  return {
    gracefulSwitchover: textOf(root, "task-gres-state") === "Enabled",
    mode: textOf(root, "task-re-mode"),
    protocols,
    complete: protocols.length > 0 && protocols.every(({ state }) => state === "Complete"),
  };
}
