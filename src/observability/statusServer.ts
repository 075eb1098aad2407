/**
 * The HTTP server for those who watch the process: the kubelet asks `/healthz` and `/readyz`, Prometheus asks
 * `/metrics`. It serves nothing else, takes no input, and answers anybody, so it shows nothing that is secret.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface StatusServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Why the process is not ready, in words; empty when it is. */
  readonly notReady: () => Promise<readonly string[]>;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface StatusServer {
  /** `host:port`. */
  readonly address: string;
  close(): Promise<void>;
}

/** For a request to come in, and for one more on the same connection. */
const TIMEOUT_MILLISECONDS = 5000;
const MAX_CONNECTIONS = 64;
const MAX_HEADER_BYTES = 8192;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Starts to listen. Rejects when the address is taken or is none. */
export async function serveStatus(options: StatusServerOptions): Promise<StatusServer> {
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    void answer(options, request).then((found) => {
      send(found, request, response);
    });
  });
  server.headersTimeout = TIMEOUT_MILLISECONDS;
  server.requestTimeout = TIMEOUT_MILLISECONDS;
  server.keepAliveTimeout = TIMEOUT_MILLISECONDS;
  server.maxConnections = MAX_CONNECTIONS;
  server.listen({ host: options.host, port: options.port });
  await once(server, "listening");
  return {
    address: addressOf(server.address()),
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(options: StatusServerOptions, { method, url = "" }: IncomingMessage): Promise<Answer> {
  const path = url.split("?")[0];
  if (path !== "/healthz" && path !== "/readyz" && path !== "/metrics") return plain(404, "not found");
  if (method !== "GET" && method !== "HEAD") {
    return { ...plain(405, "only GET and HEAD"), headers: { allow: "GET, HEAD" } };
  }
  try {
    switch (path) {
      case "/healthz":
        // That this is answered is the proof that the event loop turns.
        return plain(200, "ok");
      case "/readyz": {
        const reasons = await options.notReady();
        return reasons.length === 0 ? plain(200, "ready") : plain(503, reasons.join("\n"));
      }
      case "/metrics":
        return { status: 200, ...(await options.metrics()) };
    }
  } catch {
    // What went wrong is nobody's business out there.
    return plain(500, "internal error");
  }
}

function plain(status: number, text: string): Answer {
  return { status, text: `${text}\n` };
}

function send(
  { status, text, contentType = "text/plain; charset=utf-8", headers = {} }: Answer,
  { method }: IncomingMessage,
  response: ServerResponse,
): void {
  response.writeHead(status, {
    ...headers,
    "content-type": contentType,
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(method === "HEAD" ? undefined : text);
}

function addressOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === "string") return String(address);
  const { address: host, family, port } = address;
  return `${family === "IPv6" ? `[${host}]` : host}:${String(port)}`;
}
