/**
 * A fabric in which devices are about to go out, or are drained already: what they carried comes from an
 * earlier reading, everything else from the present one.
 */
import type { Port } from "../topology/ports.ts";
import type { Attachment, Endpoint, EvpnSession, Topology, TopologyLink } from "../topology/topology.ts";
import { countingOnAll } from "./drained.ts";

interface BaselineOptions {
  readonly baseline: Topology;
  readonly removing: ReadonlySet<string>;
}

/** `topology`, with the links, attachments and sessions of `removing` as they were in the baseline. */
export function withBaseline(topology: Topology, { baseline, removing }: BaselineOptions): Topology {
  if (baseline === topology) return topology;
  return {
    ...topology,
    // A device that is to be removed was in service by the baseline, whether it can be read now or not.
    devices: topology.devices.map((device) =>
      removing.has(device.name) && device.knowledge === "Unknown"
        ? { ...device, knowledge: "Declared" }
        : device,
    ),
    links: mergeLinks(topology, { baseline, removing }),
    endpoints: mergeEndpoints(topology, { baseline, removing }),
    evpnSessions: mergeSessions(topology, { baseline, removing }),
  };
}

/** The same fabric with everything that is known working: what hangs on one device alone by its structure. */
export function asIfAllUp(topology: Topology): Topology {
  const { devices } = countingOnAll(topology);
  return {
    ...topology,
    devices: devices.map((device) =>
      device.knowledge === "Unknown" ? { ...device, knowledge: "Declared" } : device,
    ),
    links: topology.links.map((link) => ({ ...link, up: true })),
    endpoints: topology.endpoints.map((endpoint) => ({
      ...endpoint,
      attachments: endpoint.attachments.map((attachment) => ({ ...attachment, up: true })),
    })),
  };
}

function mergeLinks(topology: Topology, { baseline, removing }: BaselineOptions): TopologyLink[] {
  const links = new Map(topology.links.map((link) => [linkText(link), link]));
  for (const link of baseline.links) {
    if (!removing.has(link.a.device) && !removing.has(link.b.device)) continue;
    const key = linkText(link);
    const current = links.get(key);
    links.set(key, current === undefined ? link : { ...current, up: current.up || link.up });
  }
  return [...links.values()];
}

function mergeSessions(topology: Topology, { baseline, removing }: BaselineOptions): EvpnSession[] {
  const earlier = baseline.evpnSessions.filter(
    ({ device, peer }) => removing.has(device) || (peer !== null && removing.has(peer)),
  );
  return [...topology.evpnSessions, ...earlier];
}

/**
 * A half-drained device has left EVPN's view of its segments, so that the present reading may show its part of
 * an endpoint apart from the others' part; the baseline knows that they are one.
 */
function mergeEndpoints(topology: Topology, { baseline, removing }: BaselineOptions): Endpoint[] {
  const byPort = new Map<string, Endpoint>();
  for (const endpoint of topology.endpoints) {
    for (const attachment of endpoint.attachments) byPort.set(portText(attachment), endpoint);
  }
  const silenced = lostAllPeers(topology, baseline);
  const merged: Endpoint[] = [];
  const replaced = new Set<Endpoint>();
  for (const earlier of baseline.endpoints) {
    if (!earlier.attachments.some(({ device }) => removing.has(device))) continue;
    const parts = new Set<Endpoint>();
    for (const attachment of earlier.attachments) {
      const part = byPort.get(portText(attachment));
      if (part !== undefined) parts.add(part);
    }
    const attachments = new Map<string, Attachment>();
    for (const attachment of earlier.attachments) {
      const up = removing.has(attachment.device) && attachment.up;
      attachments.set(portText(attachment), { ...attachment, up });
    }
    for (const attachment of [...parts].flatMap((part) => part.attachments)) {
      const key = portText(attachment);
      const wasUp = attachments.get(key)?.up ?? false;
      const lost = parts.size > 1 && silenced.has(attachment.device);
      attachments.set(key, { ...attachment, up: wasUp || (attachment.up && !lost) });
    }
    const minAvailable = Math.max(earlier.minAvailable, ...[...parts].map((part) => part.minAvailable));
    merged.push({ ...earlier, minAvailable, attachments: [...attachments.values()] });
    for (const part of parts) replaced.add(part);
  }
  return [...topology.endpoints.filter((endpoint) => !replaced.has(endpoint)), ...merged];
}

/** Devices that had EVPN peers in the baseline and have none now: they are the ones that left, not the other. */
function lostAllPeers(topology: Topology, baseline: Topology): Set<string> {
  const now = new Set(topology.evpnSessions.map(({ device }) => device));
  return new Set(baseline.evpnSessions.map(({ device }) => device).filter((device) => !now.has(device)));
}

function linkText({ a, b }: TopologyLink): string {
  return `${portText(a)} ${portText(b)}`;
}

function portText(port: Port): string {
  return `${port.device}/${port.interface}`;
}
