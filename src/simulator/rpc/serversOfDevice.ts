/** The servers of a leaf: those on its own ports, and those it knows by EVPN. */
import type { TopologyServer } from "../topology.ts";
import { remoteLeaves } from "../traffic/forwarding.ts";
import type { Attachment, DeviceState, World } from "../world.ts";

/** A port, or aggregate, with a server on it. */
export interface LocalInterface {
  readonly name: string;
  readonly attachment: Attachment;
  readonly server: TopologyServer;
}

/** The device's ports with servers, up or not. */
export function localInterfaces(world: World, device: DeviceState): readonly LocalInterface[] {
  return world.attachments.flatMap((attachment) => {
    const server = world.topology.servers[attachment.server];
    if (attachment.device !== device.name || server === undefined) return [];
    const name = device.intent.aggregateOfPort.get(attachment.port) ?? attachment.port;
    return [{ name: `${name}.0`, attachment, server }];
  });
}

/** The servers that the device could send frames to through another leaf. */
export function remoteServers(world: World, device: DeviceState): readonly TopologyServer[] {
  return world.topology.servers.filter((server) => remoteLeaves(world, device.name, server).length > 0);
}
