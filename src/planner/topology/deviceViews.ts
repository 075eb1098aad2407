/**
 * What the devices said, indexed for the topology: the ports of each device, and who is at their other ends. A large
 * fabric has millions of ports, most of them servers': they are shown to a visitor device by device, and only those
 * that lead to other devices are kept.
 */
import type { DeviceDiscovery, DiscoveredInterface, DiscoveredSegment } from "../../api/discovery.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { PlanSource } from "../../api/plan.ts";
import { modelMatches } from "../../release/platform.ts";
import { sortedNames } from "../naturalOrder.ts";
import { withoutUnit } from "./ports.ts";
import { addressesOf, findSystem, systemNames } from "./systemNames.ts";
import type { SystemNames } from "./systemNames.ts";
import type { EvpnSession, FabricDiscovery, Knowledge, TopologyProblem } from "./topology.ts";

/** Who is at the other end of a port, as LLDP says. */
export type Neighbour =
  | { readonly is: "Device"; readonly device: string; readonly interface: string }
  /** Two devices of the fabric go by this name, so nothing can be concluded from it. */
  | { readonly is: "Ambiguous"; readonly system: string }
  | { readonly is: "Other"; readonly system: string };

/** Everything that one device says of one of its ports. */
export interface PortView {
  readonly name: string;
  /** Null for a port that the device only mentions: a neighbour's, an aggregate that it does not list. */
  readonly said: DiscoveredInterface | null;
  /** The aggregate that it is a member of. */
  readonly aggregate: PortView | null;
  /** Of an aggregate, its physical ports; null for none. */
  readonly members: readonly PortView[] | null;
  readonly neighbours: readonly Neighbour[] | null;
  /** It is on an Ethernet segment. */
  readonly isOnSegment: boolean;
}

/** Ports of one device, by name. */
export interface Ports {
  readonly get: (name: string) => PortView | undefined;
}

export interface DeviceView {
  readonly name: string;
  /** Its place among the devices of the fabric in natural order. */
  readonly rank: number;
  readonly knowledge: Knowledge;
  /** Null unless `knowledge` is `Read`. */
  readonly said: DeviceDiscovery | null;
  /** All ports. Those of links are at hand; for another one, what the device said is gone through again. */
  readonly ports: Ports;
  /** The devices of the fabric that it sees. */
  readonly sees: ReadonlySet<string>;
  /** The ports on which it sees them: few among many. */
  readonly towards: ReadonlySet<PortView>;
}

export interface FabricViews {
  readonly source: PlanSource;
  readonly byName: ReadonlyMap<string, DeviceView>;
  /** Devices by the addresses that EVPN and BGP name them by. */
  readonly byAddress: ReadonlyMap<string, string>;
  readonly problems: readonly TopologyProblem[];
}

/** Is shown all ports of a device at once. */
export type PortVisitor = (view: DeviceView, ports: ReadonlyMap<string, PortView>) => void;

export function viewFabric(
  spec: Fabric["spec"],
  discovery: FabricDiscovery | null,
  visit: PortVisitor,
): FabricViews {
  const policy = spec.multihoming.discovery;
  const used = discovery === null || policy === "Disabled" ? null : discovery;
  const problems: TopologyProblem[] = [];
  const saidBy = new Map<string, DeviceDiscovery>();
  for (const { name } of spec.devices) {
    const said = used !== null && Object.hasOwn(used, name) ? used[name] : undefined;
    if (said !== undefined) saidBy.set(name, said);
  }
  const systems = systemNames(spec, saidBy, problems);
  const ranks = new Map(sortedNames(spec.devices.map(({ name }) => name)).map((name, rank) => [name, rank]));
  const byName = new Map<string, DeviceView>();
  for (const { name, model } of spec.devices) {
    const said = saidBy.get(name) ?? null;
    const knowledge = knowledgeOf(said, used, policy);
    const rank = ranks.get(name) ?? 0;
    const { ports, sees, towards } = readPorts(said, systems);
    const kept = keptPorts(towards, () => readPorts(said, systems).ports);
    const view: DeviceView = { name, rank, knowledge, said, ports: kept, sees, towards };
    byName.set(name, view);
    visit(view, ports);
    if (said === null && knowledge === "Declared" && used !== null) {
      problems.push({ device: name, reason: "Unreachable", message: "not read: taken as declared" });
    } else if (said !== null && !sameModel(model, said.model)) {
      const message = `declared as ${model}, but the device says ${said.model}`;
      problems.push({ device: name, reason: "TopologyContradiction", message });
    }
  }
  return {
    source: used === null ? "declarations" : "devices",
    byName,
    byAddress: addressesOf(saidBy),
    problems,
  };
}

export function viewOf(views: FabricViews, device: string): DeviceView {
  const view = views.byName.get(device);
  if (view === undefined) throw new RangeError(`no device ${device}`);
  return view;
}

/**
 * Whether a port that was read carries traffic: itself, the aggregate it is a member of, and LACP where it
 * runs. Undefined where the device does not list the interface, or was not read.
 */
export function carries(port: PortView | undefined): boolean | undefined {
  if (port === undefined || port.said === null) return undefined;
  if (!forwards(port.said)) return false;
  if (port.members !== null) return port.members.some(({ said }) => said !== null && forwards(said));
  const bundle = port.aggregate?.said ?? null;
  return bundle === null || (bundle.adminUp && bundle.operUp);
}

function forwards({ adminUp, operUp, lacpForwarding }: DiscoveredInterface): boolean {
  return adminUp && operUp && lacpForwarding !== false;
}

const NOBODY: readonly Neighbour[] = [];

/** What LLDP sees on a port; for an aggregate, on its members. */
export function neighboursOn(port: PortView | undefined): readonly Neighbour[] {
  const own = port?.neighbours ?? NOBODY;
  const members = port?.members ?? null;
  if (members === null) return own;
  if (members.length === 1 && own.length === 0) return members[0]?.neighbours ?? NOBODY;
  return [...own, ...members.flatMap((member) => member.neighbours ?? NOBODY)];
}

/** The names of those whom LLDP sees on a port: devices, and other systems. */
export function systemsOn(port: PortView | undefined): readonly string[] {
  const neighbours = neighboursOn(port);
  return neighbours.length === 0 ? NO_SYSTEMS : neighbours.map(systemOf);
}

const NO_SYSTEMS: readonly string[] = [];

function systemOf(neighbour: Neighbour): string {
  return neighbour.is === "Device" ? neighbour.device : neighbour.system;
}

/** The established sessions with EVPN of all devices that were read, in natural order. */
export function readEvpnSessions(views: FabricViews): EvpnSession[] {
  const inOrder = [...views.byName.values()].toSorted((a, b) => a.rank - b.rank);
  return inOrder.flatMap(({ name, said }) =>
    (said?.bgpPeers ?? [])
      .filter(({ evpn, established }) => evpn && established)
      .map(({ address }) => {
        const peer = views.byAddress.get(address) ?? null;
        return { session: { device: name, peer }, rank: peer === null ? -1 : viewOf(views, peer).rank };
      })
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ session }) => session),
  );
}

function knowledgeOf(
  said: DeviceDiscovery | null,
  used: FabricDiscovery | null,
  policy: Fabric["spec"]["multihoming"]["discovery"],
): Knowledge {
  if (said !== null) return "Read";
  return used !== null && policy === "Required" ? "Unknown" : "Declared";
}

const NO_SEGMENT = "00:00:00:00:00:00:00:00:00:00";

/** Devices show an ESI of zeros where there is none. */
export function isSegment({ esi }: DiscoveredSegment): boolean {
  return esi !== NO_SEGMENT;
}

/**
 * A port while the lists about it are being filled. A class, not a literal: where many survive that one literal makes,
 * V8 lets all of them grow old, and a spine's ports are kept while those of a leaf's servers, a hundred times as many,
 * are not.
 */
class OpenPort {
  readonly name: string;
  said: DiscoveredInterface | null = null;
  aggregate: OpenPort | null = null;
  members: OpenPort[] | null = null;
  neighbours: readonly Neighbour[] | null = null;
  isOnSegment = false;

  constructor(name: string) {
    this.name = name;
  }
}

interface PortsRead extends Pick<DeviceView, "sees" | "towards"> {
  readonly ports: ReadonlyMap<string, PortView>;
}

function readPorts(said: DeviceDiscovery | null, systems: SystemNames): PortsRead {
  const ports = new Map<string, OpenPort>();
  const sees = new Set<string>();
  const towards = new Set<PortView>();
  function portOf(name: string): OpenPort {
    let port = ports.get(name);
    if (port === undefined) {
      port = new OpenPort(name);
      ports.set(name, port);
    }
    return port;
  }
  for (const one of said?.interfaces ?? []) {
    const port = portOf(one.name);
    const bundle = one.aggregate === undefined ? null : portOf(one.aggregate);
    port.said = one;
    port.aggregate = bundle;
    if (bundle !== null) bundle.members = bundle.members?.concat([port]) ?? [port];
  }
  for (const segment of said?.segments ?? []) {
    if (isSegment(segment)) portOf(withoutUnit(segment.interface)).isOnSegment = true;
  }
  for (const { localInterface, remoteSystem, remoteInterface } of said?.lldpNeighbours ?? []) {
    const port = portOf(withoutUnit(localInterface));
    const seen = neighboursNamed(remoteSystem, { systems, remoteInterface });
    port.neighbours = port.neighbours?.concat(seen) ?? seen;
    const [neighbour] = seen;
    if (neighbour?.is !== "Device") continue;
    sees.add(neighbour.device);
    towards.add(port);
  }
  return { ports, sees, towards };
}

/** Keeps the ports of links and their aggregates, and reads all of them again when another one is asked for. */
function keptPorts(towards: Iterable<PortView>, readAgain: () => ReadonlyMap<string, PortView>): Ports {
  const kept = new Map<string, PortView>();
  for (const port of towards) {
    kept.set(port.name, port);
    if (port.aggregate !== null) kept.set(port.aggregate.name, port.aggregate);
  }
  let all: ReadonlyMap<string, PortView> | null = null;
  return { get: (name) => kept.get(name) ?? (all ??= readAgain()).get(name) };
}

/** A list of the one neighbour that LLDP means by a system and a port of it. */
function neighboursNamed(
  system: string,
  { systems, remoteInterface }: { systems: SystemNames; remoteInterface: string },
): readonly Neighbour[] {
  const device = findSystem(systems, system);
  if (typeof device === "string") {
    return [{ is: "Device", device, interface: withoutUnit(remoteInterface) }];
  }
  return [{ is: device === null ? "Ambiguous" : "Other", system }];
}

function sameModel(declared: string, said: string): boolean {
  return modelMatches([declared], said) || modelMatches([said], declared);
}
