/** Recovery snapshots: the running software copied to where the device boots from when its own disk or slice fails. */
import { element } from "../netconf/xmlNode.ts";
import { allTextOf } from "./reply.ts";
import { JunosError } from "./replyErrors.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** Gigabytes are copied to a slow disk. */
const SNAPSHOT_TIMEOUT_SECONDS = 1800;

/** What a VM host says in the end. */
const VMHOST_DONE = /Software snapshot done/i;

/**
 * `request system snapshot`, or `request vmhost snapshot` of a routing engine that is a VM host. Resolves once the device
 * says that it is done; throws `JunosError` in its words where it is not.
 */
export async function requestSnapshot(
  caller: RpcCaller,
  { vmhost, ...options }: CallOptions & { vmhost: boolean },
): Promise<void> {
  const rpc = element(vmhost ? "request-vmhost-snapshot" : "request-snapshot");
  const reply = await ask(caller, rpc, { timeoutSeconds: SNAPSHOT_TIMEOUT_SECONDS, ...options });
  const words = allTextOf(reply).trim();
  if (vmhost && !VMHOST_DONE.test(words)) {
    throw new JunosError(
      { code: "RpcFailed", message: words === "" ? "no answer in words" : words },
      { rpc: rpc.name },
    );
  }
}
