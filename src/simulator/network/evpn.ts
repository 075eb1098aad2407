/**
 * The EVPN overlay (RFC 7432): which leaf announces what, who hears of it through the route reflectors, and
 * where a leaf may therefore send frames for a segment. A leaf announces a segment while its own member is up;
 * when its auto-discovery route (type 1) goes, the others stop sending to it (mass withdrawal, §8.2), although
 * its MAC routes are still there.
 */
import { groupBy } from "../groupBy.ts";
import { applyChain } from "../config/policy.ts";
import type { PolicyRoute } from "../config/policy.ts";
import { isFaulty } from "../faults/faultQueries.ts";
import { deviceState } from "../world.ts";
import type { World } from "../world.ts";
import { otherSide, SESSION_SIDES } from "./routingState.ts";
import type { BgpSession, EvpnTables, EvpnView, SessionSideName } from "./routingState.ts";
import { isEstablished, neighbourOf } from "./sessions.ts";

/** A route in short: who announces it, its type (one digit), and what it is about (a segment, or a server). */
export function routeKey(origin: string, type: number, subject: string): string {
  return `${origin}|${type}|${subject}`;
}

/** The parts of a `routeKey`. */
export function parseRouteKey(key: string): {
  readonly origin: string;
  readonly type: number;
  readonly subject: string;
} {
  const [origin = "", type = "", ...subject] = key.split("|");
  return { origin, type: Number(type), subject: subject.join("|") };
}

/** What a tunnel endpoint announces now. */
export function originatedRoutes(world: World, device: string): readonly string[] {
  const state = deviceState(world, device);
  if (!state.forwarding || !state.spec.isTunnelEndpoint) return [];
  const keys = [routeKey(device, 3, "")];
  for (const attachment of world.attachments) {
    const server = world.topology.servers[attachment.server];
    if (attachment.device !== device || !attachment.leafUp || server === undefined) continue;
    keys.push(routeKey(device, 2, server.name));
    if (server.esi !== undefined)
      keys.push(routeKey(device, 1, server.segment), routeKey(device, 4, server.segment));
  }
  return keys;
}

/** Works out where the overlay converges to. Updates what every end of a live session has received. */
export function computeEvpn(world: World): EvpnTables {
  const sessions = world.sessions.filter((session) => session.kind === "overlay");
  const frozen: { readonly session: BgpSession; readonly side: SessionSideName }[] = [];
  const ofDevice = new Map<string, { session: BgpSession; side: SessionSideName }[]>();
  for (const session of sessions) {
    for (const side of SESSION_SIDES) {
      const { device } = session[side];
      ofDevice.set(device, [...(ofDevice.get(device) ?? []), { session, side }]);
      const received = session.sides[side].evpnRoutes;
      if (isEstablished(session)) received.clear();
      // The other end is gone without a word: what it said still counts, and is passed on.
      else if (received.size > 0) frozen.push({ session, side });
    }
  }
  const heldBy = new Map<string, Set<string>>();
  const hold = (device: string, key: string): void => {
    heldBy.set(device, (heldBy.get(device) ?? new Set()).add(key));
  };
  for (const device of world.devices.keys()) {
    const byType = groupBy(originatedRoutes(world, device), (key) => parseRouteKey(key).type);
    for (const [type, keys] of byType) {
      spread(world, { type, origin: device, keys, from: device, learnedOn: undefined, ofDevice, hold });
    }
  }
  for (const learnedOn of frozen) {
    const { device } = learnedOn.session[learnedOn.side];
    const held = [...learnedOn.session.sides[learnedOn.side].evpnRoutes];
    for (const key of held) hold(device, key);
    for (const keys of groupBy(held, (key) => key.slice(0, key.indexOf("|") + 2)).values()) {
      const { origin, type } = parseRouteKey(keys[0] ?? "");
      spread(world, { type, origin, keys, from: device, learnedOn, ofDevice, hold });
    }
  }
  const views = new Map<string, EvpnView>();
  for (const device of world.devices.values()) {
    if (!device.spec.isTunnelEndpoint) continue;
    const held = device.forwarding ? (heldBy.get(device.name) ?? new Set<string>()) : new Set<string>();
    views.set(device.name, viewOf(world, device.name, held));
  }
  return views;
}

interface Spread {
  readonly type: number;
  readonly origin: string;
  readonly keys: readonly string[];
  readonly from: string;
  readonly learnedOn: { readonly session: BgpSession; readonly side: SessionSideName } | undefined;
  readonly ofDevice: ReadonlyMap<string, readonly { session: BgpSession; side: SessionSideName }[]>;
  readonly hold: (device: string, key: string) => void;
}

/** Passes routes of one origin and type on; policies cannot tell them apart, so they travel together. */
function spread(world: World, options: Spread): void {
  const route: PolicyRoute = {
    family: "evpn",
    protocol: "evpn",
    prefix: "",
    evpnType: options.type,
    asPath: [],
    localPreference: 100,
    communities: [],
  };
  const visited = new Set([options.from]);
  const queue = [{ device: options.from, learnedOn: options.learnedOn, route }];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const { session, side } of options.ofDevice.get(next.device) ?? []) {
      const far = otherSide(side);
      const receiver = session[far].device;
      if (!isEstablished(session) || session === next.learnedOn?.session) continue;
      if (isWithoutEvpn(world, next.device) || isWithoutEvpn(world, receiver)) continue;
      if (!mayPassOn(world, next.learnedOn, { session, side })) continue;
      const received = announce(world, session, { side, route: next.route });
      if (received === undefined) continue;
      if (receiver === options.origin) continue;
      for (const key of options.keys) {
        session.sides[far].evpnRoutes.add(key);
        options.hold(receiver, key);
      }
      if (visited.has(receiver)) continue;
      visited.add(receiver);
      queue.push({ device: receiver, learnedOn: { session, side: far }, route: received });
    }
  }
}

/** Its sessions came up without the address family. */
function isWithoutEvpn(world: World, device: string): boolean {
  return isFaulty(world, device, (fault) => fault.fault === "evpnMissing");
}

/** RFC 4456: what came from an internal peer is passed to another only by a reflector, and from or to its clients. */
function mayPassOn(
  world: World,
  learnedOn: Spread["learnedOn"],
  to: NonNullable<Spread["learnedOn"]>,
): boolean {
  if (learnedOn === undefined) return true;
  const source = neighbourOf(world, learnedOn.session, learnedOn.side);
  const target = neighbourOf(world, to.session, to.side);
  if (source === undefined || target === undefined) return false;
  return source.external || target.external || source.isReflectorClient || target.isReflectorClient;
}

function announce(
  world: World,
  session: BgpSession,
  options: { readonly side: SessionSideName; readonly route: PolicyRoute },
): PolicyRoute | undefined {
  const sending = neighbourOf(world, session, options.side);
  const receiving = neighbourOf(world, session, otherSide(options.side));
  if (sending === undefined || receiving === undefined) return undefined;
  const sender = deviceState(world, session[options.side].device);
  const receiver = deviceState(world, session[otherSide(options.side)].device);
  const exported = applyChain(sender.intent.policies, sending.exportChain, {
    route: options.route,
    defaultAccept: true,
  });
  if (exported === undefined) return undefined;
  return applyChain(receiver.intent.policies, receiving.importChain, {
    route: { ...exported, protocol: "bgp" },
    defaultAccept: true,
  });
}

function viewOf(world: World, device: string, keys: ReadonlySet<string>): EvpnView {
  const leavesOfSegment = new Map<string, readonly string[]>();
  const segments = groupBy(world.topology.servers, (server) => server.segment);
  for (const [segment, servers] of segments) {
    const origins = new Set(
      servers.flatMap((server) => server.attachments.map((attachment) => attachment.device)),
    );
    origins.delete(device);
    const macKnown = servers.some((server) =>
      [...origins].some((origin) => keys.has(routeKey(origin, 2, server.name))),
    );
    const multihomed = servers.some((server) => server.esi !== undefined);
    const leaves = [...origins].filter((origin) =>
      multihomed
        ? macKnown && keys.has(routeKey(origin, 1, segment))
        : servers.some((server) => keys.has(routeKey(origin, 2, server.name))),
    );
    if (leaves.length > 0) leavesOfSegment.set(segment, leaves);
  }
  return { leavesOfSegment, keys, signature: [...keys].toSorted().join(" ") };
}
