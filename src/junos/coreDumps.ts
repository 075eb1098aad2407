/** Core dumps that lie on a device (`show system core-dumps`): something of it has crashed. */
import { element, type XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, expectElement } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** `show system core-dumps`. */
export function coreDumpsRequest(): XmlNode {
  return element("get-system-core-dumps");
}

/** The paths of all core dumps, of every routing engine. Throws `JunosError` `ReplyUnexpected`. */
export async function readCoreDumps(caller: RpcCaller, options?: CallOptions): Promise<readonly string[]> {
  return parseCoreDumps(expectElement(await ask(caller, coreDumpsRequest(), options), "directory-list"));
}

/** Reads the reply of `coreDumpsRequest`. Places without any say so in `<output>`. */
export function parseCoreDumps(reply: XmlNode): readonly string[] {
  return enginePartsOf(reply, "file-name").map(({ engineName, node }) =>
    engineName === null ? node.text : `${engineName}:${node.text}`,
  );
}
