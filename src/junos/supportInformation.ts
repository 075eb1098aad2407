/** What `request support information` says: the one file that a vendor's support asks for first. */
import { element, type XmlNode } from "../netconf/xmlNode.ts";
import { allTextOf } from "./reply.ts";
import { askLeniently, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** A hundred commands, one after the other, on a routing engine that may be busy. */
const SUPPORT_TIMEOUT_SECONDS = 900;

/** As text: it is for people, and the XML is several times as large. */
export function supportInformationRequest(): XmlNode {
  return element("get-support-information", [], { format: "text" });
}

/** The device's words, secrets and all. A command among them that failed says so in its place. */
export async function readSupportInformation(caller: RpcCaller, options?: CallOptions): Promise<string> {
  const reply = await askLeniently(caller, supportInformationRequest(), {
    timeoutSeconds: SUPPORT_TIMEOUT_SECONDS,
    ...options,
  });
  return allTextOf(reply);
}
