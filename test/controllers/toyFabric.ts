/**
 * Two leaves that share a server, two spines, and devices that are a few variables each: enough for the
 * controller to run a whole campaign in milliseconds, and to be stopped at every single effect.
 */
import type { DeviceDiscovery } from "../../src/api/discovery.ts";
import { explain } from "../../src/api/reasons.ts";
import { formatInstant, type Clock, type Instant } from "../../src/api/time.ts";
import type { DevicePool } from "../../src/controllers/device/devicePool.ts";
import { Unreachable, type Driver, type RunContext } from "../../src/drivers/driver.ts";
import { type DeviceMoment, type Step, StepRefused } from "../../src/engine/step.ts";
import type { Draft, Store } from "../../src/store/store.ts";

const OLD = "21.4R3-S5.4";
export const TARGET = "23.4R2-S3.9";
const ESI = "00:11:11:11:11:11:11:00:00:01";

const INSTALL_SECONDS = 60;
const BOOT_SECONDS = 120;

export interface ToyDevice {
  release: string;
  staged: string | undefined;
  /** What is being installed. */
  installing: string | undefined;
  bootedAt: Instant;
  installedAt: Instant | undefined;
  upAt: Instant;
  drained: boolean;
  installs: number;
  reboots: number;
  /** Reboots while the device was not drained. */
  rawReboots: number;
  /** Moments at which it went out while the other leaf was out. */
  pairOut: number;
}

export type ToyDevices = Map<string, ToyDevice>;

export function toyDevices(clock: Clock): ToyDevices {
  const device = (): ToyDevice => ({
    release: OLD,
    staged: undefined,
    installing: undefined,
    bootedAt: clock.now() - 100 * 86_400_000,
    installedAt: undefined,
    upAt: 0,
    drained: false,
    installs: 0,
    reboots: 0,
    rawReboots: 0,
    pairOut: 0,
  });
  return new Map(["leaf1", "leaf2", "spine1", "spine2"].map((name) => [name, device()]));
}

/** Stops one controller dead: what it calls after that never answers. */
export interface Gate {
  dead: boolean;
  /** Held at the door, to be woken later. */
  frozen?: Promise<void>;
}

export async function pass(gate: Gate): Promise<void> {
  await gate.frozen;
  if (gate.dead) await new Promise<never>(() => undefined);
}

/** The store as one controller sees it. */
export function gated(store: Store, gate: Gate): Store {
  const guard = <A extends unknown[], R>(
    method: (...args: A) => Promise<R>,
  ): ((...args: A) => Promise<R>) => {
    return async (...args) => {
      await pass(gate);
      const result = await method(...args);
      await pass(gate);
      return result;
    };
  };
  return {
    get: (kind, key) => guard(() => store.get(kind, key))(),
    list: (kind, namespace, options) => guard(() => store.list(kind, namespace, options))(),
    cached: (kind) => store.cached(kind),
    create: (kind, draft) => guard(() => store.create(kind, draft))(),
    replace: (kind, object) => guard(() => store.replace(kind, object))(),
    replaceStatus: (kind, object) => guard(() => store.replaceStatus(kind, object))(),
    delete: (kind, key, options) => guard(() => store.delete(kind, key, options))(),
    watch: (kind, handler, signal) => store.watch(kind, handler, signal),
    close: async () => undefined,
  };
}

export interface ToyWorld {
  readonly devices: ToyDevices;
  readonly clock: Clock;
  readonly gate: Gate;
  /** Lose the reply of that request: it takes effect, and the sender learns nothing. */
  readonly losesReply?: (device: string, action: string) => boolean;
}

function isOut({ devices, clock }: ToyWorld, name: string): boolean {
  const device = devices.get(name);
  return device === undefined || device.drained || clock.now() < device.upAt;
}

function deviceOf({ devices, clock }: ToyWorld, name: string): ToyDevice {
  const device = devices.get(name);
  if (device === undefined) throw new Error(`no device ${name}`);
  if (clock.now() < device.upAt) throw new Unreachable(explain("Unreachable", `${name}: no answer`));
  if (device.installedAt !== undefined && clock.now() >= device.installedAt) {
    device.staged = device.installing;
    device.installedAt = undefined;
  }
  return device;
}

export function toyPool(world: ToyWorld): DevicePool {
  const reach = async (name: string): Promise<void> => {
    await pass(world.gate);
    deviceOf(world, name);
  };
  return {
    connect: async (_fabric, name) => {
      await reach(name);
      const unused = async (): Promise<never> => {
        throw new Error("toys speak no NETCONF");
      };
      return { main: { call: unused }, longRunning: unused };
    },
    probe: (_fabric, name) => reach(name),
    close: () => undefined,
  };
}

function step(
  parts: Pick<Step<RunContext>, "name" | "observe"> & Partial<Step<RunContext>>,
): Step<RunContext> {
  return {
    once: false,
    landing: "InService",
    deadlineSeconds: 3600,
    onDeadline: "Hang",
    outOfService: true,
    needsFreshProof: false,
    silences: false,
    pollSeconds: 10,
    ...parts,
  };
}

export function toyDriver(world: ToyWorld): Driver {
  const { clock, gate } = world;
  const moment = (device: ToyDevice): DeviceMoment => ({
    version: device.release,
    bootedAt: formatInstant(device.bootedAt),
    uptimeSeconds: Math.floor((clock.now() - device.bootedAt) / 1000),
  });
  const done = (message: string): { is: "Done"; evidence: { message: string } } => ({
    is: "Done",
    evidence: { message },
  });
  const look = async (context: RunContext): Promise<ToyDevice> => {
    await pass(gate);
    return deviceOf(world, context.device.name);
  };
  /** Sends a change: it happens, then the reply is lost, or the sender is dead by now. */
  const send = async (
    context: RunContext,
    action: string,
    change: (device: ToyDevice) => void,
  ): Promise<void> => {
    await pass(gate);
    context.fence();
    const device = deviceOf(world, context.device.name);
    change(device);
    if (isOut(world, "leaf1") && isOut(world, "leaf2")) device.pairOut += 1;
    if (world.losesReply?.(context.device.name, action) === true) {
      throw new Unreachable(explain("ReplyTimeout", `${context.device.name}: no reply`));
    }
    await pass(gate);
  };
  const drain = (name: "DrainRoutes" | "UndrainRoutes", drained: boolean): Step<RunContext> =>
    step({
      name,
      ...(drained
        ? { undo: "UndrainRoutes" as const, needsFreshProof: true }
        : { landing: "Forward" as const }),
      observe: async (context) =>
        (await look(context)).drained === drained ? done("so it is") : { is: "Needed" },
      start: (context) =>
        send(context, name, (device) => {
          device.drained = drained;
        }),
    });
  const steps: readonly Step<RunContext>[] = [
    step({
      name: "Preflight",
      outOfService: false,
      observe: async (context) =>
        (await look(context)).release === context.image.osVersion
          ? { is: "Skipped", reason: "SameVersion", message: "there already" }
          : done("healthy"),
    }),
    drain("DrainRoutes", true),
    step({
      name: "Install",
      once: true,
      needsFreshProof: true,
      observe: async (context) => {
        const device = await look(context);
        if (device.staged === context.image.osVersion) return done("staged");
        if (device.installedAt !== undefined) return { is: "Running", message: "installing" };
        return { is: "Needed", before: moment(device) };
      },
      start: (context) =>
        send(context, "Install", (device) => {
          if (device.installedAt !== undefined || device.staged !== undefined) {
            throw new StepRefused(explain("InstallPending"));
          }
          device.installs += 1;
          device.installing = context.image.osVersion;
          device.installedAt = clock.now() + INSTALL_SECONDS * 1000;
        }),
    }),
    step({
      name: "Reboot",
      once: true,
      silences: true,
      landing: "Forward",
      needsFreshProof: true,
      observe: async (context) => {
        const device = await look(context);
        const { intent } = context.status;
        if (intent?.step !== "Reboot") return { is: "Needed", before: moment(device) };
        const rebooted = formatInstant(device.bootedAt) !== intent.before.bootedAt;
        if (!rebooted) return { is: "Needed", before: moment(device) };
        return device.release === context.image.osVersion
          ? done("booted")
          : { is: "Failed", reason: "VersionUnexpected", message: device.release };
      },
      start: (context) =>
        send(context, "Reboot", (device) => {
          device.reboots += 1;
          if (!device.drained) device.rawReboots += 1;
          device.upAt = clock.now() + BOOT_SECONDS * 1000;
          device.bootedAt = device.upAt;
          device.release = device.staged ?? device.release;
          device.staged = undefined;
        }),
    }),
    drain("UndrainRoutes", false),
    step({
      name: "Compare",
      landing: "Forward",
      outOfService: false,
      observe: async (context) =>
        (await look(context)).drained
          ? { is: "Blocked", reason: "DifferentFromBaseline", message: "still drained" }
          : done("as found"),
    }),
  ];
  return {
    name: "toy",
    handles: () => true,
    supports: () => null,
    procedure: { name: "toy/v1", steps },
    estimateSeconds: () => 600,
    discover: async ({ name }) => {
      await pass(gate);
      return discovery(world, name);
    },
  };
}

const LOOPBACKS: Readonly<Record<string, string>> = {
  leaf1: "192.0.2.1",
  leaf2: "192.0.2.2",
  spine1: "192.0.2.11",
  spine2: "192.0.2.12",
};

function discovery(world: ToyWorld, name: string): DeviceDiscovery {
  const device = deviceOf(world, name);
  const isLeaf = name.startsWith("leaf");
  const others = isLeaf ? ["spine1", "spine2"] : ["leaf1", "leaf2"];
  const port = (from: string, to: string): string => `et-0/0/${from.slice(-1)}${to.slice(-1)}`;
  const peer = name === "leaf1" ? "leaf2" : "leaf1";
  const peerLives = isLeaf && world.clock.now() >= (world.devices.get(peer)?.upAt ?? 0);
  return {
    device: name,
    readAt: formatInstant(world.clock.now()),
    hostName: name,
    model: "qfx5120-48y",
    release: device.release,
    routerAddresses: [LOOPBACKS[name] ?? ""],
    lldpNeighbours: others.map((other) => ({
      localInterface: port(name, other),
      remoteSystem: other,
      remoteInterface: port(other, name),
    })),
    interfaces: [
      ...others.map((other) => ({ name: port(name, other), adminUp: true, operUp: true })),
      ...(isLeaf
        ? [
            { name: "ae1", adminUp: !device.drained, operUp: !device.drained },
            {
              name: "xe-0/0/1",
              adminUp: true,
              operUp: true,
              aggregate: "ae1",
              lacpForwarding: !device.drained,
            },
          ]
        : []),
    ],
    segments: isLeaf
      ? [
          {
            esi: ESI,
            interface: "ae1",
            forwarding: !device.drained,
            remoteAddresses: peerLives ? [LOOPBACKS[peer] ?? ""] : [],
          },
        ]
      : [],
    bgpPeers: others.map((other) => ({
      address: LOOPBACKS[other] ?? "",
      autonomousSystem: 65_000,
      established: true,
      evpn: true,
    })),
  };
}

/** The objects a user would apply; the campaign approves itself. */
export async function applyToyObjects(
  store: Store,
  namespace: string,
  probes?: Draft<"UpgradeCampaign">["spec"]["healthChecks"]["probes"],
): Promise<void> {
  const metadata = (name: string): { namespace: string; name: string } => ({ namespace, name });
  const fabric: Draft<"Fabric"> = {
    metadata: metadata("dc1"),
    spec: {
      devices: ["leaf1", "leaf2", "spine1", "spine2"].map((name) => ({
        name,
        address: "127.0.0.1",
        model: "qfx5120-48y",
        family: "junos-qfx" as const,
        role: name.startsWith("leaf") ? ("Leaf" as const) : ("Spine" as const),
      })),
      connection: { port: 830, credentialsSecretRef: { name: "login" }, knownHostsRef: { name: "hosts" } },
      multihoming: { discovery: "Required" },
      drain: { quietBitsPerSecond: 0, confirmTimeout: "10m" },
    },
  };
  await store.create("Fabric", fabric);
  await store.create("DeviceImage", {
    metadata: metadata("junos"),
    spec: {
      deviceImageName: `jinstall-host-qfx-5e-x86-64-${TARGET}-secure-signed.tgz`,
      vendorName: "Juniper",
      deviceFamily: "junos-qfx",
      supportedPlatforms: ["qfx5120"],
      osVersion: TARGET,
      sizeBytes: 1000,
      checksum: { sha256: "a".repeat(64) },
    },
  });
  await store.create("UpgradeCampaign", {
    metadata: metadata("toys"),
    spec: {
      fabricRef: { name: "dc1" },
      mode: "Upgrade",
      imageAssignments: [{ imageRef: { name: "junos" }, selector: { roles: ["Leaf"] } }],
      strategy: { maxBatchSize: 4, canary: { devicesPerTier: 0 }, soak: "0s" },
      healthChecks: { abortOnFailure: true, ...(probes === undefined ? {} : { probes }) },
      approval: { policy: "Automatic" },
      paused: false,
    },
  });
}
