/** Reads from a switch what topology, redundancy and versions are made of. A few short requests, all read-only. */
import type { DeviceDiscovery, DiscoveredInterface } from "../api/discovery.ts";
import { formatInstant, type Clock } from "../api/time.ts";
import { readBgpSummary } from "../junos/bgp.ts";
import { readFoundDrains } from "../junos/drain/foundDrains.ts";
import { localSegments, readEvpnInstances } from "../junos/evpn.ts";
import { readInterfaces, type PhysicalInterface } from "../junos/interfaces.ts";
import { readLacp } from "../junos/lacp.ts";
import { readLldp, type LldpNeighbour } from "../junos/lldp.ts";
import { isJunosError } from "../junos/replyErrors.ts";
import type { RpcCaller } from "../junos/rpcCaller.ts";
import { readSoftware } from "../junos/software.ts";

/** Ports that carry servers or other devices; management, loopback and internal ones do not. */
const NETWORK_PORT = /^(?:ge|xe|et|mge|ae)-?\d/;

export async function discoverSwitch(
  device: string,
  caller: RpcCaller,
  clock: Clock,
): Promise<DeviceDiscovery> {
  const software = await readSoftware(caller);
  const interfaces = await readInterfaces(caller, { level: "terse" });
  const lacp = await readLacp(caller);
  const lldp = await readLldp(caller);
  const segments = localSegments(await readEvpnInstances(caller));
  const bgp = await readBgpSummary(caller);
  const drainedBy = await drainsUnlessHidden(caller);
  const engine = software.engines[0];
  const members = new Map(
    lacp.flatMap((aggregate) =>
      aggregate.members.map((member) => [member.name, { aggregate: aggregate.name, member }] as const),
    ),
  );
  return {
    device,
    readAt: formatInstant(clock.now()),
    hostName: engine?.hostName ?? device,
    model: engine?.model ?? "",
    release: engine?.release ?? null,
    routerAddresses: loopbackAddresses(interfaces),
    lldpNeighbours: namedNeighbours(lldp),
    interfaces: interfaces
      .filter(({ name }) => NETWORK_PORT.test(name))
      .map(({ name, adminUp, operUp, aggregate }): DiscoveredInterface => {
        const lag = members.get(name);
        const bundle = lag?.aggregate ?? aggregate;
        return {
          name,
          adminUp,
          operUp,
          ...(bundle === undefined ? {} : { aggregate: bundle }),
          ...(lag === undefined ? {} : { lacpForwarding: lag.member.collectingDistributing }),
        };
      }),
    segments: segments.map(({ esi, localInterface, forwarding, remotePes }) => ({
      esi,
      interface: withoutUnit(localInterface ?? ""),
      forwarding,
      remoteAddresses: remotePes,
    })),
    bgpPeers: bgp.peers.map(({ address, autonomousSystem, state, ribs }) => ({
      address,
      autonomousSystem: Number(autonomousSystem),
      established: state === "Established",
      evpn: ribs.some(({ name }) => name.includes("evpn")),
    })),
    ...(drainedBy.length === 0 ? {} : { drainedBy }),
  };
}

/** A login that may only look sees no configuration; one that may upgrade does (docs/junos-login.md). */
async function drainsUnlessHidden(caller: RpcCaller): Promise<readonly string[]> {
  try {
    return await readFoundDrains(caller);
  } catch (error) {
    if (isJunosError(error, "PermissionDenied")) return [];
    throw error;
  }
}

/** `ae1.0` is unit 0 of `ae1`. */
export function withoutUnit(name: string): string {
  return name.replace(/\.\d+$/, "");
}

/** The neighbours that give a name over LLDP: whoever gives none cannot be matched with a device of the fabric. */
export function namedNeighbours(lldp: readonly LldpNeighbour[]): DeviceDiscovery["lldpNeighbours"] {
  return lldp.flatMap(({ localPort, remoteSystemName, remotePort = "" }) =>
    remoteSystemName === undefined
      ? []
      : [{ localInterface: localPort, remoteSystem: remoteSystemName, remoteInterface: remotePort }],
  );
}

/** The addresses on the loopback, by which other devices know this one. */
export function loopbackAddresses(interfaces: readonly PhysicalInterface[]): readonly string[] {
  return interfaces
    .filter(({ name }) => name === "lo0")
    .flatMap(({ logical }) =>
      logical.flatMap(({ families }) => families.flatMap(({ addresses }) => addresses)),
    )
    .map((address) => address.replace(/\/\d+$/, ""))
    .filter((address) => address.includes(".") && !address.startsWith("127."));
}
