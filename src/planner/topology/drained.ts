/**
 * Devices that traffic keeps off by their own configuration: somebody has overloaded or drained them, and is not in the
 * ledger. For what others need they are out. What hangs on such a device itself may still go through it, so that its own
 * loss is judged as if it were in service.
 */
import type { Topology, TopologyDevice } from "./topology.ts";

/** What people are told of such a device. */
export function drainText({ name, drainedBy = [] }: Pick<TopologyDevice, "name" | "drainedBy">): string {
  return `${name} counts as out of service: ${drainedBy.join(", ")}`;
}

/** The drained devices. */
export function drainedDevices({ devices }: Topology): TopologyDevice[] {
  return devices.filter(({ drainedBy }) => drainedBy !== undefined);
}

/** The same fabric with these devices counted in, as if nobody had drained them. */
export function countedIn(topology: Topology, names: ReadonlySet<string>): Topology {
  if (!drainedDevices(topology).some(({ name }) => names.has(name))) return topology;
  const devices = topology.devices.map((device): TopologyDevice => {
    if (!names.has(device.name)) return device;
    const { drainedBy: _drainedBy, ...undrained } = device;
    return undrained;
  });
  return { ...topology, devices };
}

/** The same fabric as if nobody had drained anything. */
export function undrain(topology: Topology): Topology {
  return countedIn(topology, new Set(drainedDevices(topology).map(({ name }) => name)));
}
