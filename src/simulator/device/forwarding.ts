/** The forwarding plane and the routing process of a device: one for all of its control planes. */
import { SESSION_SIDES } from "../network/routingState.ts";
import { note } from "../world.ts";
import type { DeviceState, World } from "../world.ts";

/** Nothing passes any more, and nobody announces anything. */
export function stopForwarding(world: World, device: DeviceState): void {
  world.queue.cancel(device.forwardingEvent);
  device.forwardingEvent = undefined;
  device.forwarding = false;
  markStale(world);
}

/** Line cards and routing process will be up after so many seconds, unless something stops them before. */
export function planForwarding(world: World, device: DeviceState, seconds: number): void {
  world.queue.cancel(device.forwardingEvent);
  device.forwardingEvent = world.queue.schedule(world.now + seconds * 1000, {
    kind: "ForwardingUp",
    device: device.name,
  });
}

/** Line cards and routing process are up. */
export function forwardingUp(world: World, device: DeviceState): void {
  const { master } = device;
  if (master.power === "Booting") {
    master.power = "Running";
    master.readySince = world.now;
    master.bootEvents.length = 0;
  }
  device.forwarding = true;
  device.forwardingSince = world.now;
  device.forwardingEvent = undefined;
  forgetCounters(world, device);
  markStale(world);
  note(world, { device: device.name, kind: "ForwardingUp", message: "line cards online" });
}

/** What a device counts, it counts from its boot. */
function forgetCounters(world: World, device: DeviceState): void {
  for (const port of device.ports.values()) port.transitions = 0;
  for (const port of device.ports.keys()) world.traffic.ports.delete(`${device.name}/${port}`);
  for (const session of world.sessions) {
    for (const side of SESSION_SIDES) {
      if (session[side].device === device.name) session.sides[side].flaps = 0;
    }
  }
}

function markStale(world: World): void {
  world.stale.flows = true;
  world.stale.evpn = true;
  world.stale.underlay = true;
}
