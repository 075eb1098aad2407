/**
 * BGP sessions, and the adjacencies of interior protocols, which come and go like them: which there could be, and how they go up and down. A session comes up some time after both ends
 * want it and can reach each other. It goes down at once at the end that closes it, and at the other end when
 * that one notices: by a notification, by the loss of the link, by BFD, or when the hold time is over.
 */
import type { Instant } from "../../api/time.ts";
import type { NeighbourIntent } from "../config/configIntent.ts";
import { overlayPeers } from "../config/initialConfig.ts";
import { isFaulty } from "../faults/faultQueries.ts";
import type { Topology } from "../topology.ts";
import { deviceState, note } from "../world.ts";
import type { World } from "../world.ts";
import { interiorOf } from "./interior.ts";
import { isPortEnabled, isPortUp } from "./ports.ts";
import { otherSide, SESSION_SIDES } from "./routingState.ts";
import type { BgpSession, SessionEnd, SessionSide, SessionSideName } from "./routingState.ts";

/** One session per cable between devices, and one per pair of overlay peers; established for a month. */
export function createSessions(topology: Topology, startedAt: Instant): readonly BgpSession[] {
  const since = startedAt - 30 * 24 * 3600 * 1000;
  const sessions: BgpSession[] = [];
  const add = (kind: BgpSession["kind"], ends: { a: SessionEnd; b: SessionEnd; link?: number }): void => {
    sessions.push({
      index: sessions.length,
      kind,
      a: { device: ends.a.device, address: ends.a.address },
      b: { device: ends.b.device, address: ends.b.address },
      link: ends.link,
      upEvent: undefined,
      sides: { a: establishedSide(since), b: establishedSide(since) },
    });
  };
  for (const link of topology.links) add("underlay", { a: link.a, b: link.b, link: link.index });
  const known = new Set<string>();
  for (const device of topology.devices.values()) {
    for (const peer of overlayPeers(topology, device)) {
      const pair = [device.name, peer.name].toSorted().join("|");
      if (known.has(pair)) continue;
      known.add(pair);
      add("overlay", {
        a: { device: device.name, address: device.loopback },
        b: { device: peer.name, address: peer.loopback },
      });
    }
  }
  return sessions;
}

/** What that end's configuration says of the session; undefined where it says nothing. */
export function neighbourOf(
  world: World,
  session: BgpSession,
  side: SessionSideName,
): NeighbourIntent | undefined {
  const neighbour = deviceState(world, session[side].device).intent.neighbours.get(
    session[otherSide(side)].address,
  );
  if (neighbour === undefined) return undefined;
  return neighbour.families.includes("evpn") === (session.kind === "overlay") ? neighbour : undefined;
}

/** Both ends hold the session up. */
export function isEstablished(session: BgpSession): boolean {
  return session.sides.a.state === "Established" && session.sides.b.state === "Established";
}

/** Starts and stops the timers of every session, after anything it depends on has changed. */
export function reconcileSessions(world: World): void {
  for (const session of world.sessions) {
    if (isViable(world, session)) keepUp(world, session);
    else takeDown(world, session);
  }
}

/** The session comes up at both ends. */
export function sessionUp(world: World, session: BgpSession): void {
  session.upEvent = undefined;
  for (const side of SESSION_SIDES) {
    const state = session.sides[side];
    world.queue.cancel(state.downEvent);
    state.downEvent = undefined;
    state.state = "Established";
    state.since = world.now;
  }
  markStale(world, session);
  note(world, {
    device: session.a.device,
    kind: "SessionUp",
    message: `${session.kind} session with ${session.b.device}`,
  });
}

/** One end gives the session up. */
export function sessionSideDown(
  world: World,
  session: BgpSession,
  options: { readonly side: SessionSideName; readonly error: string },
): void {
  const state = session.sides[options.side];
  world.queue.cancel(state.downEvent);
  state.downEvent = undefined;
  if (state.state !== "Established") return;
  state.state = "Active";
  state.since = world.now;
  state.flaps += 1;
  state.lastError = options.error;
  state.routes.clear();
  state.evpnRoutes.clear();
  markStale(world, session);
  note(world, {
    device: session[options.side].device,
    kind: "SessionDown",
    message: `${session.kind} session with ${session[otherSide(options.side)].device}: ${options.error}`,
  });
}

function establishedSide(since: Instant): SessionSide {
  return {
    state: "Established",
    since,
    flaps: 0,
    lastError: "None",
    downEvent: undefined,
    routes: new Map(),
    evpnRoutes: new Set(),
  };
}

function keepUp(world: World, session: BgpSession): void {
  if (isEstablished(session)) {
    for (const side of SESSION_SIDES) {
      world.queue.cancel(session.sides[side].downEvent);
      session.sides[side].downEvent = undefined;
    }
    return;
  }
  // An end that slept through the other's restart learns of it by the new connection.
  for (const side of SESSION_SIDES) {
    sessionSideDown(world, session, { side, error: "Cease: connection collision" });
  }
  session.upEvent ??= world.queue.schedule(world.now + world.topology.timings.bgpUpSeconds * 1000, {
    kind: "SessionUp",
    session: session.index,
  });
}

function takeDown(world: World, session: BgpSession): void {
  world.queue.cancel(session.upEvent);
  session.upEvent = undefined;
  for (const side of SESSION_SIDES) {
    const state = session.sides[side];
    if (state.state !== "Established") continue;
    if (!wants(world, session, side)) {
      sessionSideDown(world, session, { side, error: "Cease: administrative shutdown" });
      continue;
    }
    const loss = detection(world, session, side);
    state.downEvent ??= world.queue.schedule(world.now + loss.seconds * 1000, {
      kind: "SessionSideDown",
      session: session.index,
      side,
      error: loss.error,
    });
  }
}

function isViable(world: World, session: BgpSession): boolean {
  if (!wants(world, session, "a") || !wants(world, session, "b")) return false;
  const { a, b } = session;
  if (session.kind === "overlay")
    return reaches(world, a.device, b.device) && reaches(world, b.device, a.device);
  const link = world.topology.links[session.link ?? -1];
  return link !== undefined && isPortUp(world, link.a.device, link.a.port) && speakAlike(world, session);
}

/** Both ends speak BGP, or both the same interior protocol. */
function speakAlike(world: World, session: BgpSession): boolean {
  const [one, other] = SESSION_SIDES.map((side) =>
    neighbourOf(world, session, side) === undefined ? interiorOf(world, session, side)?.protocol : "bgp",
  );
  return one === other;
}

/** What an end needs of its own to hold the session. */
function wants(world: World, session: BgpSession, side: SessionSideName): boolean {
  const own = session[side];
  const device = deviceState(world, own.device);
  const neighbour = neighbourOf(world, session, side);
  if (!device.forwarding) return false;
  if (neighbour === undefined) return wantsAdjacency(world, session, side);
  const far = session[otherSide(side)];
  const blocked = isFaulty(
    world,
    own.device,
    (fault) => fault.fault === "bgpDown" && (fault.peer === far.device || fault.peer === far.address),
  );
  if (blocked) return false;
  if (session.kind === "overlay") return true;
  const link = world.topology.links[session.link ?? -1];
  const expected = neighbourOf(world, session, otherSide(side))?.localAs;
  const autonomousSystemsAgree = expected === undefined || expected === neighbour.peerAs;
  return link !== undefined && isPortEnabled(device, link[side].port) && autonomousSystemsAgree;
}

/** An adjacency of an interior protocol needs its port, and nothing of the other end but the same protocol. */
function wantsAdjacency(world: World, session: BgpSession, side: SessionSideName): boolean {
  const own = interiorOf(world, session, side);
  const port = world.topology.links[session.link ?? -1]?.[side].port;
  return (
    own !== undefined && port !== undefined && isPortEnabled(deviceState(world, session[side].device), port)
  );
}

function reaches(world: World, from: string, to: string): boolean {
  return (world.underlay.installed.get(from)?.toDevice.get(to)?.nextHops.length ?? 0) > 0;
}

/** How the end that still wants the session learns that the other is gone. */
function detection(
  world: World,
  session: BgpSession,
  side: SessionSideName,
): { seconds: number; error: string } {
  const { timings } = world.topology;
  const far = deviceState(world, session[otherSide(side)].device);
  const hold = { seconds: timings.bgpHoldSeconds, error: "Hold Timer Expired Error" };
  const link = world.topology.links[session.link ?? -1];
  if (far.master.power === "Dead" && link !== undefined)
    return { seconds: timings.linkLossSeconds, error: "Interface down" };
  if (!far.forwarding) {
    const { bfdSeconds } = neighbourOf(world, session, side) ?? interiorOf(world, session, side) ?? {};
    return bfdSeconds === undefined ? hold : { seconds: bfdSeconds, error: "BFD session down" };
  }
  if (link !== undefined && !isPortUp(world, link.a.device, link.a.port)) {
    return { seconds: timings.linkLossSeconds, error: "Interface down" };
  }
  if (!wants(world, session, otherSide(side))) {
    return { seconds: timings.bgpNotifySeconds, error: "Cease: administrative shutdown" };
  }
  return hold;
}

function markStale(world: World, session: BgpSession): void {
  if (session.kind === "underlay") world.stale.underlay = true;
  else world.stale.evpn = true;
  world.stale.flows = true;
}
