/**
 * The closed catalogue of health checks, as data: what is read, in which unit, and what is allowed. Names are
 * persisted in campaigns. Limits marked so are those of Contrail's hitless upgrade, which its users know.
 */

import type { Fabric } from "../api/fabric.gen.ts";

/** Before the device is touched, and after it is back in service. */
export type HealthPhase = "Before" | "After";

export type Family = Fabric["spec"]["devices"][number]["family"];

/**
 * What a reading is held against.
 * - `AtMost`, `AtLeast`: a limit.
 * - `NoMoreThanBefore`: the reading before, or the limit where that is higher.
 * - `NoLessThanBefore`: the reading before, less the tolerance.
 * - `Readable`: any value; it is what the reading afterwards is compared with, so it must be there.
 * - `IncreaseAtMost`: how far a counter has risen since the reading before; one that has restarted counts from zero.
 */
export type Rule =
  "AtMost" | "Readable" | "AtLeast" | "NoMoreThanBefore" | "NoLessThanBefore" | "IncreaseAtMost";

export interface CheckInfo {
  readonly title: string;
  /** The unit of value and limit, as it stands behind a number. */
  readonly unit: string;
  /** What the value is. */
  readonly reads: string;
  /** Where it is read, as the RPC names it. */
  readonly source: string;
  /** The families that have it; all of them where none is named. The others are not asked. */
  readonly families?: readonly Family[];
  /** The rule of each phase in which the check is made. */
  readonly rules: Readonly<Partial<Record<HealthPhase, Rule>>>;
  /** The default limit; absent where there is none to set. */
  readonly limit?: number;
  /** The default tolerance, in percent of the reading before; absent where there is none to set. */
  readonly tolerancePercent?: number;
}

const SMALL = { Before: "AtMost", After: "AtMost" } as const;
const LARGE = { Before: "AtLeast", After: "AtLeast" } as const;
const ALARMS = { Before: "AtMost", After: "NoMoreThanBefore" } as const;
const COUNTER = { Before: "Readable", After: "IncreaseAtMost" } as const;
/** What was so before is none of the upgrade's: only what is worse afterwards counts. */
const NO_WORSE = { Before: "Readable", After: "NoMoreThanBefore" } as const;
// More than before is no fault of the upgrade: a fabric that heals or grows meanwhile has more routes and addresses.
const LOSSLESS = { Before: "Readable", After: "NoLessThanBefore" } as const;

/** Ethernet switching and EVPN. */
const SWITCHES = ["junos-qfx", "junos-mx"] as const;

const CATALOGUE = {
  bgpPeerState: {
    title: "BGP peers established",
    unit: "peers",
    reads: "configured BGP peers that are not Established",
    source: "get-bgp-summary-information: peer-state",
    rules: SMALL,
    limit: 0, // Contrail
  },
  bgpFlapCount: {
    title: "BGP flaps",
    unit: "flaps",
    reads: "the highest flap count of a BGP peer",
    source: "get-bgp-summary-information: flap-count",
    rules: SMALL,
    limit: 4, // Contrail
  },
  bgpDownPeerCount: {
    title: "BGP peers down",
    unit: "peers",
    reads: "BGP peers that are down, by the summary",
    source: "get-bgp-summary-information: down-peer-count",
    rules: SMALL,
    limit: 0, // Contrail
  },
  systemAlarms: {
    title: "System alarms",
    unit: "alarms",
    reads: "active system alarms",
    source: "get-system-alarm-information: active-alarm-count",
    rules: ALARMS,
    limit: 0, // Contrail
  },
  chassisAlarms: {
    title: "Chassis alarms",
    unit: "alarms",
    reads: "active chassis alarms",
    source: "get-alarm-information: active-alarm-count",
    rules: ALARMS,
    limit: 0, // Contrail
  },
  routingEngineCpuIdle: {
    title: "Routing engine CPU idle",
    unit: "%",
    reads: "the lowest idle share of a routing engine's CPU",
    source: "get-route-engine-information: cpu-idle",
    rules: LARGE,
    limit: 60, // Contrail
  },
  routingEngineMemory: {
    title: "Routing engine memory",
    unit: "%",
    reads: "the highest used share of a routing engine's memory",
    source: "get-route-engine-information: memory-buffer-utilization",
    rules: SMALL,
    limit: 85,
  },
  fpcState: {
    title: "Line cards online",
    unit: "line cards",
    reads: "line cards present that are not Online",
    source: "get-fpc-information: state",
    rules: SMALL,
    limit: 0,
  },
  fpcsOnline: {
    title: "Line cards as found",
    unit: "line cards",
    reads: "line cards that are Online; one that is not even listed any more is missed by this alone",
    source: "get-fpc-information: state",
    rules: LOSSLESS,
    tolerancePercent: 0,
  },
  picState: {
    title: "PICs online",
    unit: "PICs",
    reads: "PICs that are not Online; some are switched off on purpose",
    source: "get-pic-information: pic-state",
    rules: NO_WORSE,
    limit: 0,
  },
  fpcCpu: {
    title: "Line card CPU",
    unit: "%",
    reads: "the highest five-minute CPU load of a line card",
    source: "get-fpc-information: cpu-5min-avg",
    rules: SMALL,
    limit: 50, // Contrail
  },
  fpcMemoryHeap: {
    title: "Line card heap",
    unit: "%",
    reads: "the highest used share of a line card's heap",
    source: "get-fpc-information: memory-heap-utilization",
    rules: SMALL,
    limit: 45, // Contrail
  },
  lacpLocal: {
    title: "LACP on the device",
    unit: "members",
    reads: "members of aggregates that are not collecting and distributing",
    source: "get-lacp-interface-information: lacp-mux-state",
    rules: SMALL,
    limit: 0, // Contrail
  },
  lacpPeers: {
    title: "LACP on the multihomed peers",
    unit: "members",
    reads: "members of shared aggregates that are not collecting and distributing on a peer",
    source: "get-lacp-interface-information on the peers: lacp-mux-state",
    families: SWITCHES,
    rules: SMALL,
    limit: 0, // Contrail
  },
  bfdSessions: {
    title: "BFD sessions up",
    unit: "sessions",
    reads: "BFD sessions that are not Up",
    source: "get-bfd-session-information: session-state",
    rules: ALARMS,
    limit: 0,
  },
  interfacesUp: {
    title: "Interfaces up",
    unit: "interfaces",
    reads: "physical interfaces that are up",
    source: "get-interface-information extensive: oper-status",
    rules: LOSSLESS,
    tolerancePercent: 0,
  },
  interfaceErrors: {
    title: "Interface errors",
    unit: "errors",
    reads: "input errors of all ports together",
    source: "get-interface-information extensive: input-errors",
    rules: COUNTER,
    limit: 100,
    tolerancePercent: 0,
  },
  interfaceOutputErrors: {
    title: "Interface output errors",
    unit: "errors",
    reads: "output errors of all ports together",
    source: "get-interface-information extensive: output-errors",
    rules: COUNTER,
    limit: 100,
    tolerancePercent: 0,
  },
  interfaceDrops: {
    title: "Interface drops",
    unit: "drops",
    reads: "input drops of all ports together",
    source: "get-interface-information extensive: input-drops",
    rules: COUNTER,
    limit: 1000,
    tolerancePercent: 0,
  },
  carrierTransitions: {
    title: "Carrier transitions",
    unit: "transitions",
    reads: "the highest number of carrier transitions of a port",
    source: "get-interface-information extensive: carrier-transitions",
    rules: COUNTER,
    limit: 8, // a reboot and a drain make several
    tolerancePercent: 0,
  },
  evpnInstances: {
    title: "EVPN instances",
    unit: "instances",
    reads: "EVPN instances",
    source: "get-evpn-instance-information",
    families: SWITCHES,
    rules: LOSSLESS,
    tolerancePercent: 0,
  },
  evpnPeers: {
    title: "EVPN received",
    unit: "peers",
    reads: "BGP peers that send EVPN routes; a session may come up without them",
    source: "get-bgp-summary-information: received-prefix-count of EVPN tables",
    families: SWITCHES,
    rules: LOSSLESS,
    tolerancePercent: 50, // one reflector is enough, and peers may be drained at the same time
  },
  segmentsForwarding: {
    title: "Ethernet segments forwarding",
    unit: "segments",
    reads: "Ethernet segments whose local interface is up and forwarding",
    source: "get-evpn-instance-information extensive: evpn-esi-local-intf-status",
    families: SWITCHES,
    rules: LOSSLESS,
    tolerancePercent: 0,
  },
  segmentsShared: {
    title: "Ethernet segments shared",
    unit: "segments",
    reads: "Ethernet segments of the device that another one announces, too",
    source: "get-evpn-instance-information extensive: evpn-esi-remote-pe-ipaddr",
    families: SWITCHES,
    rules: LOSSLESS,
    tolerancePercent: 0,
  },
  segmentsWithoutForwarder: {
    title: "Designated forwarders",
    unit: "segments",
    reads: "Ethernet segments that forward and have elected nobody",
    source: "get-evpn-instance-information extensive: esi-designated-forwarder",
    families: SWITCHES,
    rules: NO_WORSE,
    limit: 0,
  },
  evpnDatabase: {
    title: "EVPN database",
    unit: "addresses",
    reads: "MAC addresses in the EVPN databases of all instances, local and remote",
    source: "get-evpn-instance-information extensive: local-macs, remote-macs",
    families: SWITCHES,
    rules: LOSSLESS,
    tolerancePercent: 20,
  },
  activeRoutes: {
    title: "Active routes",
    unit: "routes",
    reads: "active routes of all tables together",
    source: "get-route-summary-information: active-route-count",
    rules: LOSSLESS,
    tolerancePercent: 10,
  },
  macCount: {
    title: "MAC addresses",
    unit: "addresses",
    reads: "MAC addresses in all tables together",
    source: "get-ethernet-switching-table-information: l2ng-l2-total-mac-count; of MX get-bridge-mac-table",
    families: SWITCHES,
    rules: LOSSLESS,
    tolerancePercent: 20,
  },
  coreDumps: {
    title: "Core dumps",
    unit: "core dumps",
    reads: "core dumps that lie on the device",
    source: "get-system-core-dumps: file-name",
    rules: NO_WORSE,
    limit: 0,
  },
  clockUnsynchronised: {
    title: "NTP",
    unit: "clocks",
    reads: "whether the clock does not follow NTP; one that jumps over a reboot makes its proof impossible",
    source: "show ntp status: statusinfo",
    rules: { Before: "AtMost" },
    limit: 0,
  },
  opticsAlarms: {
    title: "Optics",
    unit: "ports",
    reads: "ports whose optics raise alarms",
    source: "get-interface-optics-diagnostics-information: alarms that are on",
    rules: NO_WORSE,
    limit: 0,
  },
  storageFreeBytes: {
    title: "Free storage",
    unit: "bytes",
    reads: "free bytes in /var; the package itself needs its own room, which staging looks for",
    source: "get-system-storage: available-blocks",
    rules: { Before: "AtLeast" },
    limit: 500_000_000,
  },
} as const satisfies Record<string, CheckInfo>;

export type CheckName = keyof typeof CATALOGUE;

export const CHECKS: Readonly<Record<CheckName, CheckInfo>> = CATALOGUE;

/** Whether devices of a family have what a check reads. */
export function isOfFamily(name: CheckName, family: Family): boolean {
  const { families }: CheckInfo = CHECKS[name];
  return families === undefined || families.includes(family);
}

/** Whether a text is the name of a check. */
export function isCheckName(text: string): text is CheckName {
  return Object.hasOwn(CATALOGUE, text);
}

/** All names, in the order in which checks are told. */
export const CHECK_NAMES: readonly CheckName[] = Object.keys(CATALOGUE).filter(isCheckName);
