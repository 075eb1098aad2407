/** A device as others meet it: a door for NETCONF streams, and a look at the truth for tests. */
import { duplexPair } from "node:stream";
import type { Duplex } from "node:stream";

import type { Clock } from "../api/time.ts";
import { renderBraces, renderSet } from "./config/configText.ts";
import { NetconfServerSession } from "./management/netconfServerSession.ts";
import type { ReplyFate, SessionHost } from "./management/netconfServerSession.ts";
import { dispatch, isReadOnly } from "./rpc/dispatch.ts";
import { junosNamespace } from "./rpc/shape.ts";
import { SimulationError } from "./simulationError.ts";
import type { DeviceCounters, DeviceState, Power, RpcLogEntry, World } from "./world.ts";

/** What a device needs of the simulation around it. */
export interface DeviceSurroundings {
  readonly world: World;
  readonly clock: Clock;
  readonly advance: () => void;
  /** The world was changed: everything that depends on it follows. */
  readonly changed: () => void;
  /** From now on somebody waits for what happens by itself. */
  readonly clientArrived: () => void;
  /** Waits until the condition holds after some advance. Rejects with the signal's reason. */
  readonly until: (condition: () => boolean, signal: AbortSignal) => Promise<void>;
}

/** The truth about a device, which no RPC tells. */
export interface DeviceTruth {
  readonly power: Power;
  readonly management: boolean;
  readonly forwarding: boolean;
  readonly release: string;
  readonly pendingRelease: string | undefined;
  readonly bootedAt: number;
  /** Packets per second of servers' flows that enter or leave the device now. */
  readonly packetsPerSecond: number;
}

/** One device of the simulation. */
export class SimulatedDevice {
  readonly name: string;
  readonly #state: DeviceState;
  readonly #around: DeviceSurroundings;
  readonly #sessions = new Map<NetconfServerSession, AbortController>();
  #epoch: number;

  constructor(state: DeviceState, around: DeviceSurroundings) {
    this.name = state.name;
    this.#state = state;
    this.#around = around;
    this.#epoch = state.managementEpoch;
  }

  /** A client's end of a new NETCONF session, without SSH. Throws `SimulationError` `ConnectionRefused` while the device is down. */
  openStream(user = "hitless"): Duplex {
    this.#around.advance();
    if (!this.#state.management) {
      throw new SimulationError("ConnectionRefused", `${this.name} does not answer`, {
        hint: "the device is down or booting; wait until it is up",
      });
    }
    const [client, server] = duplexPair();
    client.on("error", () => undefined);
    this.attach(server, user);
    // A device that goes down takes its clients' connections with it.
    server.on("close", () => client.destroy());
    client.on("close", () => server.destroy());
    return client;
  }

  /** Serves NETCONF on the stream. */
  attach(stream: Duplex, user: string): void {
    this.#around.advance();
    this.#around.clientArrived();
    const abort = new AbortController();
    const host: SessionHost = {
      execute: (session, operation) => this.#execute(session, operation, abort.signal),
      ended: (session) => this.#forget(session),
      classOf: (name) => (isReadOnly(this.#around.world, name) ? "read-only" : "j-super-user"),
      junosNamespace: () => junosNamespace(this.#state),
    };
    const session = new NetconfServerSession(stream, host, { sessionId: this.#state.nextSessionId, user });
    this.#state.nextSessionId += 1;
    this.#sessions.set(session, abort);
  }

  /** Ends all sessions if the device went down since the last call. True where it did. */
  dropSessionsAfterDown(): boolean {
    if (this.#epoch === this.#state.managementEpoch) return false;
    this.#epoch = this.#state.managementEpoch;
    this.dropSessions();
    return true;
  }

  /** Ends all sessions without a word. */
  dropSessions(): void {
    for (const session of this.#sessions.keys()) session.destroy();
  }

  /** How many sessions are open. */
  get openSessions(): number {
    return this.#sessions.size;
  }

  /** What happened to it so far. */
  get counters(): Readonly<DeviceCounters> {
    this.#around.advance();
    return { ...this.#state.counters };
  }

  /** The RPCs it received, oldest first; long-gone ones are forgotten. */
  get rpcLog(): readonly Readonly<RpcLogEntry>[] {
    return this.#state.rpcLog;
  }

  /** The committed configuration, as text. */
  committedConfiguration(format: "set" | "text" = "set"): string {
    this.#around.advance();
    const tree = this.#state.config.committed;
    return format === "set" ? renderSet(tree) : renderBraces(tree);
  }

  truth(): DeviceTruth {
    this.#around.advance();
    const state = this.#state;
    const ports = [...this.#around.world.traffic.ports].filter(([key]) => key.startsWith(`${this.name}/`));
    return {
      power: state.power,
      management: state.management,
      forwarding: state.forwarding,
      release: state.release,
      pendingRelease: state.pendingRelease,
      bootedAt: state.bootedAt,
      packetsPerSecond: ports.reduce(
        (sum, [, port]) => sum + port.inputPacketsPerSecond + port.outputPacketsPerSecond,
        0,
      ),
    };
  }

  async #execute(
    session: NetconfServerSession,
    operation: Parameters<SessionHost["execute"]>[1],
    signal: AbortSignal,
  ): Promise<ReplyFate> {
    const { world, clock, advance, changed, until } = this.#around;
    return await dispatch(
      {
        world,
        device: this.#state,
        clock,
        session,
        signal,
        advance,
        changed,
        until: (condition) => until(condition, signal),
        kill: (sessionId) => this.#kill(sessionId),
      },
      operation,
    );
  }

  #kill(sessionId: number): boolean {
    for (const session of this.#sessions.keys()) {
      if (session.sessionId !== sessionId) continue;
      session.destroy();
      return true;
    }
    return false;
  }

  #forget(session: NetconfServerSession): void {
    this.#sessions.get(session)?.abort(new Error("the session is gone"));
    this.#sessions.delete(session);
    endEditing(this.#state, session);
  }
}

/** The lock and the private copy of a session go with it. */
function endEditing(state: DeviceState, session: NetconfServerSession): void {
  session.privateCopy = undefined;
  if (state.config.lockedBy !== session.sessionId) return;
  state.config.lockedBy = undefined;
  state.config.candidate = undefined;
}
