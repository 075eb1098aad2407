/**
 * Fabrics for the planner's tests: a small physical world (devices, cables, servers), and what its devices
 * would declare and say.
 */
import { createHash } from "node:crypto";
import type { DeviceDiscovery } from "../../src/api/discovery.ts";
import type { DeviceImage } from "../../src/api/deviceImage.gen.ts";
import type { Fabric } from "../../src/api/fabric.gen.ts";
import type { ObjectMeta } from "../../src/api/objectMeta.ts";
import type { Tier } from "../../src/api/plan.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { makePlan } from "../../src/planner/plan.ts";
import type { PlanInput, PlanResult } from "../../src/planner/plan.ts";

export interface WorldDevice {
  readonly name: string;
  readonly role: Tier;
  readonly overlayRoles?: string[];
  readonly release?: string | null;
}

export interface World {
  readonly devices: readonly WorldDevice[];
  /** `a/port` to `b/port`. A cable that is not up shows no LLDP neighbour. */
  readonly cables: readonly { readonly a: string; readonly b: string; readonly up?: boolean }[];
  readonly servers: readonly WorldServer[];
  /** Established EVPN sessions, both ways. Peers outside the fabric are addresses. */
  readonly sessions?: readonly (readonly [string, string])[];
  /** Devices that do not answer. */
  readonly dead?: readonly string[];
}

export interface WorldServer {
  /** Its LLDP system name; null for a server that does not speak LLDP. */
  readonly name: string | null;
  readonly esi?: string;
  /** `device/port`. */
  readonly ports: readonly string[];
  /** Ports that are down. */
  readonly down?: readonly string[];
}

export function esi(number: number): string {
  const digits = number.toString(16).padStart(4, "0");
  return `00:00:00:00:00:00:00:00:${digits.slice(0, 2)}:${digits.slice(2)}`;
}

function metadata(name: string): ObjectMeta {
  return {
    name,
    namespace: "default",
    uid: name,
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
}

/** Loopbacks by place in the list: 10.0.0.1 and on. What is no device stands for an address already. */
function address(world: World, name: string): string {
  let places = placesOf.get(world);
  if (places === undefined) {
    places = new Map(world.devices.map((device, index) => [device.name, index]));
    placesOf.set(world, places);
  }
  const index = places.get(name);
  return index === undefined ? name : `10.0.${String(index >> 8)}.${String((index & 255) + 1)}`;
}

const placesOf = new WeakMap<World, Map<string, number>>();

export function fabricOf(world: World, spec: Partial<Fabric["spec"]> = {}): Fabric {
  return {
    apiVersion: "hitless.dev/v1alpha1",
    kind: "Fabric",
    metadata: metadata("dc1"),
    spec: {
      devices: world.devices.map(({ name, role, overlayRoles }) => ({
        name,
        role,
        address: `${name}.example.net`,
        model: "qfx5120-48y",
        family: "junos-qfx",
        ...(overlayRoles === undefined ? {} : { overlayRoles }),
      })),
      connection: { port: 830, credentialsSecretRef: { name: "login" }, knownHostsRef: { name: "hosts" } },
      multihoming: { discovery: "Required" },
      drain: { quietBitsPerSecond: 1000, confirmTimeout: "10m" },
      ...spec,
    },
  };
}

/** The world as its owner would declare it: every cable, every server. */
export function declarationsOf(world: World): Pick<Fabric["spec"], "links" | "multihoming"> {
  return {
    links: world.cables.map(({ a, b }) => ({ a, b })),
    multihoming: {
      discovery: "Required",
      segments: world.servers.map((server, index) => ({
        name: server.name ?? `segment${String(index)}`,
        members: [...server.ports],
        minAvailable: 1,
        ...(server.esi === undefined ? {} : { esi: server.esi }),
      })),
    },
  };
}

/** What devices say, by their names. */
export type Said = Record<string, DeviceDiscovery>;

/** What is said, with another answer of one device. */
export function changed(
  said: Said,
  device: string,
  change: (one: DeviceDiscovery) => Partial<DeviceDiscovery>,
): Said {
  const one = said[device];
  if (one === undefined) throw new Error(`no ${device}`);
  return { ...said, [device]: { ...one, ...change(one) } };
}

/** What every device that answers says. */
export function discover(world: World): Said {
  const dead = new Set(world.dead);
  const said = new Map<string, MutableDiscovery>();
  for (const { name, release } of world.devices) {
    if (dead.has(name)) continue;
    said.set(name, {
      device: name,
      readAt: "2026-01-01T00:00:00Z",
      hostName: name,
      model: "qfx5120-48y-8c",
      release: release === undefined ? "21.4R3-S5.4" : release,
      routerAddresses: [address(world, name)],
      lldpNeighbours: [],
      interfaces: [{ name: "em0", adminUp: true, operUp: true }],
      segments: [],
      bgpPeers: [],
    });
  }
  for (const { a, b, up = true } of world.cables) addCable(said, { a, b, up: up && !touches(dead, a, b) });
  for (const server of world.servers) addServer(said, { server, world, dead });
  for (const [a, b] of world.sessions ?? []) {
    for (const [here, there] of [
      [a, b],
      [b, a],
    ] as const) {
      const established = !dead.has(there);
      const peer = { address: address(world, there), autonomousSystem: 65000, established, evpn: true };
      said.get(here)?.bgpPeers.push(peer);
    }
  }
  return Object.fromEntries(said);
}

type Mutable<List> = List extends readonly (infer Item)[] ? Item[] : List;
type MutableDiscovery = { -readonly [Key in keyof DeviceDiscovery]: Mutable<DeviceDiscovery[Key]> };

function touches(dead: ReadonlySet<string>, ...ports: string[]): boolean {
  return ports.some((port) => dead.has(split(port).device));
}

export function split(port: string): { device: string; name: string } {
  const slash = port.indexOf("/");
  return { device: port.slice(0, slash), name: port.slice(slash + 1) };
}

function addCable(
  said: ReadonlyMap<string, MutableDiscovery>,
  { a, b, up }: { a: string; b: string; up: boolean },
): void {
  for (const [here, there] of [
    [split(a), split(b)],
    [split(b), split(a)],
  ] as const) {
    const own = said.get(here.device);
    own?.interfaces.push({ name: here.name, adminUp: true, operUp: up });
    if (up) {
      const neighbour = { remoteSystem: there.device, remoteInterface: there.name };
      own?.lldpNeighbours.push({ localInterface: here.name, ...neighbour });
    }
  }
}

/** `aeN` ports get one physical member `xe-0/0/N`. */
function addServer(
  said: ReadonlyMap<string, MutableDiscovery>,
  { server, world, dead }: { server: WorldServer; world: World; dead: ReadonlySet<string> },
): void {
  const live = server.ports.filter((port) => server.down?.includes(port) !== true && !touches(dead, port));
  for (const port of server.ports) {
    const { device, name } = split(port);
    const own = said.get(device);
    if (own === undefined) continue;
    const operUp = live.includes(port);
    let physical = name;
    if (name.startsWith("ae")) {
      physical = `xe-0/0/${name.slice(2)}`;
      own.interfaces.push({ name, adminUp: true, operUp });
    }
    const member = name === physical ? {} : { aggregate: name, lacpForwarding: operUp };
    own.interfaces.push({ name: physical, adminUp: true, operUp, ...member });
    if (operUp && server.name !== null) {
      own.lldpNeighbours.push({
        localInterface: physical,
        remoteSystem: server.name,
        remoteInterface: "eth0",
      });
    }
    if (server.esi !== undefined) {
      const others = live.filter((other) => split(other).device !== device);
      const remoteAddresses = others.map((other) => address(world, split(other).device));
      own.segments.push({ esi: server.esi, interface: name, forwarding: operUp, remoteAddresses });
    }
  }
}

export function imageOf(spec: Partial<DeviceImage["spec"]> = {}, name = "junos-23"): DeviceImage {
  return {
    apiVersion: "hitless.dev/v1alpha1",
    kind: "DeviceImage",
    metadata: metadata(name),
    spec: {
      deviceImageName: "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz",
      vendorName: "Juniper",
      deviceFamily: "junos-qfx",
      supportedPlatforms: ["qfx5120"],
      osVersion: "23.4R2-S3.9",
      sizeBytes: 1_000_000,
      checksum: { sha256: "a".repeat(64) },
      ...spec,
    },
  };
}

export function campaignOf(
  strategy: Partial<UpgradeCampaign["spec"]["strategy"]> = {},
  spec: Partial<UpgradeCampaign["spec"]> = {},
): UpgradeCampaign {
  const roles: Tier[] = ["Leaf", "Border", "Firewall", "Spine", "SuperSpine"];
  return {
    apiVersion: "hitless.dev/v1alpha1",
    kind: "UpgradeCampaign",
    metadata: metadata("upgrade"),
    spec: {
      fabricRef: { name: "dc1" },
      mode: "Upgrade",
      imageAssignments: [{ imageRef: { name: "junos-23" }, selector: { roles } }],
      strategy: { maxBatchSize: 4, canary: { devicesPerTier: 0 }, soak: "5m", ...strategy },
      healthChecks: { abortOnFailure: true },
      approval: { policy: "Manual" },
      paused: false,
      ...spec,
    },
  };
}

export function sha256(texts: string | Iterable<string>): string {
  const hash = createHash("sha256");
  for (const text of typeof texts === "string" ? [texts] : texts) hash.update(text);
  return hash.digest("hex");
}

/** A plan with everything usual where nothing else is said. */
export function plan(input: Partial<PlanInput> & { fabric: Fabric }): PlanResult {
  return makePlan({
    campaign: campaignOf(),
    images: [imageOf()],
    discovery: null,
    outOfService: [],
    estimateSeconds: () => 1800,
    effort: () => ({ outSeconds: 1500, goBackSeconds: 1600, backup: ["configuration"] }),
    supports: () => null,
    sha256,
    ...input,
  });
}

export function batchesOf({ plan: { batches } }: PlanResult): string[][] {
  return batches.map(({ devices }) => [...devices]);
}

/**
 * Two spines, eight leaves in pairs, three servers on each pair, one server on leaf8 alone. The leaves peer with
 * the spines, which reflect their routes.
 */
export function quickstart(): World {
  const leaves = Array.from({ length: 8 }, (_, index) => `leaf${String(index + 1)}`);
  const spines = ["spine1", "spine2"];
  const servers: WorldServer[] = [];
  for (let number = 1; number <= 12; number += 1) {
    const pair = Math.floor((number - 1) / 3);
    const port = `ae${String(number)}`;
    const ports = [`${leaves[pair * 2] ?? ""}/${port}`, `${leaves[pair * 2 + 1] ?? ""}/${port}`];
    servers.push({ name: `server${String(number)}`, esi: esi(number), ports });
  }
  servers.push({ name: null, ports: ["leaf8/xe-0/0/13"] });
  return {
    devices: [
      ...spines.map((name) => ({ name, role: "Spine" as const, overlayRoles: ["Route-Reflector"] })),
      ...leaves.map((name) => ({ name, role: "Leaf" as const })),
    ],
    cables: leaves.flatMap((leaf, index) =>
      spines.map((spine, uplink) => ({
        a: `${leaf}/et-0/0/${String(48 + uplink)}`,
        b: `${spine}/et-0/0/${String(index + 1)}`,
      })),
    ),
    servers,
    sessions: leaves.flatMap((leaf) => spines.map((spine) => [leaf, spine] as const)),
  };
}

/** How many random cases a test looks at: all of them, or a part where `npm run mutate` runs it a thousand times. */
export function runs(all: number): number {
  const part = Number(process.env["HITLESS_TEST_PART"] ?? "1");
  return Math.max(1, Math.round(all * part));
}

/** The same for cases that are fixed: they are fewer and say more, so that a larger part of them is looked at. */
export function fixedRuns(all: number): number {
  return Math.ceil(Math.sqrt(all * runs(all)));
}
