/**
 * The device's end of a NETCONF session: noise and hello first, then one RPC after the other, each answered
 * when it is done. Framing is that of NETCONF 1.0, as Junos speaks it.
 */
import type { Duplex } from "node:stream";

import { encodeMessage, MessageSplitter } from "../../netconf/framing.ts";
import { renderXml, renderXmlLines } from "../../netconf/xml.ts";
import { element } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { Editor, PrivateCopy } from "../config/configDatabase.ts";
import { readRequest } from "./requestXml.ts";

/** What to do with the reply of an RPC. */
export type ReplyFate =
  | { readonly kind: "send"; readonly content: readonly XmlNode[] }
  /** Half of it; then the message ends, or the session does. */
  | { readonly kind: "truncate"; readonly content: readonly XmlNode[]; readonly ends: "Message" | "Session" }
  /** Never; the session stays open. */
  | { readonly kind: "swallow" }
  /** Never; the connection dies. */
  | { readonly kind: "drop" };

/** The device behind a session. */
export interface SessionHost {
  /** Executes the operation. Must not throw. */
  execute(session: NetconfServerSession, operation: XmlNode): Promise<ReplyFate>;
  /** The session is gone, whoever ended it. */
  ended(session: NetconfServerSession): void;
  /** The login class of a user: `j-super-user`, `read-only`. */
  classOf(user: string): string;
  /** The namespace of `junos:` attributes, with the running release in it. */
  junosNamespace(): string;
}

const CAPABILITIES = [
  "urn:ietf:params:netconf:base:1.0",
  "urn:ietf:params:netconf:capability:candidate:1.0",
  "urn:ietf:params:netconf:capability:confirmed-commit:1.0",
  "urn:ietf:params:netconf:capability:validate:1.0",
  "urn:ietf:params:netconf:capability:url:1.0?scheme=http,ftp,file",
  "urn:ietf:params:xml:ns:netconf:base:1.0",
  "urn:ietf:params:xml:ns:netconf:capability:candidate:1.0",
  "urn:ietf:params:xml:ns:netconf:capability:confirmed-commit:1.0",
  "urn:ietf:params:xml:ns:netconf:capability:validate:1.0",
  "http://xml.juniper.net/netconf/junos/1.0",
  "http://xml.juniper.net/dmi/system/1.0",
];
const BASE_NAMESPACE = "urn:ietf:params:xml:ns:netconf:base:1.0";

/** One session over one byte stream. */
export class NetconfServerSession implements Editor {
  readonly sessionId: number;
  readonly user: string;
  privateCopy: PrivateCopy | undefined = undefined;
  readonly #stream: Duplex;
  readonly #host: SessionHost;
  readonly #splitter = new MessageSplitter();
  readonly #waiting: Buffer[] = [];
  #busy = false;
  #greeted = false;
  #ended = false;

  constructor(
    stream: Duplex,
    host: SessionHost,
    options: { readonly sessionId: number; readonly user: string },
  ) {
    this.#stream = stream;
    this.#host = host;
    this.sessionId = options.sessionId;
    this.user = options.user;
    stream.on("data", (chunk: Buffer) => this.#receive(chunk));
    stream.on("error", () => this.destroy());
    stream.on("end", () => this.destroy());
    stream.on("close", () => this.destroy());
    stream.write(
      "<!-- No zombies were killed during the creation of this user interface -->\n" +
        `<!-- user ${options.user}, class ${host.classOf(options.user)} -->\n`,
    );
    stream.write(encodeMessage(`${renderXml(this.#hello())}\n`));
  }

  /** True when the session is over. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Ends the session without a word. */
  destroy(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting.length = 0;
    this.#stream.destroy();
    this.#host.ended(this);
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    try {
      this.#waiting.push(...this.#splitter.push(chunk));
    } catch {
      this.destroy();
      return;
    }
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      try {
        await this.#answer(message);
      } catch {
        // Nothing that a client sends may take the simulation down.
        this.destroy();
      }
    }
    this.#busy = false;
  }

  async #answer(message: Buffer): Promise<void> {
    let request: XmlNode;
    try {
      request = readRequest(message);
    } catch {
      // mgd gives up on a client that does not send XML.
      this.destroy();
      return;
    }
    if (!this.#greeted) {
      this.#greeted = true;
      if (request.name === "hello") return;
    }
    const [operation] = request.children;
    if (request.name !== "rpc" || operation === undefined) {
      this.destroy();
      return;
    }
    const fate = await this.#host.execute(this, operation);
    if (this.#ended) return;
    switch (fate.kind) {
      case "send":
        this.#send(request, fate.content);
        if (operation.name === "close-session") this.#finish();
        break;
      case "truncate":
        this.#sendHalf(request, fate);
        break;
      case "swallow":
        break;
      case "drop":
        this.destroy();
        break;
    }
  }

  #send(request: XmlNode, content: readonly XmlNode[]): void {
    this.#stream.write(encodeMessage(this.#reply(request, content)));
  }

  #sendHalf(
    request: XmlNode,
    { content, ends }: { readonly content: readonly XmlNode[]; readonly ends: "Message" | "Session" },
  ): void {
    const reply = this.#reply(request, content);
    const half = reply.slice(0, Math.ceil(reply.length / 2));
    if (ends === "Message") {
      this.#stream.write(encodeMessage(half));
      return;
    }
    // What was written is on its way before the connection ends.
    this.#stream.write(half, () => this.destroy());
  }

  #reply(request: XmlNode, content: readonly XmlNode[]): string {
    const id = request.attributes["message-id"];
    const reply = element("rpc-reply", content, {
      xmlns: BASE_NAMESPACE,
      "xmlns:junos": this.#host.junosNamespace(),
      ...(id === undefined ? {} : { "message-id": id }),
    });
    return `${renderXmlLines(reply)}\n`;
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#host.ended(this);
    this.#stream.end();
  }

  #hello(): XmlNode {
    return element(
      "hello",
      [
        element(
          "capabilities",
          CAPABILITIES.map((capability) => element("capability", capability)),
        ),
        element("session-id", String(this.sessionId)),
      ],
      { xmlns: BASE_NAMESPACE },
    );
  }
}
