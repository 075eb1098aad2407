/**
 * The one thing this room needs from a connection: something that sends an RPC and hands back its reply. A
 * NETCONF session is one; tests answer with stored replies.
 */
import { NetconfError } from "../netconf/errors.ts";
import { RpcError } from "../netconf/rpcError.ts";
import { descendants, type XmlNode } from "../netconf/xmlNode.ts";
import { JunosError, problemOfReplyText, problemOfRpcError } from "./replyErrors.ts";

export interface CallOptions {
  /** How long to wait for the reply. A device goes on working when we stop waiting. */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

export interface RpcCaller {
  /**
   * Sends one RPC and resolves with its `<rpc-reply>`. Throws `RpcError` when the reply holds an error,
   * `NetconfError` when there is no reply.
   */
  call(rpc: XmlNode, options?: CallOptions): Promise<XmlNode>;
}

/**
 * Sends the RPC and turns what a device refuses into a `JunosError`, whatever its carrier was: an error element
 * or mere text in `<output>`. `NetconfError` passes through.
 */
export async function ask(caller: RpcCaller, rpc: XmlNode, options?: CallOptions): Promise<XmlNode> {
  let reply: XmlNode;
  try {
    reply = await caller.call(rpc, options);
  } catch (error) {
    if (error instanceof RpcError)
      throw new JunosError(problemOfRpcError(error), { rpc: rpc.name, cause: error });
    throw error;
  }
  for (const output of descendants(reply, "output")) {
    const problem = problemOfReplyText(output.text);
    if (problem !== null) throw new JunosError(problem, { rpc: rpc.name });
  }
  return reply;
}

/**
 * Like `ask`, but a reply with errors in it is handed back like any other: for requests whose replies mix
 * errors and good news, and are classified as a whole.
 */
export async function askLeniently(caller: RpcCaller, rpc: XmlNode, options?: CallOptions): Promise<XmlNode> {
  try {
    return await caller.call(rpc, options);
  } catch (error) {
    if (error instanceof RpcError) return error.reply;
    throw error;
  }
}

/** Whether the thrown thing means that no reply came, so that what the device did is unknown. */
export function isReplyLost(thrown: unknown): boolean {
  return thrown instanceof NetconfError;
}
