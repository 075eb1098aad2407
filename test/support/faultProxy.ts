/**
 * A proxy in front of an API server that breaks what it is told to break. It stands in the server's place with the
 * server's own certificate, so that a client is not set up any differently.
 */
import { EventEmitter, once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { Cluster } from "./cluster/startCluster.ts";

/** A request as the proxy saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: URL;
  /** Real milliseconds. */
  readonly at: number;
  readonly isWatch: boolean;
}

export type Fault =
  /** An answer of the proxy's own; the server is not asked. */
  | {
      readonly is: "Reply";
      readonly statusCode: number;
      readonly body?: string;
      readonly retryAfter?: string;
    }
  /** The connection is reset; the server is not asked. */
  | { readonly is: "Reset" }
  /** The server does it, and then the connection is reset: nobody learns that it was done. */
  | { readonly is: "LostReply" }
  /** Nothing comes back, and nothing is closed. */
  | { readonly is: "Silence" };

/** An open watch. */
export interface Stream {
  readonly request: SeenRequest;
  /** Resets the connection. */
  reset(): void;
  /** From now on nothing comes through, and nothing is closed. */
  silence(): void;
  /** Sends a line of the proxy's own; resolves when it is on its way. */
  write(line: string): Promise<void>;
  /** Lets half of the next piece through, then ends the reply as if it were whole. */
  cutNextPiece(): void;
}

export interface FaultProxy {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** How many connections clients opened. */
  connections(): number;
  /** The open watches, oldest first. */
  readonly streams: readonly Stream[];
  /** Breaks the next request that matches. */
  breakNext(matches: (request: SeenRequest) => boolean, fault: Fault): void;
  /** Waits until a condition on what the proxy has seen holds. */
  until(condition: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a proxy in front of a cluster. */
export async function startFaultProxy(cluster: Cluster): Promise<FaultProxy> {
  const requests: SeenRequest[] = [];
  const streams: Stream[] = [];
  const faults: { matches: (request: SeenRequest) => boolean; fault: Fault }[] = [];
  const sockets = new Set<Socket>();
  const changes = new EventEmitter();
  let connections = 0;

  const server = createServer({ cert: cluster.ca, key: cluster.key }, (incoming, outgoing) => {
    const url = new URL(incoming.url ?? "/", cluster.url);
    const isWatch = url.searchParams.has("watch");
    const seen = { method: incoming.method ?? "", url, at: performance.now(), isWatch };
    requests.push(seen);
    const index = faults.findIndex(({ matches }) => matches(seen));
    const fault = index < 0 ? undefined : faults.splice(index, 1)[0]?.fault;
    changes.emit("change");
    switch (fault?.is) {
      case undefined:
        forward(seen, { incoming, outgoing });
        break;
      case "Reply": {
        const { statusCode, body = "", retryAfter } = fault;
        incoming.resume();
        outgoing.writeHead(statusCode, retryAfter === undefined ? {} : { "retry-after": retryAfter });
        outgoing.end(body);
        break;
      }
      case "Reset":
        incoming.socket.destroy();
        break;
      case "LostReply":
        ask(incoming, (reply) => {
          reply.resume().once("end", () => incoming.socket.destroy());
        });
        break;
      case "Silence":
        incoming.resume();
        break;
    }
  });
  server.on("secureConnection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });

  const ask = (incoming: IncomingMessage, answer: (reply: IncomingMessage) => void) => {
    const { method, headers } = incoming;
    const options = { method, headers, ca: cluster.ca, agent: false as const };
    const asked = httpsRequest(new URL(incoming.url ?? "/", cluster.url), options, answer);
    // A server that is down looks to the client as it is: a connection that breaks.
    asked.on("error", () => incoming.socket.destroy());
    const giveUp = () => asked.destroy();
    incoming.socket.once("close", giveUp);
    asked.once("close", () => incoming.socket.off("close", giveUp));
    incoming.pipe(asked);
  };

  const forward = (
    seen: SeenRequest,
    { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
  ) => {
    ask(incoming, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
      outgoing.flushHeaders();
      let mode: "Through" | "Silent" | "Cut" = "Through";
      reply.on("data", (piece: Buffer) => {
        if (mode === "Through") outgoing.write(piece);
        if (mode !== "Cut") return;
        outgoing.end(piece.subarray(0, piece.length / 2));
        reply.destroy();
      });
      reply.once("end", () => {
        if (mode === "Through") outgoing.end();
      });
      reply.once("error", () => incoming.socket.destroy());
      if (!seen.isWatch) return;
      const stream: Stream = {
        request: seen,
        reset: () => incoming.socket.destroy(),
        silence: () => {
          mode = "Silent";
        },
        write: async (line) =>
          new Promise((resolve) => {
            outgoing.write(`${line}\n`, () => resolve());
          }),
        cutNextPiece: () => {
          mode = "Cut";
        },
      };
      streams.push(stream);
      outgoing.once("close", () => {
        streams.splice(streams.indexOf(stream), 1);
        changes.emit("change");
      });
      changes.emit("change");
    });
  };

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    url: `https://127.0.0.1:${address.port}`,
    requests,
    connections: () => connections,
    streams,
    breakNext: (matches, fault) => {
      faults.push({ matches, fault });
    },
    until: async (condition) => {
      while (!condition()) await once(changes, "change");
    },
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (server.listening) await once(server, "close");
    },
  };
}
