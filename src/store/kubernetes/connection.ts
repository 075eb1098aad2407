/**
 * The connection to an API server: authenticated requests over one shared pool of sockets. `KubeConfig` knows how
 * to authenticate (tokens, client certificates, plugins, proxies) but makes a new pool for every request.
 */
import { linkSignals } from "../../api/signalLink.ts";
import type { KubeConfig } from "./clientLibrary.ts";
import type { Dispatcher } from "undici";
import { Agent, request as httpRequest } from "undici";
import type { Clock } from "../../api/time.ts";
import { StoreError } from "../errors.ts";
import type { Json } from "../schema/json.ts";
import type { RequestSubject } from "./apiError.ts";
import { ApiError, apiError } from "./apiError.ts";
import type { Wait } from "./backOff.ts";
import { BackOff } from "./backOff.ts";
import type { Credential } from "./credentials.ts";
import { Credentials, isSameCredential } from "./credentials.ts";

export interface ConnectionOptions {
  readonly kubeConfig: KubeConfig;
  /** Real time, for the age of the pool. */
  readonly clock: Pick<Clock, "monotonicMilliseconds">;
  /** How long a request may take with all its retries. */
  readonly requestTimeoutSeconds: number;
  readonly random: () => number;
  /** Waits between two tries. */
  readonly wait: Wait;
}

export interface ApiRequest extends RequestSubject {
  /** `PATCH` is a merge patch (RFC 7396). */
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly signal?: AbortSignal | undefined;
  /** What of an object is sent. Default: `All`. */
  readonly part?: "All" | "Metadata";
}

const ACCEPT = {
  All: "application/json",
  Metadata: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
} as const;

/** After this time the pool is made anew, so that a rotated CA or client certificate is picked up. */
const POOL_LIFETIME_SECONDS = 600;

/** How often a request is sent where sending it again is safe. */
const ATTEMPTS = 4;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #credentials: Credentials;
  #pool: { readonly dispatcher: Dispatcher; readonly madeAt: number } | undefined;
  readonly #retired = new Set<Promise<void>>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#credentials = new Credentials(options.kubeConfig);
  }

  /**
   * Sends a request and reads the reply's JSON. Sends again what can have had no effect: whatever was turned away
   * with 429, and reads. Throws `StoreError`, or the signal's reason.
   */
  async send(request: ApiRequest): Promise<Json> {
    const { requestTimeoutSeconds, random, wait, clock } = this.#options;
    const deadline = clock.monotonicMilliseconds() + requestTimeoutSeconds * 1000;
    const backOff = new BackOff({ random, wait });
    for (let attempt = 1; ; attempt += 1) {
      const leftSeconds = (deadline - clock.monotonicMilliseconds()) / 1000;
      try {
        return await this.#exchange(request, leftSeconds);
      } catch (error) {
        request.signal?.throwIfAborted();
        if (attempt === ATTEMPTS || !isSafeToRepeat(request, error)) throw error;
        const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) : 0;
        const delaySeconds = Math.max(backOff.nextSeconds(), asked);
        if (delaySeconds > (deadline - clock.monotonicMilliseconds()) / 1000) throw error;
        await wait(delaySeconds, request.signal);
      }
    }
  }

  /**
   * Opens a stream of bytes. It ends with the reply, breaks with an error, or ends when the signal is aborted; no
   * time limit applies. Throws `StoreError`, or the signal's reason.
   */
  async open(request: ApiRequest & { readonly signal: AbortSignal }): Promise<AsyncIterable<Uint8Array>> {
    const { body } = await this.#request(request, request.signal);
    return pieces(request, body);
  }

  /** Ends everything under way, and the pool. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.dispatcher.destroy();
    await Promise.all(this.#retired);
  }

  async #exchange(request: ApiRequest, timeoutSeconds: number): Promise<Json> {
    const timeout = AbortSignal.timeout(Math.max(Math.ceil(timeoutSeconds * 1000), 1));
    const { signal, release } = linkSignals(request.signal, timeout);
    try {
      const { body } = await this.#request(request, signal);
      return await jsonOf(request, body);
    } finally {
      release();
    }
  }

  /**
   * Sends a request; resolves with the reply's head when it is a success. Where the server does not accept the
   * credential, which means that nothing was done, one that is read anew gets a second chance.
   */
  async #request(request: ApiRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { path, query } = request;
    let reply: Dispatcher.ResponseData;
    let text: string;
    try {
      const url = urlOf(this.#credentials.server() + path, query);
      const credential = await this.#credentials.read(url, signal);
      reply = await this.#ask(request, { url, credential, signal });
      if (reply.statusCode === 401) {
        const renewed = await this.#renewed(credential, { url, signal });
        if (renewed !== undefined) {
          await reply.body.dump();
          reply = await this.#ask(request, { url, credential: renewed, signal });
        }
      }
      if (reply.statusCode >= 200 && reply.statusCode < 300) return reply;
      text = await reply.body.text();
    } catch (error) {
      request.signal?.throwIfAborted();
      throw unavailable(request, error);
    }
    const retryAfter = reply.headers["retry-after"];
    throw apiError(
      {
        statusCode: reply.statusCode,
        text,
        retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      },
      request,
    );
  }

  async #ask(
    { method, body, part = "All" }: ApiRequest,
    { url, credential, signal }: { url: URL; credential: Credential; signal: AbortSignal },
  ): Promise<Dispatcher.ResponseData> {
    signal.throwIfAborted();
    const headers = { accept: ACCEPT[part], "user-agent": "hitless", ...credential.headers };
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    return httpRequest(url, {
      method,
      headers: body === undefined ? headers : { ...headers, "content-type": contentType },
      body: body === undefined ? null : JSON.stringify(body),
      dispatcher: this.#shared(credential.dispatcher),
      signal,
    });
  }

  /** Another credential than the one that was refused, or `undefined` where there is none. */
  async #renewed(
    refused: Credential,
    { url, signal }: { url: URL; signal: AbortSignal },
  ): Promise<Credential | undefined> {
    this.#credentials.renew(refused);
    const renewed = await this.#credentials.read(url, signal);
    if (isSameCredential(refused, renewed)) return undefined;
    // A certificate belongs to the sockets: new ones are needed.
    if (renewed.headers["Authorization"] === undefined) this.#retirePool();
    return renewed;
  }

  /** The pool in use. One just made takes over when there is none or it is old; otherwise it never opened a socket. */
  #shared(made: Dispatcher | undefined): Dispatcher {
    const now = this.#options.clock.monotonicMilliseconds();
    const pool = this.#pool;
    if (pool !== undefined && now - pool.madeAt < POOL_LIFETIME_SECONDS * 1000) return pool.dispatcher;
    if (!this.#credentials.server().startsWith("https:")) {
      throw new StoreError("Unavailable", "the kubeconfig's server is not reached over TLS", {
        hint: "name an https:// address: a token must not travel in the clear",
      });
    }
    this.#retirePool();
    // Where the kubeconfig names no authority the library makes none: then the certificate is one of the public's.
    const dispatcher = made ?? new Agent();
    this.#pool = { dispatcher, madeAt: now };
    return dispatcher;
  }

  /** Lets what is under way end; watches end by themselves within minutes. */
  #retirePool(): void {
    if (this.#pool === undefined) return;
    const closing = this.#pool.dispatcher.close().catch(() => undefined);
    this.#pool = undefined;
    this.#retired.add(closing);
    void closing.then(() => this.#retired.delete(closing));
  }
}

function urlOf(address: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}

async function jsonOf(request: ApiRequest, body: Dispatcher.ResponseData["body"]): Promise<Json> {
  try {
    const json: Json = JSON.parse(await body.text());
    return json;
  } catch (error) {
    throw unavailable(request, error);
  }
}

async function* pieces(request: ApiRequest, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    request.signal?.throwIfAborted();
    throw unavailable(request, error);
  }
}

function isSafeToRepeat({ method }: ApiRequest, error: unknown): boolean {
  if (error instanceof ApiError && error.statusCode === 429) return true;
  if (method !== "GET" || !(error instanceof StoreError) || error.code !== "Unavailable") return false;
  return !(error instanceof ApiError) || error.statusCode >= 500;
}

function unavailable({ subject, method }: ApiRequest, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const why =
    cause instanceof Error && cause.name === "TimeoutError" ? "it did not answer in time" : reasonOf(cause);
  const hint = method === "GET" ? "check that the API server can be reached, and the kubeconfig" : undefined;
  return new StoreError("Unavailable", `${subject}: the API server cannot be reached: ${why}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause instanceof AggregateError ? cause.errors[0] : undefined;
  return cause.message || (inner instanceof Error ? inner.message : cause.name);
}
