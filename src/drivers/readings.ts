/** Reads what the health checks of a switch are made of: one look at the device, one at its multihomed peers. */
import { isCheckName, isOfFamily, type CheckName } from "../health/catalogue.ts";
import type { HealthResult } from "../health/evaluate.ts";
import type { HealthReadings, Reading } from "../health/reading.ts";
import type { HealthRecord } from "../engine/step.ts";
import { readChassisAlarms, readSystemAlarms, type Alarms } from "../junos/alarms.ts";
import { readBfdSessions } from "../junos/bfd.ts";
import { readBgpSummary } from "../junos/bgp.ts";
import { readCoreDumps } from "../junos/coreDumps.ts";
import { readMacTable, type MacTableStyle } from "../junos/ethernetSwitching.ts";
import { localSegments, readEvpnInstances } from "../junos/evpn.ts";
import { readFpcs, readPics } from "../junos/fpc.ts";
import { readInterfaces } from "../junos/interfaces.ts";
import { readLacp } from "../junos/lacp.ts";
import { readNtp } from "../junos/ntp.ts";
import { readOpticsAlarms } from "../junos/optics.ts";
import { isJunosError } from "../junos/replyErrors.ts";
import { readRouteSummary } from "../junos/routes.ts";
import { readRoutingEngines } from "../junos/routingEngine.ts";
import { freeBytesAt, readFilesystems } from "../junos/storage.ts";
import { Unreachable, type RunContext } from "./driver.ts";

/**
 * Takes all readings, or as many as the given checks need. One that the device refuses stays away, and a check without
 * its reading does not pass.
 */
export async function takeReadings(
  context: RunContext,
  asked?: ReadonlySet<CheckName>,
): Promise<HealthReadings> {
  const { main } = await context.connect(context.device.name);
  const readings: { [Name in CheckName]?: Reading | null } = {};
  const { family } = context.device;
  const take = async (names: readonly CheckName[], work: () => Promise<HealthReadings>): Promise<void> => {
    // What devices of this family do not have they are not asked for.
    for (const name of names) if (!isOfFamily(name, family)) readings[name] = null;
    const wanted = names.filter((name) => isOfFamily(name, family));
    if (!wanted.some((name) => asked === undefined || asked.has(name))) return;
    try {
      Object.assign(readings, await work());
    } catch (error) {
      if (!isJunosError(error)) throw error;
    }
  };
  await take(["bgpPeerState", "bgpDownPeerCount", "bgpFlapCount", "evpnPeers"], async () => {
    const { peers, downPeerCount } = await readBgpSummary(main);
    const down = peers.filter(({ state }) => state !== "Established");
    const sendingEvpn = peers.filter(({ ribs }) =>
      ribs.some(({ name, received }) => EVPN_TABLE.test(name) && received > 0),
    );
    const flaps = peers.map(({ flapCount }) => flapCount);
    return {
      bgpPeerState: { value: down.length, detail: down.map(({ address, state }) => `${address} ${state}`) },
      bgpDownPeerCount: { value: downPeerCount, detail: [] },
      evpnPeers: { value: sendingEvpn.length, detail: sendingEvpn.map(({ address }) => address) },
      bgpFlapCount: { value: Math.max(0, ...flaps), detail: [] },
    };
  });
  await take(["systemAlarms"], async () => ({ systemAlarms: alarmReading(await readSystemAlarms(main)) }));
  await take(["chassisAlarms"], async () => ({ chassisAlarms: alarmReading(await readChassisAlarms(main)) }));
  await take(["routingEngineCpuIdle", "routingEngineMemory"], async () => {
    const engines = await readRoutingEngines(main);
    const idle = engines.flatMap(({ cpuIdlePercent }) =>
      cpuIdlePercent === undefined ? [] : [cpuIdlePercent],
    );
    const memory = engines.flatMap(({ memoryUtilizationPercent }) =>
      memoryUtilizationPercent === undefined ? [] : [memoryUtilizationPercent],
    );
    return {
      ...(idle.length === 0 ? {} : { routingEngineCpuIdle: { value: Math.min(...idle), detail: [] } }),
      ...(memory.length === 0 ? {} : { routingEngineMemory: { value: Math.max(...memory), detail: [] } }),
    };
  });
  await take(["fpcState", "fpcsOnline", "fpcCpu", "fpcMemoryHeap"], async () => {
    // A chassis lists its empty slots, too.
    const cards = (await readFpcs(main)).filter(({ state }) => state !== "Empty");
    const away = cards.filter(({ state }) => state !== "Online");
    const loads = cards.flatMap(({ cpuFiveMinutePercent }) =>
      cpuFiveMinutePercent === undefined ? [] : [cpuFiveMinutePercent],
    );
    const heaps = cards.flatMap(({ heapPercent }) => (heapPercent === undefined ? [] : [heapPercent]));
    return {
      fpcState: { value: away.length, detail: away.map(({ slot, state }) => `FPC ${String(slot)} ${state}`) },
      fpcsOnline: {
        value: cards.length - away.length,
        detail: cards.filter((card) => !away.includes(card)).map(({ slot }) => `FPC ${String(slot)}`),
      },
      // QFX leave these numbers out: nothing to judge.
      fpcCpu: loads.length === 0 ? null : { value: Math.max(...loads), detail: [] },
      fpcMemoryHeap: heaps.length === 0 ? null : { value: Math.max(...heaps), detail: [] },
    };
  });
  await take(["lacpLocal"], async () => ({
    lacpLocal: lacpReading(await membersNotForwarding(context, context.device.name)),
  }));
  await take([...EVPN_CHECKS, "lacpPeers"], async () => {
    const instances = await readEvpnInstances(main);
    const segments = localSegments(instances);
    const forwarding = segments.filter((segment) => segment.forwarding);
    const unelected = forwarding.filter(({ designatedForwarder }) => designatedForwarder === undefined);
    Object.assign(readings, {
      evpnInstances: { value: instances.length, detail: instances.map(({ name }) => name) },
      segmentsForwarding: { value: forwarding.length, detail: forwarding.map(({ esi }) => esi) },
      segmentsShared: {
        value: segments.filter(({ remotePes }) => remotePes.length > 0).length,
        detail: [],
      },
      segmentsWithoutForwarder: { value: unelected.length, detail: unelected.map(({ esi }) => esi) },
      evpnDatabase: {
        value: instances.reduce((sum, { localMacs, remoteMacs }) => sum + localMacs + remoteMacs, 0),
        detail: [],
      },
    });
    if (asked !== undefined && !asked.has("lacpPeers")) return {};
    const esis = new Set(segments.map(({ esi }) => esi));
    return { lacpPeers: esis.size === 0 ? null : lacpReading(await peersNotForwarding(context, esis)) };
  });
  await take(PORT_CHECKS, async () => {
    const ports = await readInterfaces(main, { level: "extensive" });
    const total = (count: (port: (typeof ports)[number]) => number | undefined): number =>
      ports.reduce((sum, port) => sum + (count(port) ?? 0), 0);
    return {
      interfacesUp: { value: ports.filter(({ operUp }) => operUp).length, detail: [] },
      interfaceOutputErrors: { value: total(({ outputErrors }) => outputErrors), detail: [] },
      interfaceErrors: { value: total(({ inputErrors }) => inputErrors), detail: [] },
      interfaceDrops: { value: total(({ inputDrops }) => inputDrops), detail: [] },
      carrierTransitions: {
        value: Math.max(0, ...ports.map(({ carrierTransitions }) => carrierTransitions ?? 0)),
        detail: [],
      },
    };
  });
  await take(["activeRoutes"], async () => {
    const tables = await readRouteSummary(main);
    return { activeRoutes: { value: tables.reduce((sum, { active }) => sum + active, 0), detail: [] } };
  });
  await take(["macCount"], async () => ({
    macCount: { value: (await readMacTable(main, { style: macTableOf(context) })).total, detail: [] },
  }));
  await take(["storageFreeBytes"], async () => {
    const free = freeBytesAt(await readFilesystems(main), "/var");
    return free === undefined ? {} : { storageFreeBytes: { value: free, detail: [] } };
  });
  await take(["bfdSessions"], async () => {
    const down = (await readBfdSessions(main)).filter(({ up }) => !up);
    return { bfdSessions: { value: down.length, detail: down.map(({ neighbour }) => neighbour) } };
  });
  await take(["picState"], async () => {
    const away = (await readPics(main)).flatMap(({ slot, pics }) =>
      pics
        .filter(({ state }) => state !== "Online")
        .map((pic) => `FPC ${String(slot)} PIC ${String(pic.slot)} ${pic.state}`),
    );
    return { picState: { value: away.length, detail: away } };
  });
  await take(["coreDumps"], async () => {
    const dumps = await unlessUnknown(() => readCoreDumps(main));
    return { coreDumps: dumps === null ? null : { value: dumps.length, detail: dumps } };
  });
  await take(["clockUnsynchronised"], async () => {
    const state = await unlessUnknown(() => readNtp(main));
    if (state === null || state === "NotRunning") return { clockUnsynchronised: null };
    return { clockUnsynchronised: { value: state === "Synchronised" ? 0 : 1, detail: [] } };
  });
  await take(["opticsAlarms"], async () => {
    const ports = await unlessUnknown(() => readOpticsAlarms(main));
    const detail = ports?.map(({ port, alarms }) => `${port} ${alarms.join(" ")}`) ?? [];
    return { opticsAlarms: ports === null ? null : { value: ports.length, detail } };
  });
  return readings;
}

/** `bgp.evpn.0`, `default-switch.evpn.0`. */
const EVPN_TABLE = /\bevpn\.0$/;

const EVPN_CHECKS = [
  "evpnInstances",
  "segmentsForwarding",
  "segmentsShared",
  "segmentsWithoutForwarder",
  "evpnDatabase",
] as const;

const PORT_CHECKS = [
  "interfacesUp",
  "interfaceErrors",
  "interfaceOutputErrors",
  "interfaceDrops",
  "carrierTransitions",
] as const;

/** Not every model knows the request; one that does not has nothing to say of it. */
async function unlessUnknown<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (isJunosError(error, "UnknownRpc")) return null;
    throw error;
  }
}

/** The results as the status keeps them; those of the other phase stay. */
export function healthRecords(
  results: readonly HealthResult[],
  before: readonly HealthRecord[] | undefined,
  phase: HealthRecord["phase"],
): readonly HealthRecord[] {
  const others = (before ?? []).filter((record) => record.phase !== phase);
  const fresh = results.map(({ check, observed, threshold, passed }) => ({
    check,
    phase,
    observed,
    threshold,
    passed,
  }));
  return [...others, ...fresh];
}

/** The values in records of a phase; those that were not read are absent. */
export function recordedReadings(
  records: readonly HealthRecord[],
  phase: HealthRecord["phase"],
): HealthReadings {
  const readings: { [Name in CheckName]?: Reading } = {};
  for (const { check, observed, phase: recorded } of records) {
    // What was observed begins with the value; what it is made of may follow.
    const value = Number.parseFloat(observed);
    if (recorded === phase && isCheckName(check) && !Number.isNaN(value))
      readings[check] = { value, detail: [] };
  }
  return readings;
}

/** Routers bridge where switches switch. */
function macTableOf({ device }: RunContext): MacTableStyle {
  return device.family === "junos-mx" ? "Bridge" : "EthernetSwitching";
}

function alarmReading({ activeCount, alarms }: Alarms): Reading {
  return {
    value: activeCount,
    detail: alarms.map(({ severity, description }) => `${severity}: ${description}`),
  };
}

function lacpReading(members: readonly string[]): Reading {
  return { value: members.length, detail: members };
}

async function membersNotForwarding(context: RunContext, name: string): Promise<readonly string[]> {
  const { main } = await context.connect(name);
  const aggregates = await readLacp(main);
  return aggregates.flatMap(({ members }) =>
    members
      .filter(({ collectingDistributing }) => !collectingDistributing)
      .map((member) => `${name}/${member.name} ${member.muxState}`),
  );
}

/** On every other device of the given segments: the members of their aggregates that do not forward. */
async function peersNotForwarding(
  context: RunContext,
  segments: ReadonlySet<string>,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const peer of await context.peers()) {
    try {
      const { main } = await context.connect(peer);
      const shared = localSegments(await readEvpnInstances(main)).filter(({ esi }) => segments.has(esi));
      if (shared.length === 0) continue;
      const aggregates = new Set(shared.map(({ localInterface }) => localInterface?.replace(/\.\d+$/, "")));
      const lacp = (await readLacp(main)).filter(({ name }) => aggregates.has(name));
      for (const { members } of lacp) {
        for (const { name, muxState, collectingDistributing } of members) {
          if (!collectingDistributing) found.push(`${peer}/${name} ${muxState}`);
        }
      }
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      found.push(`${peer}: ${error.message}`);
    }
  }
  return found;
}
