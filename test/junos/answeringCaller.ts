/** A caller that answers with given replies, as a session would: a reply with an error in it is thrown. */
import type { RpcCaller } from "../../src/junos/rpcCaller.ts";
import { RpcError, hasFailed, rpcErrors } from "../../src/netconf/rpcError.ts";
import { parseReply } from "../../src/netconf/xml.ts";
import type { XmlNode } from "../../src/netconf/xmlNode.ts";

export interface AnsweringCaller extends RpcCaller {
  /** The requests so far. */
  readonly sent: readonly XmlNode[];
}

/** Answers the requests in order with these replies (XML text or nodes), or throws an answer that is an error. */
export function answering(...answers: readonly (string | Buffer | XmlNode | Error)[]): AnsweringCaller {
  const sent: XmlNode[] = [];
  return {
    sent,
    async call(rpc) {
      const answer = answers[sent.length];
      sent.push(rpc);
      if (answer === undefined) throw new Error(`no answer for ${rpc.name}`);
      if (answer instanceof Error) throw answer;
      const reply = typeof answer === "string" || Buffer.isBuffer(answer) ? parseReply(answer) : answer;
      const errors = rpcErrors(reply);
      if (hasFailed(errors)) throw new RpcError(reply, errors);
      return reply;
    },
  };
}
