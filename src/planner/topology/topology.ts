/**
 * The fabric as one graph, made of what is declared and what the devices say. Everything else in the planner
 * works on this graph; where the two sources differ the smaller redundancy counts, and a problem says so.
 */
import type { DeviceDiscovery } from "../../api/discovery.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { PlanSource, Tier } from "../../api/plan.ts";
import type { Reason } from "../../api/reasons.ts";
import { checkFabric } from "./checkFabric.ts";
import { readEvpnSessions, viewFabric, viewOf } from "./deviceViews.ts";
import { sortedBy, sortedNames } from "../naturalOrder.ts";
import { refuse } from "../planningError.ts";
import type { Port } from "./ports.ts";
import { resolveGroups } from "./redundancyGroups.ts";
import { buildEndpoints } from "./endpoints.ts";
import { buildLinks } from "./links.ts";
import { findProblems } from "./problems.ts";
import { gatherAttached } from "./segments.ts";

export type Provenance = "declared" | "discovered" | "both";

/**
 * How much is known of a device. `Read`: what it said counts. `Declared`: nothing was asked of it, so it
 * counts as declared. `Unknown`: it should have been read and was not; it counts as out of service.
 */
export type Knowledge = "Read" | "Declared" | "Unknown";

export interface TopologyDevice {
  readonly name: string;
  readonly role: Tier;
  readonly overlayRoles: readonly string[];
  readonly knowledge: Knowledge;
  /** Its upgrade does not take it out of traffic: one part of it carries what the other one did. */
  readonly staysInService?: true;
  /** What in its configuration keeps traffic off it; nobody can count on such a device, in the ledger or not. */
  readonly drainedBy?: readonly string[];
}

export interface TopologyLink {
  readonly a: Port;
  readonly b: Port;
  /** Both ends are up, as far as they were read. */
  readonly up: boolean;
  readonly provenance: Provenance;
}

export interface Attachment extends Port {
  /** The endpoint's traffic can use it now. */
  readonly up: boolean;
  readonly provenance: Provenance;
}

/** Something attached to the fabric: a server, a firewall, another network. */
export interface Endpoint {
  /** Unique: its LLDP system name, else its declared name, else its ESI or port. */
  readonly name: string;
  readonly esi: string | null;
  /** How many attachments must stay up and in service; at least 1. */
  readonly minAvailable: number;
  readonly attachments: readonly Attachment[];
}

/** An established BGP session that carries EVPN routes, as `device` sees it. */
export interface EvpnSession {
  readonly device: string;
  /** Null for a peer that is not of this fabric. */
  readonly peer: string | null;
}

/** A declared redundancy group, its minimum resolved to a number of devices. */
export interface TopologyGroup {
  readonly name: string;
  readonly members: readonly string[];
  /** Members that are devices of other fabrics, as `fabric/device`; absent where there are none. */
  readonly elsewhere?: readonly string[];
  /** Of all of them. */
  readonly minAvailable: number;
}

/** What stands on the fabric and must not go while it is upgraded, with the devices that carry it. */
export interface ProtectedEndpoint {
  readonly name: string;
  readonly devices: readonly string[];
}

export interface TopologyProblem {
  readonly device: string;
  readonly reason: Reason;
  readonly message: string;
}

export interface Topology {
  readonly source: PlanSource;
  readonly devices: readonly TopologyDevice[];
  readonly links: readonly TopologyLink[];
  readonly endpoints: readonly Endpoint[];
  readonly evpnSessions: readonly EvpnSession[];
  readonly groups: readonly TopologyGroup[];
  readonly protectedEndpoints: readonly ProtectedEndpoint[];
  readonly problems: readonly TopologyProblem[];
}

/** What the devices of a fabric said, by device name. A device that could not be read is missing. */
export type FabricDiscovery = Readonly<Record<string, DeviceDiscovery>>;

/**
 * Builds the graph. `discovery` null plans from declarations alone (files, without a network); with
 * `multihoming.discovery: Disabled` it is not looked at. Throws `PlanningError` (`FabricInvalid`) with everything in
 * which the declarations contradict themselves.
 */
export function buildTopology(spec: Fabric["spec"], discovery: FabricDiscovery | null): Topology {
  const wrong = checkFabric(spec);
  const groups = resolveGroups(spec, (problem) => wrong.push(problem));
  refuse(wrong);
  const { attached, visit } = gatherAttached();
  const views = viewFabric(spec, discovery, visit);
  const links = buildLinks(spec, views);
  const endpoints = buildEndpoints(spec, { views, attached });
  const devices = spec.devices.map(({ name, role, overlayRoles, controlPlanes }): TopologyDevice => {
    const { knowledge, said } = viewOf(views, name);
    const stays =
      knowledge === "Declared"
        ? (controlPlanes ?? []).filter((plane) => plane.name.startsWith("node")).length === 2
        : said?.staysInService === true;
    return {
      name,
      role,
      overlayRoles: overlayRoles ?? [],
      knowledge,
      ...(stays ? { staysInService: true } : {}),
      ...(said?.drainedBy === undefined ? {} : { drainedBy: said.drainedBy }),
    };
  });
  const graph = {
    source: views.source,
    devices: sortedBy(devices, ({ name }) => name),
    links: links.links,
    endpoints: endpoints.endpoints,
    evpnSessions: readEvpnSessions(views),
    groups,
    protectedEndpoints: (spec.protectedEndpoints ?? []).map(({ name, devices: on }) => ({
      name,
      devices: sortedNames(on),
    })),
  };
  const problems = [
    ...views.problems,
    ...links.problems,
    ...endpoints.problems,
    ...findProblems(graph, spec.multihoming.discovery),
  ];
  const inOrder = sortedBy(problems, ({ message }) => message);
  return { ...graph, problems: sortedBy(inOrder, ({ device }) => device) };
}
