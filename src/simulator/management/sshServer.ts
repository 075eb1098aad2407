/**
 * A device's SSH server. It listens while the device's management is up; when the device goes down, listener
 * and connections die with it, and a client finds the port closed.
 */
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";

import ssh2 from "ssh2";

import type { Credentials } from "../description.ts";
import { scpTarget } from "./scpSink.ts";
import { SimulationError } from "../simulationError.ts";

export interface SshServerOptions {
  readonly host: string;
  /** 0 lets the system choose; the choice is kept over reboots. */
  readonly port: number;
  /** Whoever may log in. */
  readonly logins: readonly Credentials[];
  /** The private key to present, asked for whenever the server starts. */
  hostKey(): string;
  /** A client wants NETCONF. */
  accept(stream: Duplex, user: string): void;
  /** A client sends a file. */
  receive(stream: Duplex, path: string): void;
}

/** The command by which Junos gives NETCONF where the subsystem is not configured. */
const EXEC_COMMAND = "xml-mode netconf need-trailer";
const BIND_ATTEMPTS = 20;
const BIND_PAUSE_MILLISECONDS = 50;

/** Starts and stops with its device. */
export class SimulatedSshServer {
  readonly #options: SshServerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #abort = new AbortController();
  #listener: Server | undefined;
  #port: number;

  constructor(options: SshServerOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  /** The port it listens on, or listened on before it was stopped. */
  get port(): number {
    return this.#port;
  }

  /** It listens, or is about to. */
  get isListening(): boolean {
    return this.#listener !== undefined;
  }

  /** Listens. Throws `SimulationError` `AddressInUse` when the port stays taken. */
  async start(): Promise<void> {
    if (this.#listener !== undefined) return;
    const server = new ssh2.Server({ hostKeys: [this.#options.hostKey()] }, (client) => this.#serve(client));
    const listener = createServer((socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      server.injectSocket(socket);
    });
    this.#listener = listener;
    try {
      await this.#bind(listener);
    } catch (error) {
      if (this.#listener === listener) this.#listener = undefined;
      throw error;
    }
  }

  /** Closes the port and every connection at once, as a device that goes down. */
  async stop(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    if (listener === undefined) return;
    await new Promise<void>((resolve) => {
      listener.close(() => resolve());
    });
  }

  /** Stops for good. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.stop();
  }

  async #bind(listener: Server): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await listen(listener, this.#port, this.#options.host);
        // The device may have gone down again in the meantime.
        if (this.#listener !== listener) listener.close();
        break;
      } catch (error) {
        if (attempt === BIND_ATTEMPTS || this.#abort.signal.aborted || !isAddressInUse(error)) {
          throw new SimulationError("AddressInUse", `cannot listen on ${this.#options.host}:${this.#port}`, {
            hint: "end what listens there, or give the device another port",
            cause: error,
          });
        }
        await pause(BIND_PAUSE_MILLISECONDS, this.#abort.signal);
      }
    }
    const address = listener.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
  }

  #serve(client: ssh2.Connection): void {
    let user = "";
    client.on("error", () => client.end());
    client.on("authentication", (context) => {
      user = context.username;
      const login = this.#options.logins.find((candidate) => candidate.username === user);
      const known = login !== undefined;
      if (context.method === "password" && known && context.password === login.password) context.accept();
      else if (context.method === "keyboard-interactive" && known) {
        context.prompt([{ prompt: "Password: ", echo: false }], (answers) => {
          if (answers[0] === login.password) context.accept();
          else context.reject();
        });
      } else context.reject(["password", "keyboard-interactive"]);
    });
    client.on("ready", () => {
      client.on("session", (acceptSession) => {
        const session = acceptSession();
        session.on("subsystem", (accept, reject, info) => {
          if (info.name === "netconf") this.#options.accept(accept(), user);
          else reject();
        });
        session.on("exec", (accept, reject, info) => {
          if (info.command === EXEC_COMMAND) this.#options.accept(accept(), user);
          else {
            const path = scpTarget(info.command);
            if (path === undefined) reject();
            else {
              const channel = accept();
              channel.on("close", () => channel.destroy());
              this.#options.receive(channel, path);
            }
          }
        });
      });
    });
  }
}

function listen(listener: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(port, host, () => {
      listener.off("error", reject);
      resolve();
    });
  });
}

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
