/** BFD sessions (`show bfd session`). */
import { descendants, element, type XmlNode } from "../netconf/xmlNode.ts";
import { expectElement, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

export interface BfdSession {
  readonly neighbour: string;
  readonly up: boolean;
  readonly interface: string | undefined;
  /** The protocols that rely on it: `BGP`, `Static`. */
  readonly clients: readonly string[];
}

/** `show bfd session`. */
export function bfdSessionsRequest(): XmlNode {
  return element("get-bfd-session-information");
}

/** Reads all BFD sessions. Throws `JunosError` `ReplyUnexpected`. */
export async function readBfdSessions(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<readonly BfdSession[]> {
  return parseBfdSessions(
    expectElement(await ask(caller, bfdSessionsRequest(), options), "bfd-session-information"),
  );
}

/** Reads the reply of `bfdSessionsRequest`. */
export function parseBfdSessions(reply: XmlNode): readonly BfdSession[] {
  return [...descendants(reply, "bfd-session")].map((node) => ({
    neighbour: textOf(node, "session-neighbor") ?? "",
    up: textOf(node, "session-state") === "Up",
    interface: textOf(node, "session-interface"),
    clients: [...descendants(node, "client-name")].map((client) => client.text),
  }));
}
