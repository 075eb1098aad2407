/**
 * One NETCONF session over any duplex stream: hello, then one RPC at a time. A session is never used again
 * after it lost track of what the device is answering; a late reply must not be taken for the next one's.
 */
import type { Duplex } from "node:stream";

import { onAbort, startDeadline, waitRealTime, type Wait } from "./deadline.ts";
import { NetconfError, type NetconfErrorCode } from "./errors.ts";
import { BASE_NAMESPACE, readHello, renderHello, type Hello } from "./hello.ts";
import { openLink, type Link } from "./link.ts";
import { RpcError, hasFailed, rpcErrors } from "./rpcError.ts";
import { parseReply, renderXml } from "./xml.ts";
import { element, type XmlNode } from "./xmlNode.ts";

/** How a session is opened. */
export interface SessionOptions {
  /** How long the device may take for its hello. Default 30. */
  readonly helloTimeoutSeconds?: number;
  /** The largest reply taken. Default 16 MiB. */
  readonly maxReplyBytes?: number;
  /** How long an RPC may take unless its call says otherwise. Default 60. */
  readonly defaultTimeoutSeconds?: number;
  /** Gives up the opening; an open session is given up by `close` or by the signal of a call. */
  readonly signal?: AbortSignal;
  /** Default: real time. */
  readonly wait?: Wait;
}

/** How one RPC is called. */
export interface CallOptions {
  /** Counted from when it is sent, not from when it is queued. */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

/** An open session. */
export interface NetconfSession {
  readonly sessionId: string | undefined;
  readonly capabilities: readonly string[];
  /**
   * Sends the RPC and resolves with the `rpc-reply` element. One RPC is outstanding at a time; calls queue
   * in order. Throws `RpcError` when the reply carries an error of severity `error` (its `reply` holds the
   * data that came with it), otherwise `NetconfError`. A call that timed out or was aborted after it had
   * been sent closes the session; what the device made of it is not known.
   */
  call(rpc: XmlNode, options?: CallOptions): Promise<XmlNode>;
  /** Says close-session if nothing is outstanding, waits a moment for the answer, destroys the stream. */
  close(): Promise<void>;
  /** Resolves when the session is over: with the reason, or with undefined after `close`. */
  readonly closed: Promise<NetconfError | undefined>;
}

/** How long a device may take for its hello unless told otherwise. */
export const HELLO_TIMEOUT_SECONDS = 30;
const DEFAULT_TIMEOUT_SECONDS = 60;
const CLOSE_GRACE_SECONDS = 2;
const QUOTED_CHARACTERS = 200;

/** Exchanges hellos. Takes over the stream, and destroys it when this fails. Throws `NetconfError`. */
export async function openSession(stream: Duplex, options: SessionOptions = {}): Promise<NetconfSession> {
  const session = new Session(stream, options);
  await session.greeted;
  return session;
}

interface Call {
  readonly messageId: string;
  readonly rpcName: string;
  readonly text: string;
  readonly timeoutSeconds: number;
  readonly resolve: (reply: XmlNode) => void;
  readonly reject: (error: Error) => void;
  /** Ends what watches over this call: the listener on its signal, and its deadline once it is sent. */
  calledOff: (() => void)[];
}

class Session implements NetconfSession {
  readonly closed: Promise<NetconfError | undefined>;
  readonly greeted: Promise<void>;
  readonly #link: Link;
  readonly #wait: Wait;
  readonly #defaultTimeoutSeconds: number;
  readonly #queue: Call[] = [];
  #hello: Hello | undefined;
  #beforeHello = "";
  #current: Call | undefined;
  #lastMessageId = 0;
  #closing = false;
  #over: { readonly reason: NetconfError | undefined } | undefined;
  // Both are set by the promises' executors, which run at once.
  #resolveClosed: (reason: NetconfError | undefined) => void = () => undefined;
  #settleGreeting: (error?: NetconfError) => void = () => undefined;

  constructor(stream: Duplex, options: SessionOptions) {
    this.#wait = options.wait ?? waitRealTime;
    this.#defaultTimeoutSeconds = options.defaultTimeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#link = openLink(
      stream,
      {
        onMessage: (message) => {
          if (this.#hello === undefined) this.#greet(message);
          else this.#receive(message);
        },
        onEnd: (error) => {
          this.#end(error);
        },
      },
      options.maxReplyBytes === undefined ? {} : { maxMessageBytes: options.maxReplyBytes },
    );
    this.greeted = this.#awaitGreeting(options);
    this.#link.send(renderHello());
  }

  get sessionId(): string | undefined {
    return this.#hello?.sessionId;
  }

  get capabilities(): readonly string[] {
    return this.#hello?.capabilities ?? [];
  }

  call(rpc: XmlNode, options: CallOptions = {}): Promise<XmlNode> {
    if (this.#closing || this.#over !== undefined) return Promise.reject(this.#sessionClosed());
    return this.#enqueue(rpc, options);
  }

  async close(): Promise<void> {
    if (!this.#closing && this.#over === undefined) {
      this.#closing = true;
      const isIdle = this.#current === undefined && this.#queue.length === 0;
      // The device may answer, hang up or do nothing; all are an end.
      if (isIdle) {
        await this.#enqueue(element("close-session"), { timeoutSeconds: CLOSE_GRACE_SECONDS }).catch(
          () => undefined,
        );
      }
      this.#end(undefined);
    }
    await this.closed;
  }

  #awaitGreeting(options: SessionOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      const seconds = options.helloTimeoutSeconds ?? HELLO_TIMEOUT_SECONDS;
      const expired = (): void => {
        this.#end(new NetconfError("HelloMissing", `no hello within ${seconds} s`));
      };
      const aborted = (): void => {
        this.#end(new NetconfError("Aborted", "opening the session was aborted"));
      };
      const calledOff = [startDeadline(seconds, expired, this.#wait), onAbort(options.signal, aborted)];
      this.#settleGreeting = (error) => {
        for (const off of calledOff) off();
        if (error === undefined) resolve();
        else reject(error);
      };
      if (options.signal?.aborted === true) aborted();
    });
  }

  #greet(message: Buffer): void {
    const text = message.toString("utf8");
    this.#hello = readHello(text);
    if (this.#hello !== undefined) this.#settleGreeting();
    else this.#beforeHello = (this.#beforeHello + text).slice(0, QUOTED_CHARACTERS);
  }

  #enqueue(rpc: XmlNode, options: CallOptions): Promise<XmlNode> {
    return new Promise((resolve, reject) => {
      if (options.signal?.aborted === true) {
        reject(new NetconfError("Aborted", `${rpc.name} was aborted before it was sent`));
        return;
      }
      const messageId = String(++this.#lastMessageId);
      const envelope = element("nc:rpc", [rpc], { "xmlns:nc": BASE_NAMESPACE, "message-id": messageId });
      const call: Call = {
        messageId,
        rpcName: rpc.name,
        text: renderXml(envelope),
        timeoutSeconds: options.timeoutSeconds ?? this.#defaultTimeoutSeconds,
        resolve,
        reject,
        calledOff: [],
      };
      call.calledOff.push(
        onAbort(options.signal, () => {
          this.#abort(call);
        }),
      );
      this.#queue.push(call);
      this.#sendNext();
    });
  }

  #sendNext(): void {
    if (this.#current !== undefined || this.#over !== undefined) return;
    const call = this.#queue.shift();
    if (call === undefined) return;
    this.#current = call;
    const expired = (): void => {
      this.#abandon(call, "ReplyTimeout", `no reply to ${call.rpcName} within ${call.timeoutSeconds} s`);
    };
    call.calledOff.push(startDeadline(call.timeoutSeconds, expired, this.#wait));
    this.#link.send(call.text);
  }

  #receive(message: Buffer): void {
    // Junos ends a session with a comment, which is no reply to anything.
    if (isOnlyComments(message)) return;
    const call = this.#current;
    if (call === undefined) throw new NetconfError("ReplyMalformed", "the device answers what nobody asked");
    const reply = parseReply(message);
    if (reply.name !== "rpc-reply" || reply.attributes["message-id"] !== call.messageId) {
      throw new NetconfError(
        "ReplyMalformed",
        `the device does not answer ${call.rpcName} but another message`,
      );
    }
    this.#current = undefined;
    callOff(call);
    const errors = rpcErrors(reply);
    if (hasFailed(errors)) call.reject(new RpcError(reply, errors));
    else call.resolve(reply);
    this.#sendNext();
  }

  #abort(call: Call): void {
    if (call === this.#current) {
      this.#abandon(call, "Aborted", `${call.rpcName} was aborted while the device was working on it`);
      return;
    }
    this.#queue.splice(this.#queue.indexOf(call), 1);
    callOff(call);
    call.reject(new NetconfError("Aborted", `${call.rpcName} was aborted before it was sent`));
  }

  #abandon(call: Call, code: NetconfErrorCode, message: string): void {
    if (call === this.#current) this.#end(new NetconfError(code, message));
  }

  /** The first reason counts. The outstanding call fails with it; those that were not sent say so. */
  #end(reason: NetconfError | undefined): void {
    if (this.#over !== undefined) return;
    if (this.#hello === undefined) this.#beforeHello += this.#link.unfinished(QUOTED_CHARACTERS);
    this.#over = { reason: this.#closing ? undefined : reason };
    this.#link.close();
    const current = this.#current;
    const unsent = this.#queue.splice(0);
    this.#current = undefined;
    if (current !== undefined) {
      callOff(current);
      current.reject(reason ?? this.#sessionClosed());
    }
    for (const call of unsent) {
      callOff(call);
      call.reject(this.#sessionClosed());
    }
    this.#settleGreeting(this.#hello === undefined ? this.#explainedBeforeHello(reason) : undefined);
    this.#resolveClosed(this.#over.reason);
  }

  #sessionClosed(): NetconfError {
    return new NetconfError("SessionClosed", "the session is closed", { cause: this.#over?.reason });
  }

  /** Only what comes before the hello is ever quoted: replies may hold secrets of the device. */
  #explainedBeforeHello(reason: NetconfError | undefined): NetconfError {
    if (reason === undefined) return this.#sessionClosed();
    const said = this.#beforeHello.replace(/\s+/g, " ").trim().slice(0, QUOTED_CHARACTERS);
    if (said === "") return reason;
    return new NetconfError(reason.code, `${reason.message}; the device said: ${said}`, { cause: reason });
  }
}

function callOff(call: Call): void {
  for (const off of call.calledOff) off();
  call.calledOff = [];
}

const COMMENT = Buffer.from("<!--");

function isOnlyComments(message: Buffer): boolean {
  let at = skipSpace(message, 0);
  while (message.subarray(at, at + COMMENT.length).equals(COMMENT)) {
    const end = message.indexOf("-->", at);
    if (end === -1) return false;
    at = skipSpace(message, end + 3);
  }
  return at === message.length;
}

function skipSpace(message: Buffer, from: number): number {
  let at = from;
  while (at < message.length && /\s/.test(String.fromCharCode(message[at] ?? 0))) at += 1;
  return at;
}
