/**
 * Runs campaigns on the small fabric with the real driver and the real controllers: in memory on a clock that
 * jumps, so that hours take a second or two, or over SSH on a clock that runs fast.
 */
import { Writable } from "node:stream";
import type { Duplex } from "node:stream";
import type { Condition } from "../../src/api/conditions.ts";
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";
import type { Fabric } from "../../src/api/fabric.gen.ts";
import { ANNOTATIONS } from "../../src/api/names.ts";
import type { Clock } from "../../src/api/time.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { startController, type RunningController } from "../../src/controllers/controller.ts";
import { dialSsh, type Dial } from "../../src/controllers/device/devicePool.ts";
import type { Effect, EffectHooks } from "../../src/controllers/leadership/effects.ts";
import type { Driver } from "../../src/drivers/driver.ts";
import { DRIVERS } from "../../src/drivers/registry.ts";
import { NetconfError } from "../../src/netconf/errors.ts";
import { createLogger } from "../../src/observability/logger.ts";
import {
  createFabricSimulator,
  type FabricSimulator,
  type ServedDevice,
} from "../../src/simulator/fabricSimulator.ts";
import type { SimulationDescription, Timings } from "../../src/simulator/description.ts";
import type { Fault } from "../../src/simulator/fault.ts";
import { manualClock, scaledClock } from "../../src/simulator/modelClock.ts";
import type { SimulatedDevice } from "../../src/simulator/simulatedDevice.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import { update } from "../../src/store/retryOnConflict.ts";
import type { Draft, Store } from "../../src/store/store.ts";
import { gated, pass, type Gate } from "../controllers/toyFabric.ts";
import { RawClient } from "../simulator/support/rawClient.ts";
import {
  applyFabric,
  CAMPAIGN,
  campaignDraft,
  EXPOSED_SERVER,
  imageDraft,
  NAMESPACE,
  simulation,
  type CampaignSpec,
} from "./smallFabric.ts";

const START = Date.parse("2026-11-22T00:00:00Z");
/** Event-loop turns that an RPC over a stream in memory, and what follows from it, may take. */
const SETTLING_TURNS = 40;
/** Longer leases than in life: nobody else is after them, and each renewal is a stop of the clock. */
const LEASE_SECONDS = 300;
const SSH_SPEED = 300;

export interface FabricRunOptions {
  /** What is different from the usual campaign; null for none at all. */
  readonly campaign?: Partial<CampaignSpec> | null;
  readonly image?: Partial<Draft<"DeviceImage">["spec"]>;
  readonly faults?: readonly Fault[];
  readonly driver?: Driver;
  /** Instead of the usual ones: the same with somebody listening, say. */
  readonly drivers?: readonly Driver[];
  /** Another fabric than the small one. */
  readonly stage?: FabricStage;
  /** Told of each of the first controller's effects. */
  readonly hooks?: EffectHooks;
  /** The controller dies there, and another one starts at once. In memory only. */
  readonly crash?: Crash;
  /** Physical times that differ from the usual ones. */
  readonly timings?: Partial<Timings>;
  readonly transport?: "memory" | "ssh";
  /** Before the controller starts: somebody has been at the devices or the objects. */
  readonly prepare?: (run: FabricRun) => Promise<void>;
}

/** What a run stands on. */
export interface FabricStage {
  simulation(): SimulationDescription;
  /** Everything but the campaign, as a user would apply it. */
  apply(store: Store, served: readonly ServedDevice[]): Promise<void>;
  campaign(spec: Partial<CampaignSpec> | undefined): Draft<"UpgradeCampaign">;
}

/** The stage with another simulation, and with more to apply once all of its own is. */
export function changedStage(
  stage: FabricStage,
  change: {
    readonly simulation: (usual: SimulationDescription) => SimulationDescription;
    readonly apply: (store: Store) => Promise<unknown>;
  },
): FabricStage {
  return {
    ...stage,
    simulation: () => change.simulation(stage.simulation()),
    async apply(store, served) {
      await stage.apply(store, served);
      await change.apply(store);
    },
  };
}

/** Before or after the effect that fits, once. */
export interface Crash {
  readonly moment: "before" | "after";
  readonly at: (effect: Effect) => boolean;
}

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>>;

export class FabricRun {
  readonly clock: Clock;
  readonly store: Store;
  readonly simulator: FabricSimulator;
  /** Every line the controller logged. */
  readonly log: readonly LogLine[];
  readonly #settled: <T>(promise: Promise<T>) => Promise<T>;
  readonly #states = new Map<string, string[]>();
  readonly #phases: string[] = [];
  readonly #found = new Map<string, { readonly configuration: string; readonly writes: number }>();
  #changed: () => void = () => undefined;
  #controller: RunningController | undefined;

  constructor(parts: {
    clock: Clock;
    store: Store;
    simulator: FabricSimulator;
    log: readonly LogLine[];
    settled: <T>(promise: Promise<T>) => Promise<T>;
  }) {
    this.clock = parts.clock;
    this.store = parts.store;
    this.simulator = parts.simulator;
    this.log = parts.log;
    this.#settled = parts.settled;
    this.noteFound();
  }

  async watch(signal: AbortSignal): Promise<void> {
    await this.store.watch(
      "DeviceUpgrade",
      ({ object: { spec, status } }) => {
        appendNew(this.#states, spec.deviceName, status?.state);
        this.#changed();
      },
      signal,
    );
    await this.store.watch(
      "UpgradeCampaign",
      ({ object: { status } }) => {
        const phase = status?.phase;
        if (phase !== undefined && this.#phases.at(-1) !== phase) this.#phases.push(phase);
        this.#changed();
      },
      signal,
    );
    await this.store.watch("Fabric", () => this.#changed(), signal);
    await this.store.watch("DeviceImage", () => this.#changed(), signal);
  }

  /** Lets somebody be at work before the controller starts. */
  async prepared(work: ((run: FabricRun) => Promise<void>) | undefined): Promise<void> {
    await this.#settled(Promise.resolve(work?.(this)));
    this.noteFound();
  }

  started(controller: RunningController): void {
    this.#controller = controller;
  }

  /** Waits until `look` finds something. Fails after that much model time, and says how things stand. */
  async until<T>(what: string, look: () => Promise<T | undefined>, limitSeconds = 6 * 3600): Promise<T> {
    const limit = this.clock.now() + limitSeconds * 1000;
    const search = async (): Promise<T> => {
      for (;;) {
        const change = new Promise<void>((resolve) => {
          this.#changed = resolve;
        });
        const found = await look();
        if (found !== undefined) return found;
        if (this.clock.now() >= limit) throw new Error(`${what}: not so far; ${await this.describe()}`);
        const idle = new AbortController();
        await Promise.race([
          change,
          this.clock.sleepUntil(Math.min(limit, this.clock.now() + 60_000), idle.signal),
        ]).finally(() => {
          idle.abort();
        });
      }
    };
    return this.#settled(search());
  }

  /** Lets that much model time pass. */
  async pass(seconds: number): Promise<void> {
    await this.#settled(this.clock.sleepUntil(this.clock.now() + seconds * 1000));
  }

  async campaign(name: string = CAMPAIGN): Promise<UpgradeCampaign> {
    const campaign = await this.store.get("UpgradeCampaign", { namespace: NAMESPACE, name });
    if (campaign === undefined) throw new Error(`no campaign ${name}`);
    return campaign;
  }

  async fabric(): Promise<Fabric> {
    const fabric = await this.store.get("Fabric", { namespace: NAMESPACE, name: "dc1" });
    if (fabric === undefined) throw new Error("no fabric");
    return fabric;
  }

  /** The upgrade of a device; undefined while there is none. */
  async upgrade(device: string, campaign: string = CAMPAIGN): Promise<DeviceUpgrade | undefined> {
    const upgrades = await this.store.list("DeviceUpgrade", NAMESPACE);
    return upgrades.find(({ spec }) => spec.deviceName === device && spec.campaignRef.name === campaign);
  }

  untilPhase(phase: string, campaign: string = CAMPAIGN): Promise<UpgradeCampaign> {
    return this.until(`phase ${phase}`, async () => {
      const found = await this.campaign(campaign);
      return found.status?.phase === phase ? found : undefined;
    });
  }

  untilState(device: string, state: string): Promise<DeviceUpgrade> {
    return this.until(`${device} ${state}`, async () => {
      const found = await this.upgrade(device);
      return found?.status?.state === state ? found : undefined;
    });
  }

  /** Waits until a device shows that step in that state. */
  untilStep(device: string, step: string, state: string): Promise<DeviceUpgrade> {
    return this.until(`${device} ${step} ${state}`, async () => {
      const found = await this.upgrade(device);
      return found?.status?.steps?.some((each) => each.name === step && each.state === state) === true
        ? found
        : undefined;
    });
  }

  /** Waits until the message of a device's upgrade fits. */
  untilMessage(device: string, pattern: RegExp): Promise<DeviceUpgrade> {
    return this.until(`${device} ${String(pattern)}`, async () => {
      const found = await this.upgrade(device);
      return pattern.test(found?.status?.message ?? "") ? found : undefined;
    });
  }

  /** The states people saw of a device, in order. */
  statesOf(device: string): readonly string[] {
    return this.#states.get(device) ?? [];
  }

  /** The phases of the campaigns, in order. */
  get phases(): readonly string[] {
    return this.#phases;
  }

  device(name: string): SimulatedDevice {
    const device = this.simulator.devices.get(name);
    if (device === undefined) throw new Error(`no device ${name}`);
    return device;
  }

  /** The committed `set` lines, without the line that the release itself writes. */
  configurationOf(name: string): string {
    const lines = this.device(name).committedConfiguration("set").split("\n");
    return lines.filter((line) => !line.startsWith("set version ")).join("\n");
  }

  /** The configuration as it was when the controller started. */
  foundConfigurationOf(name: string): string {
    return this.#found.get(name)?.configuration ?? "";
  }

  /** Requests that change something, on all devices together, since the controller started. */
  get writes(): number {
    return [...this.simulator.devices].reduce(
      (sum, [name, { counters }]) => sum + counters.writes - (this.#found.get(name)?.writes ?? 0),
      0,
    );
  }

  /** Everything counts as found as it is now. */
  noteFound(): void {
    for (const [name, { counters }] of this.simulator.devices) {
      this.#found.set(name, { configuration: this.configurationOf(name), writes: counters.writes });
    }
  }

  inject(fault: Fault): { clear(): void } {
    return this.simulator.inject(fault);
  }

  /** Packets lost by everybody but the exposed server. */
  get lost(): number {
    return this.simulator.traffic
      .report()
      .flows.filter(({ from, to }) => from !== EXPOSED_SERVER && to !== EXPOSED_SERVER)
      .reduce((sum, { lost }) => sum + lost, 0);
  }

  /** Loads `set` lines on a device and commits them, as an engineer would by hand. */
  async configure(name: string, lines: readonly string[]): Promise<void> {
    const client = await this.loadInto(name, lines);
    await client.succeed("<commit-configuration/>");
    client.destroy();
  }

  /** Loads `set` lines into the shared candidate and leaves them there. */
  async loadInto(name: string, lines: readonly string[]): Promise<RawClient> {
    const client = this.client(name);
    const text = lines.join("\n").replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    await client.succeed(
      `<load-configuration action="set" format="text"><configuration-set>${text}</configuration-set></load-configuration>`,
    );
    return client;
  }

  client(name: string): RawClient {
    return new RawClient(this.device(name).openStream("engineer"));
  }

  /** Annotates a campaign or the Fabric with a hold, or takes it away. */
  async hold(kind: "Fabric" | "UpgradeCampaign", reason: string | undefined): Promise<void> {
    const key = { namespace: NAMESPACE, name: kind === "Fabric" ? "dc1" : CAMPAIGN };
    await update({ store: this.store, kind, key }, (copy) => {
      const { [ANNOTATIONS.hold]: _hold, ...rest } = copy.metadata.annotations ?? {};
      copy.metadata.annotations = reason === undefined ? rest : { ...rest, [ANNOTATIONS.hold]: reason };
    });
  }

  async change(change: (spec: CampaignSpec) => void, name: string = CAMPAIGN): Promise<void> {
    const key = { namespace: NAMESPACE, name };
    await update({ store: this.store, kind: "UpgradeCampaign", key }, ({ spec }) => change(spec));
  }

  async describe(): Promise<string> {
    const campaigns = await this.store.list("UpgradeCampaign", NAMESPACE);
    const upgrades = await this.store.list("DeviceUpgrade", NAMESPACE);
    const fabric = await this.fabric();
    return [
      ...campaigns.map(({ metadata, status }) => {
        const ready = status?.conditions?.find(({ type }) => type === "Ready");
        return `${metadata.name} ${String(status?.phase)}: ${String(ready?.message)}`;
      }),
      ...upgrades.map(
        ({ spec, status }) => `${spec.deviceName} ${String(status?.state)}: ${String(status?.message)}`,
      ),
      `ledger: ${(fabric.status?.outOfService ?? []).map(({ device }) => device).join(", ")}`,
    ].join("\n");
  }

  async stop(): Promise<void> {
    await this.#settled(Promise.resolve(this.#controller?.stop()));
    await this.simulator.close();
    await this.store.close();
  }
}

/** Starts the controller over the small fabric and its campaign. */
export async function startFabricRun(options: FabricRunOptions = {}): Promise<FabricRun> {
  const manual =
    options.transport === "ssh" ? undefined : manualClock(START, { settlingTurns: SETTLING_TURNS });
  const clock = manual ?? scaledClock({ anchorModel: START, anchorReal: Date.now(), speed: SSH_SPEED });
  const store = memoryStore({ clock });
  const description = (options.stage ?? { simulation }).simulation();
  const simulator = createFabricSimulator({ description: withTimings(description, options.timings), clock });
  const lines: LogLine[] = [];
  const log = createLogger({ level: "debug", redact: [], now: () => clock.now(), stream: collect(lines) });
  const run = new FabricRun({
    clock,
    store,
    simulator,
    log: lines,
    settled: manual === undefined ? (promise) => promise : (promise) => manual.runUntilSettled(promise),
  });
  const served = manual === undefined ? await simulator.serve({ freePorts: true }) : [];
  const over = new AbortController();
  if (options.stage === undefined) await applyFabric(store, served, imageDraft(options.image));
  else await options.stage.apply(store, served);
  if (options.campaign !== null) {
    const draft = options.stage?.campaign(options.campaign) ?? campaignDraft(options.campaign);
    await store.create("UpgradeCampaign", draft);
  }
  for (const fault of options.faults ?? []) simulator.inject(fault);
  await run.prepared(options.prepare);
  await run.watch(over.signal);
  const begin = (process: Process): Promise<RunningController> =>
    startController({
      store: gated(store, process.gate),
      clock,
      drivers: options.driver === undefined ? (options.drivers ?? DRIVERS) : [options.driver],
      ...(process.hooks === undefined ? {} : { hooks: process.hooks }),
      dial: manual === undefined ? dialSsh : dialInMemory(simulator, process),
      log,
      registerSecret: (secret) => {
        log.registerSecret(secret);
      },
      ...(manual === undefined
        ? {}
        : {
            leaseDurationSeconds: LEASE_SECONDS,
            wait: (seconds, signal) => clock.sleepUntil(clock.now() + seconds * 1000, signal),
          }),
    });
  const { crash, hooks } = options;
  const first = { ...aProcess(), ...(hooks === undefined ? {} : { hooks }) };
  const next = async (): Promise<void> => run.started(await begin(aProcess()));
  run.started(await begin(crash === undefined ? first : dying(first, crash, next)));
  return run;
}

/** A controller as a process: what dies with it. */
interface Process {
  readonly gate: Gate;
  readonly streams: Set<Duplex>;
  readonly hooks?: EffectHooks;
}

function aProcess(): Process {
  return { gate: { dead: false }, streams: new Set() };
}

/** A process that dies at an effect, and is followed by another one. */
function dying(process: Process, { moment, at }: Crash, next: () => Promise<void>): Process {
  const die = async (effect: Effect): Promise<void> => {
    if (process.gate.dead || !at(effect)) return;
    process.gate.dead = true;
    for (const stream of process.streams) stream.destroy();
    void next();
    await new Promise(() => undefined);
  };
  return { ...process, hooks: { [moment]: die } };
}

/** The message of a condition, with its status and reason: `False AwaitingApproval plan … waits`. */
export function shown(conditions: readonly Condition[] | undefined, type: string): string {
  const found = conditions?.find((each) => each.type === type);
  return found === undefined ? "" : `${found.status} ${found.reason} ${found.message}`;
}

function appendNew(all: Map<string, string[]>, name: string, state: string | undefined): void {
  if (state === undefined) return;
  const states = all.get(name) ?? [];
  if (states.at(-1) !== state) states.push(state);
  all.set(name, states);
}

/**
 * Streams without SSH. A device that is down refuses, as its address would, and one whose host key is no longer that of
 * the beginning is not believed.
 */
function dialInMemory(simulator: FabricSimulator, process: Process): Dial {
  return async ({ device, controlPlane }) => {
    await pass(process.gate);
    const streams = new Set<Duplex>();
    let over: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      over = resolve;
    });
    return {
      closed,
      async openStream() {
        await pass(process.gate);
        const { master, controlPlanes } = simulator.devices.get(device)?.truth() ?? { controlPlanes: [] };
        const answers = controlPlanes.find(({ name }) => name === (controlPlane ?? master));
        if (answers !== undefined && answers.hostKeyGeneration > 0) {
          throw new NetconfError("HostKeyChanged", `${device} presents another host key`);
        }
        try {
          const stream = simulator.devices.get(device)?.openStream("hitless", controlPlane);
          if (stream === undefined) throw new Error(`no device ${device}`);
          streams.add(stream);
          process.streams.add(stream);
          return stream;
        } catch (cause) {
          throw new NetconfError("ConnectionRefused", `nothing listens at ${device}`, { cause });
        }
      },
      close() {
        for (const stream of streams) stream.destroy();
        over();
      },
    };
  };
}

function collect(lines: LogLine[]): Writable {
  return new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      for (const text of chunk.split("\n")) {
        if (text === "") continue;
        const line: LogLine = JSON.parse(text);
        lines.push(line);
      }
      done();
    },
  });
}

function withTimings(
  description: SimulationDescription,
  timings: Partial<Timings> = {},
): SimulationDescription {
  return { ...description, timings: { ...description.timings, ...timings } };
}
