/**
 * A simulated fabric: devices that speak NETCONF, servers that talk to each other through them, and faults.
 * It runs on any clock; what happens between two questions has happened when the second is asked, because the
 * model first catches up with the clock.
 */
import type { Duplex } from "node:stream";

import type { Clock } from "../api/time.ts";
import type { ControlPlane } from "./controlPlane.ts";
import type { SimulationDescription } from "./description.ts";
import { advanceWorld, createWorld, follow } from "./engine.ts";
import { FAULTS_MET_ONCE } from "./fault.ts";
import type { Fault } from "./fault.ts";
import { addFault, endFault } from "./faults/faultEngine.ts";
import type { WorldLogEntry } from "./modelEvent.ts";
import { hostKey } from "./management/hostKey.ts";
import { SimulatedSshServer } from "./management/sshServer.ts";
import { SimulatedDevice } from "./simulatedDevice.ts";
import type { DeviceTruth } from "./simulatedDevice.ts";
import { SimulationError } from "./simulationError.ts";
import { canCarry } from "./network/access.ts";
import { lossTimeline, reportTraffic } from "./traffic/traffic.ts";
import type { TrafficReport } from "./traffic/traffic.ts";
import type { LossInterval } from "./traffic/trafficState.ts";
import { deviceState } from "./world.ts";
import type { World } from "./world.ts";

export interface FabricSimulator {
  readonly name: string;
  readonly devices: ReadonlyMap<string, SimulatedDevice>;
  readonly traffic: {
    /** What was sent and lost so far. */
    report(): TrafficReport;
    /** When, where and why something was lost. */
    timeline(): readonly LossInterval[];
  };
  /** Lets the fault happen. Throws `SimulationError` where it cannot. */
  inject(fault: Fault): InjectedFault;
  /** The faults that have not happened: their moment has not come, or nobody has met them yet. */
  unmetFaults(): readonly UnmetFault[];
  /** Catches up with the clock. Every question does so by itself. */
  advance(): void;
  /** Serves every device by SSH. Ports: as given here, else as in the devices' addresses, else free ones. */
  serve(options?: ServeOptions): Promise<readonly ServedDevice[]>;
  /** The truth, which no RPC tells. */
  truth(): FabricTruth;
  /** What happened, in order. */
  log(): readonly WorldLogEntry[];
  /** Ends all sessions and listeners. */
  close(): Promise<void>;
}

export interface UnmetFault {
  readonly fault: Fault;
  /** Its moment has come, and it waits for who meets it. */
  readonly isBegun: boolean;
}

export interface InjectedFault {
  /** Ends the fault, as far as it can be ended: what it broke is whole again. */
  clear(): void;
}

export interface ServeOptions {
  readonly host?: string;
  /** By device; those of its control planes as `spine1/re0`. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Free ports for all devices, whatever their addresses say. */
  readonly freePorts?: boolean;
}

/** How to reach a device. */
export interface ServedDevice {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** `ssh-ed25519 AAAA…`; another one after the fault `hostKeyChangesOnReboot`. */
  readonly hostKey: string;
  /** On a device with two: where each of them answers for itself. */
  readonly controlPlanes: readonly ServedControlPlane[];
}

export interface ServedControlPlane {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly hostKey: string;
}

export interface FabricTruth {
  readonly devices: Readonly<Record<string, DeviceTruth>>;
  /** By server: how many of its cables carry frames in truth, and how many the server uses. */
  readonly servers: Readonly<
    Record<string, { readonly working: number; readonly used: number; readonly cables: number }>
  >;
}

/** Builds the fabric, up and converged. It lives until `close()`. */
export function createFabricSimulator(options: {
  readonly description: SimulationDescription;
  readonly clock: Clock;
}): FabricSimulator {
  return new Simulation(options.description, options.clock);
}

interface ListenerPlace {
  readonly address: string | undefined;
  readonly hostKeyText: () => string;
  readonly accept: (stream: Duplex, user: string) => void;
  readonly receive: (stream: Duplex, path: string) => void;
}

interface Listener {
  readonly server: SimulatedSshServer;
  readonly isUp: () => boolean;
  /** Who answers there now, and who answered when it was last started. */
  readonly presents: () => string;
  presented: string;
}

interface Waiter {
  readonly condition: () => boolean;
  readonly resolve: () => void;
}

class Simulation implements FabricSimulator {
  readonly name: string;
  readonly devices: ReadonlyMap<string, SimulatedDevice>;
  readonly traffic: FabricSimulator["traffic"];
  readonly #world: World;
  readonly #clock: Clock;
  readonly #listeners: Listener[] = [];
  readonly #abort = new AbortController();
  #waiters: Waiter[] = [];
  #pumpStarted = false;
  #rearm = new AbortController();
  #armedAt: number | undefined;

  constructor(description: SimulationDescription, clock: Clock) {
    this.name = description.name;
    this.#clock = clock;
    this.#world = createWorld(description, clock.now());
    const around = {
      world: this.#world,
      clock,
      advance: () => this.advance(),
      changed: () => this.#changed(),
      clientArrived: () => this.#startPump(),
      until: (condition: () => boolean, signal: AbortSignal) => this.#until(condition, signal),
    };
    this.devices = new Map(
      [...this.#world.devices.values()].map((state) => [state.name, new SimulatedDevice(state, around)]),
    );
    this.traffic = {
      report: () => {
        this.advance();
        return reportTraffic(this.#world);
      },
      timeline: () => {
        this.advance();
        return lossTimeline(this.#world);
      },
    };
  }

  advance(): void {
    advanceWorld(this.#world, this.#clock.now());
    this.#afterChange();
  }

  inject(fault: Fault): InjectedFault {
    this.advance();
    const id = addFault(this.#world, fault);
    this.#changed();
    return {
      clear: () => {
        this.advance();
        const active = this.#world.faults[id];
        if (active !== undefined) endFault(this.#world, active);
        this.#changed();
      },
    };
  }

  unmetFaults(): readonly UnmetFault[] {
    this.advance();
    return this.#world.faults
      .filter(
        ({ state, fault }) => state === "Waiting" || (state === "Armed" && FAULTS_MET_ONCE.has(fault.fault)),
      )
      .map(({ fault, state }) => ({ fault, isBegun: state === "Armed" }));
  }

  async serve(options: ServeOptions = {}): Promise<readonly ServedDevice[]> {
    this.#throwIfClosed();
    this.advance();
    const host = options.host ?? "127.0.0.1";
    const { credentials, readOnlyCredentials } = this.#world.topology.description;
    const listen = async (
      id: string,
      { address, hostKeyText, accept, receive }: ListenerPlace,
    ): Promise<SimulatedSshServer> => {
      const described = Number(/:(\d+)$/.exec(address ?? "")?.[1] ?? 0);
      const server = new SimulatedSshServer({
        host,
        port: options.ports?.[id] ?? (options.freePorts === true ? 0 : described),
        logins: [credentials, readOnlyCredentials],
        hostKey: hostKeyText,
        accept,
        receive,
      });
      await server.start();
      return server;
    };
    const served: ServedDevice[] = [];
    for (const [name, device] of this.devices) {
      const state = deviceState(this.#world, name);
      const server = await listen(name, {
        address: state.spec.address,
        hostKeyText: () => this.#hostKey(state.master).privateKey,
        accept: (stream, user) => device.attach(stream, user),
        receive: (stream, path) => void device.receive(stream, path),
      });
      this.#listeners.push({
        server,
        isUp: () => state.master.management,
        presents: () => `${String(state.mastershipEpoch)}/${state.master.name}`,
        presented: `${String(state.mastershipEpoch)}/${state.master.name}`,
      });
      const controlPlanes: ServedControlPlane[] = [];
      for (const plane of state.planes.length > 1 ? state.planes : []) {
        const own = await listen(`${name}/${plane.name}`, {
          address: plane.address,
          hostKeyText: () => this.#hostKey(plane).privateKey,
          accept: (stream, user) => device.attach(stream, user, plane.name),
          receive: (stream, path) => void device.receive(stream, path, plane.name),
        });
        this.#listeners.push({
          server: own,
          isUp: () => plane.management,
          presents: () => plane.name,
          presented: plane.name,
        });
        controlPlanes.push({
          name: plane.name,
          address: host,
          port: own.port,
          hostKey: this.#hostKey(plane).publicKey,
        });
      }
      served.push({
        name,
        address: host,
        port: server.port,
        ...credentials,
        hostKey: this.#hostKey(state.master).publicKey,
        controlPlanes,
      });
    }
    this.#matchListeners();
    this.#startPump();
    return served;
  }

  truth(): FabricTruth {
    this.advance();
    const devices = Object.fromEntries([...this.devices].map(([name, device]) => [name, device.truth()]));
    const servers = Object.fromEntries(
      this.#world.topology.servers.map((server) => {
        const cables = this.#world.attachments.filter((attachment) => attachment.server === server.index);
        const working = cables.filter((cable) => cable.leafUp && canCarry(this.#world, cable)).length;
        const used = cables.filter((cable) => cable.serverUp).length;
        return [server.name, { working, used, cables: cables.length }];
      }),
    );
    return { devices, servers };
  }

  log(): readonly WorldLogEntry[] {
    this.advance();
    return this.#world.log;
  }

  async close(): Promise<void> {
    this.#abort.abort(new SimulationError("Closed", "the simulation is closed", { hint: "start a new one" }));
    this.#rearm.abort();
    for (const device of this.devices.values()) device.dropSessions();
    await Promise.all(this.#listeners.map(({ server }) => server.close()));
  }

  #changed(): void {
    follow(this.#world);
    this.#afterChange();
  }

  /** Everything outside the model that hangs on its state: waiting RPCs, sessions, listeners, the next timer. */
  #afterChange(): void {
    for (const device of this.devices.values()) device.dropDeadSessions();
    this.#matchListeners();
    const ready = this.#waiters.filter((waiter) => waiter.condition());
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const waiter of ready) waiter.resolve();
    const next = this.#world.queue.nextAt();
    if (this.#pumpStarted && next !== this.#armedAt) this.#rearm.abort();
  }

  #hostKey(plane: ControlPlane): ReturnType<typeof hostKey> {
    const owner = plane.slot === 0 ? plane.device : `${plane.device}/${plane.name}`;
    return hostKey(this.name, owner, plane.hostKeyGeneration);
  }

  #matchListeners(): void {
    if (this.#abort.signal.aborted) return;
    for (const listener of this.#listeners) {
      const { server } = listener;
      const up = listener.isUp();
      const presents = listener.presents();
      if (up && server.isListening && presents !== listener.presented) {
        // The address has moved: connections die, and whoever comes meets another host key.
        listener.presented = presents;
        const restart = server.stop().then(() => (listener.isUp() ? server.start() : undefined));
        void restart.catch(() => undefined);
        continue;
      }
      listener.presented = presents;
      if (up === server.isListening) continue;
      // A port that somebody else took in the meantime is tried again after the next change.
      void (up ? server.start() : server.stop()).catch(() => undefined);
    }
  }

  /** Waits in model time. */
  async #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(new Error("the session is gone"));
      };
      const waiter: Waiter = {
        condition,
        resolve: () => {
          signal.removeEventListener("abort", abort);
          resolve();
        },
      };
      this.#waiters.push(waiter);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  /** From the first client on, somebody must wake the model when its next event is due. */
  #startPump(): void {
    if (this.#pumpStarted || this.#abort.signal.aborted) return;
    this.#pumpStarted = true;
    void this.#pump();
  }

  async #pump(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      this.#rearm = new AbortController();
      this.#armedAt = this.#world.queue.nextAt();
      try {
        if (this.#armedAt === undefined) await aborted(this.#rearm.signal);
        else await this.#clock.sleepUntil(this.#armedAt, this.#rearm.signal);
        this.advance();
      } catch {
        // Woken early: closed, or something is due sooner.
      }
    }
  }

  #throwIfClosed(): void {
    this.#abort.signal.throwIfAborted();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
