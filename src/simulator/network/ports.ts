/** Physical ports: enabled by configuration, up in truth. */
import { isCardDead } from "../faults/faultQueries.ts";
import { farEnd } from "../topology.ts";
import { deviceState } from "../world.ts";
import type { DeviceState, World } from "../world.ts";

/**
 * The committed configuration does not disable the port, nor the aggregate it is a member of, nor, by the maintenance mode
 * of EVPN, all ports to servers.
 */
export function isPortEnabled(device: DeviceState, port: string): boolean {
  const { intent } = device;
  const aggregate = intent.aggregateOfPort.get(port);
  if (intent.maintenanceMode && device.spec.ports.get(port)?.kind === "server") return false;
  return (
    intent.interfaces.has(port) &&
    !intent.disabled.has(port) &&
    (aggregate === undefined || (intent.interfaces.has(aggregate) && !intent.disabled.has(aggregate)))
  );
}

/** The port sees light: both ends are on and enabled, and the cable is whole. Servers are always on. */
export function isPortUp(world: World, deviceName: string, port: string): boolean {
  const device = deviceState(world, deviceName);
  const use = device.spec.ports.get(port);
  if (use === undefined || !isLit(world, device, port)) return false;
  if (use.kind === "server") {
    return world.attachments[use.attachment]?.intact ?? false;
  }
  const link = world.topology.links[use.link];
  if (link === undefined || world.linkIntact[use.link] !== true) return false;
  const far = farEnd(link, use.side);
  const farDevice = deviceState(world, far.device);
  return isLit(world, farDevice, far.port);
}

/** The device forwards, the port is enabled, and so is the line card it is on. */
function isLit(world: World, device: DeviceState, port: string): boolean {
  if (!device.forwarding || !isPortEnabled(device, port)) return false;
  const slot = /^[a-z]+-(?<slot>\d+)\//.exec(port)?.groups?.["slot"];
  return slot === undefined || !isCardDead(world, device.name, Number(slot));
}

/** Writes down which ports have gone up or down since the last look. */
export function recordPortChanges(world: World): void {
  for (const device of world.devices.values()) {
    for (const [port, state] of device.ports) {
      const up = isPortUp(world, device.name, port);
      if (up === state.up) continue;
      state.up = up;
      state.changedAt = world.now;
      state.transitions += 1;
      world.stale.flows = true;
    }
  }
}
