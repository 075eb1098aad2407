/**
 * Reads from a chassis cluster what topology, redundancy and versions are made of: as of a switch, without what a
 * firewall does not have, and with what its upgrade in service would cost.
 */
import type { DeviceDiscovery, DiscoveredInterface } from "../../api/discovery.ts";
import { formatInstant, type Clock } from "../../api/time.ts";
import { readBgpSummary } from "../../junos/bgp.ts";
import { readInterfaces } from "../../junos/interfaces.ts";
import { readLldp } from "../../junos/lldp.ts";
import { isJunosError } from "../../junos/replyErrors.ts";
import type { RpcCaller } from "../../junos/rpcCaller.ts";
import { readSoftware, type EngineSoftware } from "../../junos/software.ts";
import { loopbackAddresses, namedNeighbours } from "../discover.ts";
import { isInBandOnly } from "./issuSupport.ts";
import { clusterProblems, linkProblems, readCluster } from "./cluster.ts";
import { readUpgradeWarnings } from "./issuFacts.ts";

/** Ports that carry traffic of both nodes; the links between the nodes (`fab0`, `em0`, `fxp0`) do not. */
const NETWORK_PORT = /^(?:ge|xe|et|reth)-?\d/;

export async function discoverCluster(
  device: string,
  { main, clock, model }: { main: RpcCaller; clock: Clock; model: string },
): Promise<DeviceDiscovery> {
  const { engines } = await readSoftware(main);
  const interfaces = await readInterfaces(main, { level: "terse" });
  const lldp = await unlessRefused(() => readLldp(main), []);
  const bgp = await unlessRefused(async () => (await readBgpSummary(main)).peers, []);
  const [first] = engines;
  const actual = engines.find((engine) => engine.model !== null)?.model ?? model;
  const view = await readCluster(main, clock.now());
  const isFit =
    view !== null && clusterProblems(view).length === 0 && (await linkProblems(main)).length === 0;
  return {
    device,
    readAt: formatInstant(clock.now()),
    hostName: first?.hostName ?? device,
    model: actual,
    release: oneRelease(engines),
    routerAddresses: loopbackAddresses(interfaces),
    lldpNeighbours: namedNeighbours(lldp),
    interfaces: interfaces
      .filter(({ name }) => NETWORK_PORT.test(name))
      .map(({ name, adminUp, operUp, aggregate }): DiscoveredInterface => ({
        name,
        adminUp,
        operUp,
        ...(aggregate === undefined ? {} : { aggregate }),
      })),
    segments: [],
    bgpPeers: bgp.map(({ address, autonomousSystem, state, ribs }) => ({
      address,
      autonomousSystem: Number(autonomousSystem),
      established: state === "Established",
      evpn: ribs.some(({ name }) => name.includes("evpn")),
    })),
    controlPlanes: (view?.nodeNames ?? []).map((name) => {
      const release = view?.nodes.get(name)?.version ?? null;
      const role = release === null ? "Away" : name === view?.primary ? "Master" : "Backup";
      return { name, role, release, vmhost: false };
    }),
    ...(isInBandOnly(actual) ? { losesSessions: true } : isFit ? { staysInService: true } : {}),
    warnings: await readUpgradeWarnings(main, actual),
  };
}

/** The release of both nodes; null when they differ, or one does not say. */
function oneRelease(engines: readonly EngineSoftware[]): string | null {
  const [first] = engines;
  return engines.length > 0 && engines.every(({ release }) => release === first?.release)
    ? (first?.release ?? null)
    : null;
}

/** Not every firewall runs every protocol. */
async function unlessRefused<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isJunosError(error, "NotRunning", "UnknownRpc")) return otherwise;
    throw error;
  }
}
