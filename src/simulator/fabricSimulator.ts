/**
 * A simulated fabric: devices that speak NETCONF, servers that talk to each other through them, and faults.
 * It runs on any clock; what happens between two questions has happened when the second is asked, because the
 * model first catches up with the clock.
 */
import type { Clock } from "../api/time.ts";
import type { SimulationDescription } from "./description.ts";
import { advanceWorld, createWorld, follow } from "./engine.ts";
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

export interface InjectedFault {
  /** Ends the fault, as far as it can be ended: what it broke is whole again. */
  clear(): void;
}

export interface ServeOptions {
  readonly host?: string;
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
  readonly #servers = new Map<string, SimulatedSshServer>();
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

  async serve(options: ServeOptions = {}): Promise<readonly ServedDevice[]> {
    this.#throwIfClosed();
    this.advance();
    const host = options.host ?? "127.0.0.1";
    const { credentials, readOnlyCredentials } = this.#world.topology.description;
    const served: ServedDevice[] = [];
    for (const [name, device] of this.devices) {
      const state = deviceState(this.#world, name);
      const described = Number(/:(\d+)$/.exec(state.spec.address ?? "")?.[1] ?? 0);
      const server = new SimulatedSshServer({
        host,
        port: options.ports?.[name] ?? (options.freePorts === true ? 0 : described),
        logins: [credentials, readOnlyCredentials],
        hostKey: () => hostKey(this.name, name, state.hostKeyGeneration).privateKey,
        accept: (stream, user) => device.attach(stream, user),
      });
      this.#servers.set(name, server);
      await server.start();
      served.push({
        name,
        address: host,
        port: server.port,
        ...credentials,
        hostKey: hostKey(this.name, name, state.hostKeyGeneration).publicKey,
      });
      if (!state.management) await server.stop();
    }
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
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
  }

  #changed(): void {
    follow(this.#world);
    this.#afterChange();
  }

  /** Everything outside the model that hangs on its state: waiting RPCs, sessions, listeners, the next timer. */
  #afterChange(): void {
    for (const [name, device] of this.devices) {
      device.dropSessionsAfterDown();
      const server = this.#servers.get(name);
      if (server === undefined || this.#abort.signal.aborted) continue;
      this.#matchListener(server, deviceState(this.#world, name).management);
    }
    const ready = this.#waiters.filter((waiter) => waiter.condition());
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const waiter of ready) waiter.resolve();
    const next = this.#world.queue.nextAt();
    if (this.#pumpStarted && next !== this.#armedAt) this.#rearm.abort();
  }

  #matchListener(server: SimulatedSshServer, up: boolean): void {
    if (up === server.isListening) return;
    // A port that somebody else took in the meantime is tried again after the next change.
    void (up ? server.start() : server.stop()).catch(() => undefined);
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
