/** The fabric as it is built: addresses, numbers and cables, all derived from the description and never changing. */
import { createHash } from "node:crypto";

import type {
  DescribedDevice,
  DescribedServer,
  SimulationDescription,
  Timings,
  TrafficDescription,
} from "./description.ts";
import { SimulationError } from "./simulationError.ts";

export interface Topology {
  readonly description: SimulationDescription;
  readonly devices: ReadonlyMap<string, TopologyDevice>;
  /** Physical cables between devices; the index is the link's number. */
  readonly links: readonly TopologyLink[];
  readonly servers: readonly TopologyServer[];
  /** Which device owns a loopback or link address. */
  readonly ownerOfAddress: ReadonlyMap<string, string>;
  readonly overlayAutonomousSystem: number;
  readonly timings: Timings;
  readonly traffic: TrafficDescription;
}

export interface TopologyDevice extends DescribedDevice {
  readonly index: number;
  readonly loopback: string;
  /** Of the underlay; spines that share leaves share it, so that no route goes down and up again. */
  readonly autonomousSystem: number;
  readonly serialNumber: string;
  readonly chassisMac: string;
  /** Reflects EVPN routes between the others. */
  readonly isRouteReflector: boolean;
  /** Terminates VXLAN tunnels: has servers, or could. */
  readonly isTunnelEndpoint: boolean;
  /** Physical ports with a cable in them, with what is at the other end. */
  readonly ports: ReadonlyMap<string, PortUse>;
}

export type PortUse =
  | { readonly kind: "fabric"; readonly link: number; readonly side: LinkSide }
  /** `attachment` counts all cables of all servers, in the order of the description. */
  | { readonly kind: "server"; readonly server: number; readonly attachment: number };

export type LinkSide = "a" | "b";

export interface TopologyLink {
  readonly index: number;
  readonly a: LinkEnd;
  readonly b: LinkEnd;
}

export interface LinkEnd {
  readonly device: string;
  readonly port: string;
  /** The address on unit 0, one of a /31. */
  readonly address: string;
}

export interface TopologyServer extends DescribedServer {
  readonly index: number;
  readonly mac: string;
  readonly ip: string;
  /** What other leaves know it by: its Ethernet segment, or its own MAC where it has none. */
  readonly segment: string;
}

/** The other end of a cable. */
export function farEnd(link: TopologyLink, side: LinkSide): LinkEnd {
  return side === "a" ? link.b : link.a;
}

const OVERLAY_AUTONOMOUS_SYSTEM = 64512;
const FIRST_SPINE_AUTONOMOUS_SYSTEM = 4_200_000_001;
const FIRST_LEAF_AUTONOMOUS_SYSTEM = 4_200_001_001;

/** Builds the fabric. Throws `SimulationError` when the description names a device that it does not describe. */
export function buildTopology(description: SimulationDescription): Topology {
  const links = description.links.map((link, index) => ({
    index,
    a: { ...link.a, address: linkAddress(index, 0) },
    b: { ...link.b, address: linkAddress(index, 1) },
  }));
  const servers = description.servers.map((server, index) => ({
    ...server,
    index,
    mac: macAddress("02", index + 1),
    ip: `172.16.${(index >> 8) & 0xff}.${index & 0xff}`,
    segment: server.esi ?? `mac:${server.name}`,
  }));
  const attachments = servers.flatMap((server) =>
    server.attachments.map((attachment) => ({ server, attachment })),
  );
  const autonomousSystems = assignAutonomousSystems(description);
  const reflectorRole = description.devices.some((device) => device.role === "SuperSpine")
    ? "SuperSpine"
    : "Spine";
  const devices = new Map(
    description.devices.map((device, index): [string, TopologyDevice] => {
      const ports = new Map<string, PortUse>();
      for (const link of links) {
        if (link.a.device === device.name)
          ports.set(link.a.port, { kind: "fabric", link: link.index, side: "a" });
        if (link.b.device === device.name)
          ports.set(link.b.port, { kind: "fabric", link: link.index, side: "b" });
      }
      attachments.forEach(({ server, attachment }, number) => {
        if (attachment.device === device.name) {
          ports.set(attachment.port, { kind: "server", server: server.index, attachment: number });
        }
      });
      return [
        device.name,
        {
          ...device,
          index,
          loopback: device.loopback ?? `10.255.${(index + 1) >> 8}.${(index + 1) & 0xff}`,
          autonomousSystem: autonomousSystems.get(device.name) ?? FIRST_LEAF_AUTONOMOUS_SYSTEM + index,
          serialNumber: `XH37${digest(`${description.name}/${device.name}`).slice(0, 8).toUpperCase()}`,
          chassisMac: macAddress("0c", index + 1),
          isRouteReflector: device.role === reflectorRole,
          isTunnelEndpoint: device.role !== "Spine" && device.role !== "SuperSpine",
          ports,
        },
      ];
    }),
  );
  const ownerOfAddress = new Map<string, string>();
  for (const device of devices.values()) ownerOfAddress.set(device.loopback, device.name);
  for (const link of links) {
    ownerOfAddress.set(link.a.address, link.a.device);
    ownerOfAddress.set(link.b.address, link.b.device);
  }
  return {
    description,
    devices,
    links,
    servers,
    ownerOfAddress,
    overlayAutonomousSystem: OVERLAY_AUTONOMOUS_SYSTEM,
    timings: description.timings,
    traffic: description.traffic,
  };
}

/** The described device. Throws `SimulationError` `UnknownDevice`. */
export function topologyDevice(topology: Topology, name: string): TopologyDevice {
  const device = topology.devices.get(name);
  if (device !== undefined) return device;
  throw new SimulationError("UnknownDevice", `there is no device "${name}" in the simulation`, {
    hint: `known are ${[...topology.devices.keys()].join(", ")}`,
  });
}

/** One number per leaf; one per group of spines that stand over the same leaves; one for all super spines. */
function assignAutonomousSystems(description: SimulationDescription): ReadonlyMap<string, number> {
  const roleOf = new Map(description.devices.map((device) => [device.name, device.role]));
  const below = new Map<string, Set<string>>();
  for (const { a, b } of description.links) {
    for (const [upper, lower] of [
      [a.device, b.device],
      [b.device, a.device],
    ] as const) {
      if (roleOf.get(upper) !== "Spine" || roleOf.get(lower) === "SuperSpine") continue;
      below.set(upper, (below.get(upper) ?? new Set()).add(lower));
    }
  }
  const groups: { readonly leaves: Set<string>; readonly spines: string[] }[] = [];
  for (const [spine, leaves] of below) {
    const group = groups.find((candidate) => [...leaves].some((leaf) => candidate.leaves.has(leaf)));
    if (group === undefined) groups.push({ leaves: new Set(leaves), spines: [spine] });
    else {
      group.spines.push(spine);
      for (const leaf of leaves) group.leaves.add(leaf);
    }
  }
  const numbers = new Map<string, number>();
  groups.forEach((group, index) => {
    for (const spine of group.spines) numbers.set(spine, FIRST_SPINE_AUTONOMOUS_SYSTEM + 1 + index);
  });
  for (const [name, role] of roleOf)
    if (role === "SuperSpine") numbers.set(name, FIRST_SPINE_AUTONOMOUS_SYSTEM);
  return numbers;
}

function linkAddress(index: number, end: 0 | 1): string {
  const number = index * 2 + end;
  return `10.${1 + (number >> 16)}.${(number >> 8) & 0xff}.${number & 0xff}`;
}

function macAddress(firstByte: string, number: number): string {
  const hex = number.toString(16).padStart(10, "0");
  return [firstByte, ...(hex.match(/../g) ?? [])].join(":");
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
