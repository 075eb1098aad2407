/**
 * The closed catalogue of health checks, as data: what is read, in which unit, and what is allowed. Names are
 * persisted in campaigns. Limits marked so are those of Contrail's hitless upgrade, which its users know.
 */

/** Before the device is touched, and after it is back in service. */
export type HealthPhase = "Before" | "After";

/**
 * What a reading is held against.
 * - `AtMost`, `AtLeast`: a limit.
 * - `NoMoreThanBefore`: the reading before, or the limit where that is higher.
 * - `NoLessThanBefore`: the reading before, less the tolerance.
 * - `IncreaseAtMost`: how far a counter has risen since the reading before; one that has restarted counts from zero.
 */
export type Rule = "AtMost" | "AtLeast" | "NoMoreThanBefore" | "NoLessThanBefore" | "IncreaseAtMost";

export interface CheckInfo {
  readonly title: string;
  /** The unit of value and limit, as it stands behind a number. */
  readonly unit: string;
  /** What the value is. */
  readonly reads: string;
  /** Where it is read, as the RPC names it. */
  readonly source: string;
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
const COUNTER = { After: "IncreaseAtMost" } as const;
// More than before is no fault of the upgrade: a fabric that heals or grows meanwhile has more routes and addresses.
const LOSSLESS = { After: "NoLessThanBefore" } as const;

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
    rules: SMALL,
    limit: 0, // Contrail
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
    rules: LOSSLESS,
    tolerancePercent: 0,
  },
  segmentsForwarding: {
    title: "Ethernet segments forwarding",
    unit: "segments",
    reads: "Ethernet segments whose local interface is up and forwarding",
    source: "get-evpn-instance-information extensive: evpn-esi-status",
    rules: LOSSLESS,
    tolerancePercent: 0,
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
    source: "get-ethernet-switching-table-information: l2ng-l2-total-mac-count",
    rules: LOSSLESS,
    tolerancePercent: 20,
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

/** Whether a text is the name of a check. */
export function isCheckName(text: string): text is CheckName {
  return Object.hasOwn(CATALOGUE, text);
}

/** All names, in the order in which checks are told. */
export const CHECK_NAMES: readonly CheckName[] = Object.keys(CATALOGUE).filter(isCheckName);
