/**
 * What a simulation consists of, complete and checked: the devices, how they are cabled, the servers on them,
 * and the physical times. Read from `simulation.yaml` (descriptionFile.ts) or derived from a Fabric alone.
 */
import type { Fault } from "./fault.ts";

export const DEVICE_ROLES = ["Leaf", "Spine", "SuperSpine", "Border", "Firewall"] as const;
export type DeviceRole = (typeof DEVICE_ROLES)[number];

export const UNDERLAY_PROTOCOLS = ["bgp", "isis", "ospf"] as const;
export type UnderlayProtocol = (typeof UNDERLAY_PROTOCOLS)[number];

export const LACP_MODES = ["fast", "slow", "none"] as const;
/** How often a server sends LACP frames; `none` is a port without LACP. */
export type LacpMode = (typeof LACP_MODES)[number];

export interface SimulationDescription {
  /** The fabric's name; part of what host keys are derived from. */
  readonly name: string;
  readonly credentials: Credentials;
  /** A login that may look at everything and change nothing. */
  readonly readOnlyCredentials: Credentials;
  readonly devices: readonly DescribedDevice[];
  readonly links: readonly DescribedLink[];
  readonly servers: readonly DescribedServer[];
  /** What devices can fetch by `file-copy` from any address, found by file name. */
  readonly images: readonly DescribedPackage[];
  readonly timings: Timings;
  readonly traffic: TrafficDescription;
  /** What carries loopbacks between devices at the start. Default: BGP. */
  readonly underlay?: UnderlayProtocol;
  readonly faults: readonly Fault[];
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface DescribedDevice {
  readonly name: string;
  /** `host:port` as the Fabric gives it; where the simulator listens for this device. */
  readonly address?: string;
  /** Its address in the fabric. Default: derived from its place in the description. */
  readonly loopback?: string;
  /** As Junos prints it, in small letters: `qfx5120-48y-8c`. */
  readonly model: string;
  readonly role: DeviceRole;
  /** The release it runs at the start. */
  readonly release: string;
  readonly diskFreeBytes: number;
  /** Packages that lie in its /var/tmp at the start. */
  readonly packages: readonly DescribedPackage[];
  /** Its routing engines or cluster nodes, in the order of their slots. Absent: one. */
  readonly controlPlanes?: readonly DescribedControlPlane[];
  /** As it stands in the configuration at the start; only devices with two control planes have any of it. */
  readonly redundancy?: DescribedRedundancy;
  /** The redundancy groups of a chassis cluster: a device whose control planes are nodes. */
  readonly cluster?: DescribedCluster;
  /** What some devices of a release have and others have not. */
  readonly features?: readonly DeviceFeature[];
  /** The types of the cards in each node of a cluster. */
  readonly pics?: readonly string[];
  /** The line cards of a chassis; its other slots are empty. Absent: one, which is the device itself. */
  readonly lineCards?: readonly DescribedLineCard[];
  /** How many switches act as this one; absent for a switch that stands alone. */
  readonly virtualChassisMembers?: number;
}

export interface DescribedLineCard {
  readonly slot: number;
  /** `QFX10000-36Q`. */
  readonly model: string;
}

/** `evpnMaintenanceMode`: the statement exists, and network isolation is configured. */
export const DEVICE_FEATURES = ["evpnMaintenanceMode"] as const;
export type DeviceFeature = (typeof DEVICE_FEATURES)[number];

export interface DescribedCluster {
  readonly groups: readonly {
    readonly id: number;
    /** Of node0 and node1. */
    readonly priorities: readonly [number, number];
    readonly preempt?: boolean;
    /** At the start; node0 where nothing is said. */
    readonly primary?: "node0" | "node1";
  }[];
}

export const CONTROL_PLANE_NAMES = ["re0", "re1", "node0", "node1"] as const;

/** What differs from the device where nothing is said: its address; everything else is the device's. */
export interface DescribedControlPlane {
  /** `re0`, `re1`, `node0`, `node1`. */
  readonly name: string;
  /** `host:port` of its own management interface. */
  readonly address?: string;
  readonly release?: string;
  /** As `show chassis routing-engine` prints it: `RE-S-X6-64G` is a VM host, `RE-S-1800x4` is none. */
  readonly engineModel?: string;
  readonly diskFreeBytes?: number;
  readonly packages?: readonly DescribedPackage[];
}

/** A statement of the configuration: there, there but inactive, there by way of a group, or not there. */
export type StatementState = "active" | "inactive" | "group" | "absent";
export const STATEMENT_STATES = [
  "active",
  "inactive",
  "group",
  "absent",
] as const satisfies readonly StatementState[];

export interface DescribedRedundancy {
  /** `chassis redundancy graceful-switchover` */
  readonly gracefulSwitchover: StatementState;
  /** `routing-options nonstop-routing` */
  readonly nonstopRouting: StatementState;
  /** `system commit synchronize` */
  readonly commitSynchronize: StatementState;
}

export const DEFAULT_REDUNDANCY: DescribedRedundancy = {
  gracefulSwitchover: "active",
  nonstopRouting: "active",
  commitSynchronize: "active",
};

export interface DescribedPackage {
  /** The file name, e.g. `jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz`. */
  readonly name: string;
  readonly sizeBytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** 32 hexadecimal digits; derived from the sha256 where it is not given. */
  readonly md5?: string;
  /** The release that runs after it is installed and booted. */
  readonly release: string;
}

/** A cable between two devices. */
export interface DescribedLink {
  readonly a: DescribedPort;
  readonly b: DescribedPort;
}

export interface DescribedPort {
  readonly device: string;
  /** The physical interface, e.g. `et-0/0/48`. */
  readonly port: string;
}

export interface DescribedServer {
  readonly name: string;
  readonly lacp: LacpMode;
  /** Its cables, one per leaf. */
  readonly attachments: readonly DescribedPort[];
  /** The aggregate on every leaf it is attached to; absent for a plain port. */
  readonly aggregate?: string;
  /** The Ethernet segment; absent for a server on one leaf. */
  readonly esi?: string;
  readonly vlan: number;
}

/** Physical times. All in seconds of model time. */
export interface Timings {
  /** From `request-package-add` to its end. */
  readonly installSeconds: number;
  /** For a device to fetch a file by `file-copy`. */
  readonly copySeconds: number;
  /** From `request-reboot` until the device goes down; its SSH server still answers. */
  readonly shutdownSeconds: number;
  /** From down until NETCONF answers again. */
  readonly bootSeconds: number;
  /** From NETCONF answering until the forwarding plane and the routing process are up. */
  readonly fpcOnlineSeconds: number;
  /** For a BGP session to establish once both ends can reach each other. */
  readonly bgpUpSeconds: number;
  /** Without BFD, until a BGP speaker misses its peer. */
  readonly bgpHoldSeconds: number;
  /** For a peer to learn that a session was closed on purpose. */
  readonly bgpNotifySeconds: number;
  /** For a change of underlay routes to be in every forwarding table. */
  readonly underlayConvergeSeconds: number;
  /** For a change of EVPN routes to be in every forwarding table. */
  readonly evpnConvergeSeconds: number;
  /** For LACP to bring a member of an aggregate in. */
  readonly lacpUpSeconds: number;
  /** Until a server with fast LACP misses its leaf (three frames, one each second). */
  readonly lacpFastTimeoutSeconds: number;
  /** Until a server with slow LACP misses its leaf (three frames, one each 30 seconds). */
  readonly lacpSlowTimeoutSeconds: number;
  /** Until the two ends of a cut cable know it. */
  readonly linkLossSeconds: number;
  /** For the backup to have copied the state of kernel and protocols. */
  readonly replicationSeconds: number;
  /** After a switchover without nonstop routing, until the routing process has its neighbours again. */
  readonly routingRestartSeconds: number;
  /** Between two graceful switchovers, and after a boot of the backup. */
  readonly switchoverHoldSeconds: number;
  /** Until neighbours send to the node that a redundancy group was moved to; sessions are there already. */
  readonly clusterFailoverSeconds: number;
  /** Until a cluster node misses the other one. */
  readonly clusterDetectSeconds: number;
  /** For a cluster to validate a package against its configuration. */
  readonly upgradeValidateSeconds: number;
  /** For the line cards of an upgraded node to be ready for a switchover. */
  readonly upgradeLineCardsSeconds: number;
}

export const DEFAULT_TIMINGS: Timings = {
  installSeconds: 400,
  copySeconds: 120,
  shutdownSeconds: 10,
  bootSeconds: 600,
  fpcOnlineSeconds: 45,
  bgpUpSeconds: 20,
  bgpHoldSeconds: 90,
  bgpNotifySeconds: 0.05,
  underlayConvergeSeconds: 0.5,
  evpnConvergeSeconds: 2,
  lacpUpSeconds: 2,
  lacpFastTimeoutSeconds: 3,
  lacpSlowTimeoutSeconds: 90,
  linkLossSeconds: 0.05,
  replicationSeconds: 60,
  routingRestartSeconds: 30,
  switchoverHoldSeconds: 240,
  clusterFailoverSeconds: 0,
  clusterDetectSeconds: 3,
  upgradeValidateSeconds: 120,
  upgradeLineCardsSeconds: 60,
};

export interface TrafficDescription {
  /** Of each flow; there is one flow from every server to every other. */
  readonly packetsPerSecond: number;
  readonly packetSizeBytes: number;
}

export const DEFAULT_TRAFFIC: TrafficDescription = { packetsPerSecond: 100, packetSizeBytes: 700 };
export const DEFAULT_CREDENTIALS: Credentials = { username: "hitless", password: "simulated" };
export const DEFAULT_READ_ONLY_CREDENTIALS: Credentials = { username: "viewer", password: "simulated" };
export const DEFAULT_RELEASE = "21.4R3-S5.4";
/** 12 GB, what a QFX5120 has left in /var of a 50 GB disk with two images on it. */
export const DEFAULT_DISK_FREE_BYTES = 12_884_901_888;
