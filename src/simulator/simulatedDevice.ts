/** A device as others meet it: a door for NETCONF streams, and a look at the truth for tests. */
import { duplexPair } from "node:stream";
import type { Duplex } from "node:stream";

import type { Clock } from "../api/time.ts";
import { renderBraces, renderSet } from "./config/configText.ts";
import type { ControlPlane, ControlPlaneCounters, Power } from "./controlPlane.ts";
import { NetconfServerSession } from "./management/netconfServerSession.ts";
import { receiveFile } from "./management/scpSink.ts";
import type { ReplyFate, SessionHost } from "./management/netconfServerSession.ts";
import { dispatch, isReadOnly } from "./rpc/dispatch.ts";
import { freeBytes } from "./device/software.ts";
import { junosNamespace } from "./rpc/shape.ts";
import { SimulationError } from "./simulationError.ts";
import { controlPlane } from "./world.ts";
import type { DeviceCounters, DeviceState, RpcLogEntry, World } from "./world.ts";

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
  /** Of the master, as everything down to its boot time. */
  readonly power: Power;
  readonly management: boolean;
  readonly forwarding: boolean;
  readonly release: string;
  readonly pendingRelease: string | undefined;
  readonly bootedAt: number;
  /** The name of the control plane that routes. */
  readonly master: string;
  readonly controlPlanes: readonly ControlPlaneTruth[];
  /** Packets per second of servers' flows that enter or leave the device now. */
  readonly packetsPerSecond: number;
}

export interface ControlPlaneTruth {
  readonly name: string;
  readonly power: Power;
  readonly release: string;
  readonly pendingRelease: string | undefined;
  readonly bootedAt: number;
  /** How often its SSH host key has changed. */
  readonly hostKeyGeneration: number;
  readonly counters: Readonly<ControlPlaneCounters>;
}

interface OpenSession {
  readonly abort: AbortController;
  readonly plane: ControlPlane;
  /** Opened at the device's address, which moves with mastership. */
  readonly mastershipEpoch: number | undefined;
  readonly managementEpoch: number;
}

/** One device of the simulation. */
export class SimulatedDevice {
  readonly name: string;
  readonly #state: DeviceState;
  readonly #around: DeviceSurroundings;
  readonly #sessions = new Map<NetconfServerSession, OpenSession>();

  constructor(state: DeviceState, around: DeviceSurroundings) {
    this.name = state.name;
    this.#state = state;
    this.#around = around;
  }

  /**
   * A client's end of a new NETCONF session, without SSH: at the device's address, where the master answers, or at a
   * control plane's own. Throws `SimulationError` `ConnectionRefused` while that is down.
   */
  openStream(user = "hitless", controlPlaneName?: string): Duplex {
    this.#around.advance();
    if (!this.#planeAt(controlPlaneName).management) {
      const where = controlPlaneName === undefined ? this.name : `${this.name} ${controlPlaneName}`;
      throw new SimulationError("ConnectionRefused", `${where} does not answer`, {
        hint: "the device is down or booting; wait until it is up",
      });
    }
    const [client, server] = duplexPair();
    client.on("error", () => undefined);
    this.attach(server, user, controlPlaneName);
    // A device that goes down takes its clients' connections with it.
    server.on("close", () => client.destroy());
    client.on("close", () => server.destroy());
    return client;
  }

  /** Serves NETCONF on the stream: the control plane of that name, or the master. */
  attach(stream: Duplex, user: string, controlPlaneName?: string): void {
    this.#around.advance();
    this.#around.clientArrived();
    const abort = new AbortController();
    const plane = this.#planeAt(controlPlaneName);
    const host: SessionHost = {
      execute: (session, operation) => this.#execute(session, operation, { plane, signal: abort.signal }),
      ended: (session) => this.#forget(session),
      classOf: (name) => (isReadOnly(this.#around.world, name) ? "read-only" : "j-super-user"),
      junosNamespace: () => junosNamespace(plane),
    };
    const session = new NetconfServerSession(stream, host, { sessionId: plane.nextSessionId, user });
    plane.nextSessionId += 1;
    this.#sessions.set(session, {
      abort,
      plane,
      managementEpoch: plane.managementEpoch,
      mastershipEpoch: controlPlaneName === undefined ? this.#state.mastershipEpoch : undefined,
    });
  }

  /** Takes a file that a client sends; what of one that is cut off has come stays there. */
  async receive(stream: Duplex, path: string, controlPlaneName?: string): Promise<void> {
    this.#around.advance();
    const { world } = this.#around;
    const plane = this.#planeAt(controlPlaneName);
    const epoch = plane.managementEpoch;
    const received = await receiveFile(stream, (sizeBytes) =>
      freeBytes(world, plane) < sizeBytes ? `${path}: No space left on device` : undefined,
    );
    if (received === undefined || plane.managementEpoch !== epoch) return;
    this.#around.advance();
    const name = path.slice(path.lastIndexOf("/") + 1);
    const image = world.topology.description.images.find((each) => each.name === name);
    plane.files.set(path, { path, ...received, writtenAt: world.now, release: image?.release });
    this.#state.counters.writes += 1;
    stream.end("\0");
  }

  /** Ends the sessions whose control plane went down, or whose address moved to the other one. */
  dropDeadSessions(): void {
    for (const [session, { plane, managementEpoch, mastershipEpoch }] of this.#sessions) {
      const hasMoved = mastershipEpoch !== undefined && mastershipEpoch !== this.#state.mastershipEpoch;
      if (hasMoved || plane.managementEpoch !== managementEpoch) session.destroy();
    }
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

  /** The committed configuration, as text: the master's, or that of the control plane named. */
  committedConfiguration(format: "set" | "text" = "set", controlPlaneName?: string): string {
    this.#around.advance();
    const tree = this.#planeAt(controlPlaneName).config.committed;
    return format === "set" ? renderSet(tree) : renderBraces(tree);
  }

  truth(): DeviceTruth {
    this.#around.advance();
    const state = this.#state;
    const ports = [...this.#around.world.traffic.ports].filter(([key]) => key.startsWith(`${this.name}/`));
    return {
      power: state.master.power,
      management: state.master.management,
      forwarding: state.forwarding,
      release: state.master.release,
      pendingRelease: state.master.pendingRelease,
      bootedAt: state.master.bootedAt,
      master: state.master.name,
      controlPlanes: state.planes.map((plane) => ({
        name: plane.name,
        power: plane.power,
        release: plane.release,
        pendingRelease: plane.pendingRelease,
        bootedAt: plane.bootedAt,
        hostKeyGeneration: plane.hostKeyGeneration,
        counters: { ...plane.counters },
      })),
      packetsPerSecond: ports.reduce(
        (sum, [, port]) => sum + port.inputPacketsPerSecond + port.outputPacketsPerSecond,
        0,
      ),
    };
  }

  async #execute(
    session: NetconfServerSession,
    operation: Parameters<SessionHost["execute"]>[1],
    { plane, signal }: { readonly plane: ControlPlane; readonly signal: AbortSignal },
  ): Promise<ReplyFate> {
    const { world, clock, advance, changed, until } = this.#around;
    return await dispatch(
      {
        world,
        device: this.#state,
        plane,
        clock,
        session,
        signal,
        advance,
        changed,
        until: (condition) => until(condition, signal),
        kill: (sessionId) => this.#kill(plane, sessionId),
      },
      operation,
    );
  }

  #planeAt(name: string | undefined): ControlPlane {
    return name === undefined ? this.#state.master : controlPlane(this.#state, name);
  }

  #kill(plane: ControlPlane, sessionId: number): boolean {
    for (const [session, open] of this.#sessions) {
      if (open.plane !== plane || session.sessionId !== sessionId) continue;
      session.destroy();
      return true;
    }
    return false;
  }

  #forget(session: NetconfServerSession): void {
    const open = this.#sessions.get(session);
    this.#sessions.delete(session);
    if (open === undefined) return;
    open.abort.abort(new Error("the session is gone"));
    endEditing(open.plane, session);
  }
}

/** The lock and the private copy of a session go with it. */
function endEditing({ config }: ControlPlane, session: NetconfServerSession): void {
  session.privateCopy = undefined;
  if (config.lockedBy !== session.sessionId) return;
  config.lockedBy = undefined;
  config.candidate = undefined;
}
