/** The least of a device: it greets, and answers each RPC as it is told. */
import type { Duplex } from "node:stream";

import { MessageSplitter, encodeMessage } from "../../src/netconf/framing.ts";
import { parseXml } from "../../src/netconf/xml.ts";
import type { XmlNode } from "../../src/netconf/xmlNode.ts";

export const HELLO =
  '<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities>' +
  "<capability>urn:ietf:params:netconf:base:1.0</capability>" +
  "<capability>http://xml.juniper.net/netconf/junos/1.0</capability>" +
  "</capabilities><session-id>4711</session-id></hello>";

/** One RPC as the device received it. */
export interface ReceivedRpc {
  readonly name: string;
  readonly messageId: string;
  readonly rpc: XmlNode;
  /** Answers with this content of an rpc-reply. */
  reply(content: string): void;
  /** Sends these characters as they are. */
  send(text: string): void;
}

export interface FakeDevice {
  readonly received: readonly string[];
}

/** Serves the stream. `greeting` is sent as it is, the delimiter included. */
export function serveFakeDevice(
  stream: Duplex,
  onRpc: (rpc: ReceivedRpc) => void = (rpc) => {
    rpc.reply("<ok/>");
  },
  greeting: string | Buffer = encodeMessage(HELLO),
): FakeDevice {
  const received: string[] = [];
  const splitter = new MessageSplitter();
  const send = (text: string): void => {
    stream.write(text);
  };
  stream.on("error", () => undefined);
  stream.on("data", (chunk: Buffer) => {
    for (const message of splitter.push(chunk)) {
      const root = parseXml(message);
      const [rpc] = root.children;
      if (root.name !== "rpc" || rpc === undefined) continue;
      const messageId = root.attributes["message-id"] ?? "";
      received.push(rpc.name);
      onRpc({
        name: rpc.name,
        messageId,
        rpc,
        send,
        reply: (content) => {
          send(`<rpc-reply message-id="${messageId}">${content}</rpc-reply>]]>]]>`);
        },
      });
    }
  });
  if (greeting.length > 0) stream.write(greeting);
  return { received };
}
