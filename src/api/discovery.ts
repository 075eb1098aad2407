/** What devices say of themselves: the facts a topology is made of. Stored, and so part of the persisted API. */
import type { ExplainedWarning } from "./warnings.ts";

/**
 * What one device says of itself and of its neighbourhood: the facts that topology, redundancy and versions
 * are read from. Written by drivers, read by the planner, stored in the Fabric's topology ConfigMap, and
 * therefore part of the persisted API.
 */
export interface DeviceDiscovery {
  /** The name the Fabric gives the device. */
  readonly device: string;
  /** RFC 3339, model time. */
  readonly readAt: string;
  readonly hostName: string;
  readonly model: string;
  readonly serialNumber?: string;
  /** The running Junos release, e.g. `21.4R3-S5.4`; null where the device does not say. */
  readonly release: string | null;
  /** Addresses by which other devices name this one in EVPN and BGP (loopback, router id). */
  readonly routerAddresses: readonly string[];
  readonly lldpNeighbours: readonly LldpNeighbour[];
  readonly interfaces: readonly DiscoveredInterface[];
  readonly segments: readonly DiscoveredSegment[];
  readonly bgpPeers: readonly DiscoveredBgpPeer[];
  /** Its upgrade does not take it out of traffic: a chassis cluster whose nodes can stand in for each other now. */
  readonly staysInService?: true;
  /**
   * Statements in effect in its configuration, whoever's they are, by which traffic keeps off it: `protocols isis overload`.
   * Absent where there are none, and where the login may not see the configuration.
   */
  readonly drainedBy?: readonly string[];
  /** Its upgrade loses the state of all connections through it, whoever else could carry them. */
  readonly losesSessions?: true;
  /** What an upgrade of this device costs although it succeeds; absent where the driver knows of nothing. */
  readonly warnings?: readonly ExplainedWarning[];
  /** Several switches that act as one; absent on one that stands alone. */
  readonly virtualChassisMembers?: number;
  /** Its routing engines or nodes, of families that can have two. */
  readonly controlPlanes?: readonly DiscoveredControlPlane[];
}

export interface DiscoveredControlPlane {
  /** `re0`, `node1`. */
  readonly name: string;
  readonly role: "Master" | "Backup" | "Away";
  /** Null where it was not read. */
  readonly release: string | null;
  /** Junos runs in a virtual machine there. */
  readonly vmhost: boolean;
}

export interface LldpNeighbour {
  /** The physical port, e.g. `et-0/0/48`. */
  readonly localInterface: string;
  readonly remoteSystem: string;
  readonly remoteInterface: string;
}

export interface DiscoveredInterface {
  /** A physical or aggregated interface, e.g. `xe-0/0/1`, `ae1`. */
  readonly name: string;
  readonly adminUp: boolean;
  readonly operUp: boolean;
  /** The aggregate this port is a member of. */
  readonly aggregate?: string;
  /** For a member of an aggregate with LACP: whether it is collecting and distributing. */
  readonly lacpForwarding?: boolean;
}

/** An EVPN Ethernet segment with a local interface. */
export interface DiscoveredSegment {
  readonly esi: string;
  /** The local interface without its unit, e.g. `ae1`. */
  readonly interface: string;
  readonly forwarding: boolean;
  /** Addresses of the other devices on the segment, as EVPN shows them now. */
  readonly remoteAddresses: readonly string[];
}

/** What a port carries at the moment of reading. Read when a plan is made; not kept. */
export interface PortLoad {
  readonly interface: string;
  readonly speedBitsPerSecond: number;
  readonly inputBitsPerSecond: number;
  readonly outputBitsPerSecond: number;
}

export interface DiscoveredBgpPeer {
  readonly address: string;
  readonly autonomousSystem: number;
  readonly established: boolean;
  /** True for sessions that carry the EVPN address family. */
  readonly evpn: boolean;
}
