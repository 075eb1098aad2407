/** Asks the other devices of a fabric whether their traffic goes through one device. */
import { readBgpSummary } from "../junos/bgp.ts";
import { localSegments, readEvpnInstances, type EvpnInstance } from "../junos/evpn.ts";
import { readInterfaces } from "../junos/interfaces.ts";
import { readLldp } from "../junos/lldp.ts";
import { activeNextHops, readRoutes } from "../junos/routes.ts";
import { loopbackAddresses, withoutUnit } from "./discover.ts";
import { Unreachable, type RunContext } from "./driver.ts";
import { networkOf } from "./prefixes.ts";

/** What the questions of this file need of a run. */
export type TrafficContext = Pick<
  RunContext,
  "device" | "fabricDevices" | "outOfService" | "connect" | "peers" | "routerAddresses"
>;

interface Subject {
  readonly addresses: readonly string[];
  /** The networks that it is in itself: who sends there through it sends to it. */
  readonly networks: ReadonlySet<string>;
  /** Its segments, and those of them that forward now. */
  readonly esis: ReadonlySet<string>;
  readonly forwarding: ReadonlySet<string>;
  /** The ports of neighbours that lead here, by neighbour. */
  readonly portsTowards: ReadonlyMap<string, ReadonlySet<string>>;
}

async function readSubject(context: TrafficContext, look: Look): Promise<Subject> {
  const { device, fabricDevices, connect } = context;
  const { main } = await connect(device.name);
  const portsTowards = new Map<string, Set<string>>();
  for (const { remoteSystemName, remotePort } of await readLldp(main)) {
    if (remoteSystemName === undefined || remotePort === undefined || !fabricDevices.has(remoteSystemName))
      continue;
    const ports = portsTowards.get(remoteSystemName) ?? new Set();
    ports.add(remotePort);
    portsTowards.set(remoteSystemName, ports);
  }
  const segments = localSegments(await look.evpnOf(device.name));
  const interfaces = await readInterfaces(main, { level: "terse" });
  const networks = interfaces
    .flatMap(({ logical }) => logical.flatMap(({ families }) => families))
    .flatMap(({ addresses }) => addresses.map(networkOf));
  return {
    addresses: loopbackAddresses(interfaces),
    networks: new Set(networks.filter((network) => network !== undefined)),
    esis: new Set(segments.map(({ esi }) => esi)),
    forwarding: new Set(segments.filter(({ forwarding }) => forwarding).map(({ esi }) => esi)),
    portsTowards,
  };
}

/** What is read of a device is read once in a look, which may have several questions. */
interface Look {
  readonly evpnOf: (name: string) => Promise<readonly EvpnInstance[]>;
}

function newLook({ connect }: TrafficContext): Look {
  const read = new Map<string, Promise<readonly EvpnInstance[]>>();
  return {
    evpnOf(name) {
      const reading = read.get(name) ?? connect(name).then(({ main }) => readEvpnInstances(main));
      read.set(name, reading);
      return reading;
    },
  };
}

/**
 * The devices that may send to the segments of the device: who takes its EVPN routes announces himself in the same
 * instance, and is a neighbour there, of the device as of those that share its segments (it may have come up a moment
 * ago). All devices of the fabric where that is not sure: nobody is there to ask, a BGP session of the device is down,
 * so that who is behind it may still hold its routes, or a neighbour has an address that no device was read with.
 */
async function whoKnowsSegments(context: TrafficContext, look: Look): Promise<ReadonlySet<string>> {
  const { device, fabricDevices, outOfService } = context;
  const peers = (await context.peers()).filter((name) => !outOfService.has(name));
  const { main } = await context.connect(device.name);
  const summary = await readBgpSummary(main);
  if (peers.length === 0 || summary.peers.some(({ state }) => state !== "Established")) return fabricDevices;
  const neighbours = new Set<string>();
  try {
    for (const name of [device.name, ...peers]) {
      for (const each of (await look.evpnOf(name)).flatMap((instance) => instance.neighbours)) {
        neighbours.add(each.address);
      }
    }
  } catch (error) {
    if (error instanceof Unreachable) return fabricDevices;
    throw error;
  }
  const addresses = await context.routerAddresses();
  const known = new Set([...addresses.values()].flat());
  if (![...neighbours].every((address) => known.has(address))) return fabricDevices;
  return new Set(
    [...fabricDevices].filter((name) => {
      const own = addresses.get(name) ?? [];
      return own.length === 0 || peers.includes(name) || own.some((address) => neighbours.has(address));
    }),
  );
}

/** Reads something from other devices that are in service; those that do not answer are left out. */
async function askOthers<T>(
  context: TrafficContext,
  others: Iterable<string>,
  question: (name: string) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const names = [...new Set(others)].filter(
    (name) => name !== context.device.name && !context.outOfService.has(name),
  );
  const answers = await Promise.all(
    names.map(async (name) => {
      try {
        return await question(name);
      } catch (error) {
        if (error instanceof Unreachable) return [];
        throw error;
      }
    }),
  );
  return answers.flat();
}

/** How a device learns from another one where to send, as Junos names it. */
const LEARNED = new Set(["BGP", "IS-IS", "OSPF", "OSPF2", "OSPF3"]);

/** Who still sends through the device, in words; empty when nobody does. */
export async function whoStillSends(context: TrafficContext): Promise<readonly string[]> {
  const look = newLook(context);
  const subject = await readSubject(context, look);
  const knowing = subject.esis.size === 0 ? new Set<string>() : await whoKnowsSegments(context, look);
  return askOthers(context, [...subject.portsTowards.keys(), ...knowing], async (name) => {
    const found: string[] = [];
    const ports = subject.portsTowards.get(name) ?? new Set();
    if (ports.size > 0) {
      const { main } = await context.connect(name);
      for (const route of await readRoutes(main, { table: "inet.0", activeOnly: true })) {
        const own =
          subject.networks.has(route.destination) ||
          subject.addresses.some((address) => route.destination === `${address}/32`);
        const through = activeNextHops(route).some(
          ({ via }) => via !== undefined && ports.has(withoutUnit(via)),
        );
        const learned = route.entries.some(({ active, protocol }) => active && LEARNED.has(protocol));
        if (learned && through && !own) found.push(`${name} reaches ${route.destination} through it`);
      }
    }
    if (knowing.has(name)) {
      const segments = (await look.evpnOf(name)).flatMap(({ esis }) => esis);
      for (const { esi, localInterface, remotePes } of segments) {
        const member = localInterface !== undefined;
        if (
          !member &&
          subject.esis.has(esi) &&
          remotePes.some((address) => subject.addresses.includes(address))
        ) {
          found.push(`${name} sends to segment ${esi} through it`);
        }
      }
    }
    return found;
  });
}

/** Who knows a segment of the device and does not send through the device yet, in words. */
export async function whoDoesNotSendYet(context: TrafficContext): Promise<readonly string[]> {
  const look = newLook(context);
  const subject = await readSubject(context, look);
  if (subject.forwarding.size === 0) return [];
  return askOthers(context, await whoKnowsSegments(context, look), async (name) => {
    const segments = (await look.evpnOf(name)).flatMap(({ esis }) => esis);
    return segments
      .filter(
        ({ esi, remotePes }) =>
          subject.forwarding.has(esi) && !remotePes.some((address) => subject.addresses.includes(address)),
      )
      .map(({ esi }) => `${name} does not send to segment ${esi} through it yet`);
  });
}
