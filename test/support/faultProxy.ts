/**
 * A proxy in front of an API server that breaks what it is told to break, and counts what passes. It stands in the
 * server's place with the server's own certificate, so that a client is not set up any differently.
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
  /** Of the server's answer; absent while there is none. */
  readonly statusCode?: number;
  /** The sizes of the bodies, so far. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** A PUT or PATCH that the server took and that left the object as it was: a write for nothing. */
  readonly wasNeedless?: boolean;
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
  /** Ends the reply in good order, as a server does whose time is over or whose kinds have changed. */
  end(): void;
}

export interface FaultProxy {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** How many connections clients opened. */
  connections(): number;
  /** How many connections were turned away while the proxy was cut off. */
  turnedAway(): number;
  /** The open watches, oldest first. */
  readonly streams: readonly Stream[];
  /** Breaks the next request that matches. */
  breakNext(matches: (request: SeenRequest) => boolean, fault: Fault): void;
  /** Resets all connections, and every new one until `mend`. */
  cut(): void;
  mend(): void;
  /** From now on the server is told another token in place of this one, which it does not know. */
  revoke(token: string): void;
  /** Waits until a condition on what the proxy has seen holds. */
  until(condition: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

type Seen = { -readonly [Name in keyof SeenRequest]: SeenRequest[Name] };

/** Starts a proxy in front of a cluster. */
export async function startFaultProxy(cluster: Cluster): Promise<FaultProxy> {
  const requests: Seen[] = [];
  const streams: Stream[] = [];
  const faults: { matches: (request: SeenRequest) => boolean; fault: Fault }[] = [];
  const sockets = new Set<Socket>();
  const revoked = new Set<string>();
  const changes = new EventEmitter();
  let connections = 0;
  let turnedAway = 0;
  let isCut = false;

  const server = createServer({ cert: cluster.ca, key: cluster.key }, (incoming, outgoing) => {
    const url = new URL(incoming.url ?? "/", cluster.url);
    const isWatch = url.searchParams.has("watch");
    const method = incoming.method ?? "";
    const seen: Seen = { method, url, at: performance.now(), isWatch, sentBytes: 0, receivedBytes: 0 };
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
  server.on("connection", (socket: Socket) => {
    if (!isCut) return;
    turnedAway += 1;
    socket.destroy();
    changes.emit("change");
  });
  server.on("secureConnection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });

  const ask = (incoming: IncomingMessage, answer: (reply: IncomingMessage) => void) => {
    const { method } = incoming;
    const headers = { ...incoming.headers };
    const token = headers.authorization?.replace("Bearer ", "");
    if (token !== undefined && revoked.has(token)) headers.authorization = "Bearer revoked";
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
    seen: Seen,
    { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
  ) => {
    const isReplacement = seen.method === "PUT" || seen.method === "PATCH";
    const count = (of: "sentBytes" | "receivedBytes") => (size: number) => {
      seen[of] += size;
    };
    const sent = collect(incoming, { keep: isReplacement, count: count("sentBytes") });
    ask(incoming, (reply) => {
      seen.statusCode = reply.statusCode ?? 502;
      const received = collect(reply, { keep: isReplacement, count: count("receivedBytes") });
      outgoing.writeHead(seen.statusCode, reply.headers);
      outgoing.flushHeaders();
      let mode: "Through" | "Silent" | "Cut" = "Through";
      reply.on("data", (piece: Buffer) => {
        if (mode === "Through") outgoing.write(piece);
        if (mode !== "Cut") return;
        outgoing.end(piece.subarray(0, piece.length / 2));
        reply.destroy();
      });
      reply.once("end", () => {
        if (isReplacement && seen.statusCode === 200 && reply.headers["content-encoding"] === undefined) {
          seen.wasNeedless = resourceVersionIn(sent) === resourceVersionIn(received);
        }
        if (mode === "Through") outgoing.end();
        changes.emit("change");
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
        end: () => {
          mode = "Silent";
          outgoing.end();
          reply.destroy();
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
    turnedAway: () => turnedAway,
    streams,
    breakNext: (matches, fault) => {
      faults.push({ matches, fault });
    },
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      isCut = false;
    },
    revoke: (token) => {
      revoked.add(token);
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

/** Counts the bytes of a body as they pass, and keeps them where they are asked for. */
function collect(
  message: IncomingMessage,
  { keep, count }: { readonly keep: boolean; readonly count: (size: number) => void },
): readonly Buffer[] {
  const pieces: Buffer[] = [];
  message.on("data", (piece: Buffer) => {
    count(piece.length);
    if (keep) pieces.push(piece);
  });
  return pieces;
}

/** The resourceVersion in an object's JSON. */
function resourceVersionIn(pieces: readonly Buffer[]): unknown {
  const object: { readonly metadata?: { readonly resourceVersion?: unknown } } = JSON.parse(
    Buffer.concat(pieces).toString(),
  );
  return object.metadata?.resourceVersion;
}
