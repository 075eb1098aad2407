/** What the devices said, indexed for the topology: interfaces, neighbours, and which name is which device. */
import type { DeviceDiscovery, DiscoveredInterface } from "../../api/discovery.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { PlanSource } from "../../api/plan.ts";
import { modelMatches } from "../../release/platform.ts";
import { append } from "../indexes.ts";
import { compareNames, sortedNames } from "../naturalOrder.ts";
import { withoutUnit } from "./ports.ts";
import type { EvpnSession, FabricDiscovery, Knowledge, TopologyProblem } from "./topology.ts";

/** Who is at the other end of a port, as LLDP says. */
export type Neighbour =
  | { readonly is: "Device"; readonly device: string; readonly interface: string }
  /** Two devices of the fabric go by this name, so nothing can be concluded from it. */
  | { readonly is: "Ambiguous"; readonly system: string }
  | { readonly is: "Other"; readonly system: string };

export interface DeviceView {
  readonly name: string;
  readonly knowledge: Knowledge;
  /** Null unless `knowledge` is `Read`. */
  readonly said: DeviceDiscovery | null;
  readonly interfaces: ReadonlyMap<string, DiscoveredInterface>;
  /** Physical members by aggregate. */
  readonly members: ReadonlyMap<string, readonly DiscoveredInterface[]>;
  readonly neighbours: ReadonlyMap<string, readonly Neighbour[]>;
}

export interface FabricViews {
  readonly source: PlanSource;
  readonly byName: ReadonlyMap<string, DeviceView>;
  /** Devices by the addresses that EVPN and BGP name them by. */
  readonly byAddress: ReadonlyMap<string, string>;
  readonly problems: readonly TopologyProblem[];
}

export function viewFabric(spec: Fabric["spec"], discovery: FabricDiscovery | null): FabricViews {
  const policy = spec.multihoming.discovery;
  const used = discovery === null || policy === "Disabled" ? null : discovery;
  const problems: TopologyProblem[] = [];
  const saidBy = new Map<string, DeviceDiscovery>();
  for (const { name } of spec.devices) {
    const said = used !== null && Object.hasOwn(used, name) ? used[name] : undefined;
    if (said !== undefined) saidBy.set(name, said);
  }
  const systems = systemNames(spec, saidBy, problems);
  const byName = new Map<string, DeviceView>();
  for (const { name, model } of spec.devices) {
    const said = saidBy.get(name) ?? null;
    const knowledge = knowledgeOf(said, used, policy);
    byName.set(name, viewDevice({ name, knowledge, said, systems }));
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
    byAddress: addresses(saidBy),
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
export function carries(view: DeviceView, name: string): boolean | undefined {
  const port = view.interfaces.get(name);
  if (port === undefined) return undefined;
  if (!port.adminUp || !port.operUp || port.lacpForwarding === false) return false;
  const members = view.members.get(name);
  if (members !== undefined) {
    return members.some(
      ({ adminUp, operUp, lacpForwarding }) => adminUp && operUp && lacpForwarding !== false,
    );
  }
  const aggregate = port.aggregate === undefined ? undefined : view.interfaces.get(port.aggregate);
  return aggregate === undefined || (aggregate.adminUp && aggregate.operUp);
}

/** What LLDP sees on a port; for an aggregate, on its members. */
export function neighboursOn(view: DeviceView, name: string): readonly Neighbour[] {
  const own = view.neighbours.get(name) ?? [];
  const members = view.members.get(name) ?? [];
  return [...own, ...members.flatMap((member) => view.neighbours.get(member.name) ?? [])];
}

/** The established sessions with EVPN of all devices that were read. */
export function readEvpnSessions(views: FabricViews): EvpnSession[] {
  const sessions: EvpnSession[] = [];
  for (const { name, said } of views.byName.values()) {
    for (const peer of said?.bgpPeers ?? []) {
      if (!peer.evpn || !peer.established) continue;
      sessions.push({ device: name, peer: views.byAddress.get(peer.address) ?? null });
    }
  }
  return sessions.toSorted(
    (a, b) => compareNames(a.device, b.device) || compareNames(a.peer ?? "", b.peer ?? ""),
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

function viewDevice(device: {
  name: string;
  knowledge: Knowledge;
  said: DeviceDiscovery | null;
  systems: ReadonlyMap<string, string | null>;
}): DeviceView {
  const { name, knowledge, said, systems } = device;
  const interfaces = new Map<string, DiscoveredInterface>();
  const members = new Map<string, DiscoveredInterface[]>();
  for (const one of said?.interfaces ?? []) {
    interfaces.set(one.name, one);
    if (one.aggregate !== undefined) append(members, one.aggregate, one);
  }
  const neighbours = new Map<string, Neighbour[]>();
  for (const { localInterface, remoteSystem, remoteInterface } of said?.lldpNeighbours ?? []) {
    const found = findSystem(systems, remoteSystem);
    const neighbour: Neighbour =
      found === undefined
        ? { is: "Other", system: remoteSystem }
        : found === null
          ? { is: "Ambiguous", system: remoteSystem }
          : { is: "Device", device: found, interface: withoutUnit(remoteInterface) };
    append(neighbours, withoutUnit(localInterface), neighbour);
  }
  return { name, knowledge, said, interfaces, members, neighbours };
}

/**
 * LLDP system names of the fabric's devices: the host name a device gives itself, and the name the Fabric
 * gives it. A name that two devices go by maps to null.
 */
function systemNames(
  spec: Fabric["spec"],
  saidBy: ReadonlyMap<string, DeviceDiscovery>,
  problems: TopologyProblem[],
): Map<string, string | null> {
  const byHostName = new Map<string, string[]>();
  for (const [device, { hostName }] of saidBy) {
    if (hostName !== "") append(byHostName, hostName.toLowerCase(), device);
  }
  const systems = new Map<string, string | null>();
  for (const [hostName, devices] of byHostName) {
    systems.set(hostName, devices.length === 1 ? (devices[0] ?? null) : null);
    if (devices.length === 1) continue;
    const message = `${sortedNames(devices).join(" and ")} have the same host name ${hostName}`;
    for (const device of devices) problems.push({ device, reason: "TopologyContradiction", message });
  }
  for (const { name } of spec.devices) {
    const holder = systems.get(name);
    if (holder === undefined) systems.set(name, name);
    else if (holder !== null && holder !== name) {
      const message = `${holder} calls itself ${name}, which is the name of another device of the fabric`;
      problems.push({ device: holder, reason: "TopologyContradiction", message });
      systems.set(name, null);
    }
  }
  return systems;
}

/** A system name may carry a domain (`spine1.example.net`) that the Fabric's names lack. */
function findSystem(
  systems: ReadonlyMap<string, string | null>,
  remoteSystem: string,
): string | null | undefined {
  const name = remoteSystem.toLowerCase();
  const exact = systems.get(name);
  return exact !== undefined ? exact : systems.get(name.split(".", 1)[0] ?? name);
}

/** An address of two devices (an anycast loopback) names neither. */
function addresses(saidBy: ReadonlyMap<string, DeviceDiscovery>): Map<string, string> {
  const byAddress = new Map<string, string>();
  const shared = new Set<string>();
  for (const [device, { routerAddresses }] of saidBy) {
    for (const address of new Set(routerAddresses)) {
      if (byAddress.has(address)) shared.add(address);
      byAddress.set(address, device);
    }
  }
  for (const address of shared) byAddress.delete(address);
  return byAddress;
}

function sameModel(declared: string, said: string): boolean {
  return modelMatches([declared], said) || modelMatches([said], declared);
}
