/**
 * Devices that somebody drained. What they carry is not known: perhaps nothing, and nobody may count on them, perhaps what
 * hangs on them alone, and they are missed. Each question is asked both ways, and either way nobody may be cut off.
 */
import type { Topology, TopologyDevice } from "../topology/topology.ts";
import type { CutOff } from "./change.ts";

/** The same fabric with these devices in service, as if nobody had drained them. */
export function countingOn(topology: Topology, names: ReadonlySet<string>): Topology {
  const isCounted = ({ name, drainedBy }: TopologyDevice): boolean =>
    drainedBy !== undefined && names.has(name);
  if (!topology.devices.some(isCounted)) return topology;
  return {
    ...topology,
    devices: topology.devices.map((device) => {
      if (!isCounted(device)) return device;
      const { drainedBy: _drainedBy, ...counted } = device;
      return counted;
    }),
  };
}

/** The same fabric with all of them in service. */
export function countingOnAll(topology: Topology): Topology {
  return countingOn(topology, new Set(topology.devices.map(({ name }) => name)));
}

/** What was found in several readings of a fabric, each finding once. */
export function eachOnce(found: readonly (readonly CutOff[])[]): CutOff[] {
  const [only = [], ...others] = found;
  if (others.length === 0) return [...only];
  const keyOf = ({ kind, endpoint, far, message }: CutOff): string =>
    JSON.stringify([kind, endpoint, far, message]);
  return [...new Map(found.flat().map((each) => [keyOf(each), each])).values()];
}
