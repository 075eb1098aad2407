/**
 * Servers' cables. A member of a LAG is used when leaf and server agree on it by LACP. `disable` on the leaf
 * says so at once (LACP goes out of sync before the port goes dark), and the server moves its flows without
 * loss. A leaf that just stops is noticed only when LACP has timed out; a server without LACP notices as late
 * as one with slow LACP. Power loss and a cut cable take the light away, and that is noticed at once.
 *
 * Simplification: there is no core isolation. A leaf brings its members in as soon as LACP agrees, even before
 * its own BGP sessions are up, and drops what it cannot forward yet.
 */
import { isFaulty } from "../faults/faultQueries.ts";
import type { Topology } from "../topology.ts";
import { deviceState, note } from "../world.ts";
import type { Attachment, World } from "../world.ts";
import { isPortEnabled } from "./ports.ts";

/** Every server's cables, all in use. */
export function createAttachments(topology: Topology): readonly Attachment[] {
  return topology.servers
    .flatMap((server) => server.attachments.map((attachment) => ({ server, attachment })))
    .map(({ server, attachment }, index) => ({
      index,
      server: server.index,
      device: attachment.device,
      port: attachment.port,
      leafUp: true,
      serverUp: true,
      intact: true,
      upEvent: undefined,
      serverEvent: undefined,
    }));
}

/** The cable could carry frames now, as far as the leaf is concerned. */
export function canCarry(world: World, attachment: Attachment): boolean {
  const device = deviceState(world, attachment.device);
  return (
    device.forwarding &&
    attachment.intact &&
    isPortEnabled(device, attachment.port) &&
    !lacpIsDown(world, attachment)
  );
}

/** Starts and stops the timers of every server's cable, after anything it depends on has changed. */
export function reconcileAccess(world: World): void {
  for (const attachment of world.attachments) {
    if (canCarry(world, attachment)) bringIn(world, attachment);
    else takeOut(world, attachment);
  }
}

/** Leaf and server agree on the member. */
export function attachmentUp(world: World, attachment: Attachment): void {
  attachment.upEvent = undefined;
  world.queue.cancel(attachment.serverEvent);
  attachment.serverEvent = undefined;
  attachment.leafUp = true;
  attachment.serverUp = true;
  markStale(world);
  note(world, {
    device: attachment.device,
    kind: "MemberUp",
    message: `${attachment.port} collects and distributes`,
  });
}

/** The server has noticed that its leaf is gone. */
export function serverNotices(world: World, attachment: Attachment): void {
  attachment.serverEvent = undefined;
  attachment.serverUp = false;
  markStale(world);
}

function bringIn(world: World, attachment: Attachment): void {
  if (attachment.leafUp && attachment.serverUp) {
    world.queue.cancel(attachment.serverEvent);
    attachment.serverEvent = undefined;
    return;
  }
  attachment.upEvent ??= world.queue.schedule(world.now + world.topology.timings.lacpUpSeconds * 1000, {
    kind: "AttachmentUp",
    attachment: attachment.index,
  });
}

function takeOut(world: World, attachment: Attachment): void {
  world.queue.cancel(attachment.upEvent);
  attachment.upEvent = undefined;
  if (attachment.leafUp) {
    attachment.leafUp = false;
    markStale(world);
    note(world, { device: attachment.device, kind: "MemberDown", message: `${attachment.port} is detached` });
  }
  if (!attachment.serverUp) return;
  const seconds = secondsUntilServerNotices(world, attachment);
  if (seconds === 0) {
    world.queue.cancel(attachment.serverEvent);
    serverNotices(world, attachment);
  } else {
    attachment.serverEvent ??= world.queue.schedule(world.now + seconds * 1000, {
      kind: "ServerNotices",
      attachment: attachment.index,
    });
  }
}

function secondsUntilServerNotices(world: World, attachment: Attachment): number {
  const { timings } = world.topology;
  const device = deviceState(world, attachment.device);
  if (device.forwarding && !isPortEnabled(device, attachment.port)) return 0;
  if (!attachment.intact || device.master.power === "Dead") return timings.linkLossSeconds;
  return world.topology.servers[attachment.server]?.lacp === "fast"
    ? timings.lacpFastTimeoutSeconds
    : timings.lacpSlowTimeoutSeconds;
}

function lacpIsDown(world: World, attachment: Attachment): boolean {
  const server = world.topology.servers[attachment.server];
  return isFaulty(
    world,
    attachment.device,
    (fault) =>
      fault.fault === "lacpDown" &&
      (fault.interface === attachment.port || fault.interface === server?.aggregate),
  );
}

function markStale(world: World): void {
  world.stale.evpn = true;
  world.stale.flows = true;
}
