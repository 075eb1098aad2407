/** Asks the other devices of a fabric whether their traffic goes through one device. */
import { localSegments, readEvpnInstances } from "../junos/evpn.ts";
import { readInterfaces } from "../junos/interfaces.ts";
import { readLldp } from "../junos/lldp.ts";
import { activeNextHops, readRoutes } from "../junos/routes.ts";
import { loopbackAddresses, withoutUnit } from "./discover.ts";
import { Unreachable, type RunContext } from "./driver.ts";

interface Subject {
  readonly addresses: readonly string[];
  /** Its segments, and those of them that forward now. */
  readonly esis: ReadonlySet<string>;
  readonly forwarding: ReadonlySet<string>;
  /** The ports of neighbours that lead here, by neighbour. */
  readonly portsTowards: ReadonlyMap<string, ReadonlySet<string>>;
}

async function readSubject({ device, fabricDevices, connect }: RunContext): Promise<Subject> {
  const { main } = await connect(device.name);
  const portsTowards = new Map<string, Set<string>>();
  for (const { remoteSystemName, remotePort } of await readLldp(main)) {
    if (remoteSystemName === undefined || remotePort === undefined || !fabricDevices.has(remoteSystemName))
      continue;
    const ports = portsTowards.get(remoteSystemName) ?? new Set();
    ports.add(remotePort);
    portsTowards.set(remoteSystemName, ports);
  }
  const segments = localSegments(await readEvpnInstances(main));
  return {
    addresses: loopbackAddresses(await readInterfaces(main, { level: "terse" })),
    esis: new Set(segments.map(({ esi }) => esi)),
    forwarding: new Set(segments.filter(({ forwarding }) => forwarding).map(({ esi }) => esi)),
    portsTowards,
  };
}

/** Reads something from every other device that is in service; those that do not answer are left out. */
async function askOthers<T>(
  context: RunContext,
  question: (name: string) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const names = [...context.fabricDevices].filter(
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

/** Who still sends through the device, in words; empty when nobody does. */
export async function whoStillSends(context: RunContext): Promise<readonly string[]> {
  const subject = await readSubject(context);
  return askOthers(context, async (name) => {
    const { main } = await context.connect(name);
    const found: string[] = [];
    const ports = subject.portsTowards.get(name) ?? new Set();
    if (ports.size > 0) {
      for (const route of await readRoutes(main, { table: "inet.0", activeOnly: true })) {
        const own = subject.addresses.some((address) => route.destination === `${address}/32`);
        const through = activeNextHops(route).some(
          ({ via }) => via !== undefined && ports.has(withoutUnit(via)),
        );
        const learned = route.entries.some(({ active, protocol }) => active && protocol === "BGP");
        if (learned && through && !own) found.push(`${name} reaches ${route.destination} through it`);
      }
    }
    if (subject.esis.size > 0) {
      const segments = (await readEvpnInstances(main)).flatMap(({ esis }) => esis);
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
export async function whoDoesNotSendYet(context: RunContext): Promise<readonly string[]> {
  const subject = await readSubject(context);
  if (subject.forwarding.size === 0) return [];
  return askOthers(context, async (name) => {
    const { main } = await context.connect(name);
    const segments = (await readEvpnInstances(main)).flatMap(({ esis }) => esis);
    return segments
      .filter(
        ({ esi, remotePes }) =>
          subject.forwarding.has(esi) && !remotePes.some((address) => subject.addresses.includes(address)),
      )
      .map(({ esi }) => `${name} does not send to segment ${esi} through it yet`);
  });
}
