/** A NETCONF client of few lines, so that the simulator is tested without the client it will be used to test. */
import type { Duplex } from "node:stream";

import { encodeMessage, MessageSplitter } from "../../../src/netconf/framing.ts";
import { parseXml } from "../../../src/netconf/xml.ts";
import { descendants } from "../../../src/netconf/xmlNode.ts";
import type { XmlNode } from "../../../src/netconf/xmlNode.ts";

interface Pending {
  readonly resolve: (reply: XmlNode) => void;
  readonly reject: (error: Error) => void;
}

/** One session. Replies come in the order of the calls, as Junos sends them. */
export class RawClient {
  readonly #stream: Duplex;
  readonly #splitter = new MessageSplitter();
  readonly #pending: Pending[] = [];
  /** Everything received, as text. */
  received = "";
  closed = false;
  hello: XmlNode | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => this.#receive(chunk));
    stream.on("error", () => this.#close());
    stream.on("close", () => this.#close());
    stream.on("end", () => this.#close());
    stream.write(
      encodeMessage(
        '<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>',
      ),
    );
  }

  /** Sends `<rpc>operation</rpc>` and resolves with the reply. Rejects when the connection is gone. */
  call(operation: string): Promise<XmlNode> {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new Error("connection closed"));
        return;
      }
      this.#pending.push({ resolve, reject });
      this.#stream.write(encodeMessage(`<rpc message-id="1">${operation}</rpc>`));
    });
  }

  /** As `call`, but throws when the reply holds an error of severity `error`. */
  async succeed(operation: string): Promise<XmlNode> {
    const reply = await this.call(operation);
    const errors = errorsOf(reply);
    if (errors.length > 0) throw new Error(errors.join("; "));
    return reply;
  }

  destroy(): void {
    this.#stream.destroy();
    this.#close();
  }

  #receive(chunk: Buffer): void {
    this.received += chunk.toString();
    for (const message of this.#splitter.push(chunk)) {
      const text = message.toString();
      if (this.hello === undefined) this.hello = parseXml(text.slice(text.indexOf("<hello")));
      else this.#pending.shift()?.resolve(parseXml(text));
    }
  }

  #close(): void {
    this.closed = true;
    for (const pending of this.#pending.splice(0)) pending.reject(new Error("connection closed"));
  }
}

/** The messages of the reply's errors, warnings left out. */
export function errorsOf(reply: XmlNode): readonly string[] {
  return [...descendants(reply, "rpc-error")]
    .filter((error) =>
      error.children.some((child) => child.name === "error-severity" && child.text === "error"),
    )
    .map((error) => error.children.find((child) => child.name === "error-message")?.text ?? "");
}

/** The text of the first element of that name at any depth. */
export function textOf(reply: XmlNode, name: string): string | undefined {
  for (const node of descendants(reply, name)) return node.text;
  return undefined;
}
