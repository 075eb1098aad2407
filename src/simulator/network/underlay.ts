/**
 * The underlay: every device announces its loopback, by BGP or by an interior protocol (interior.ts). Policies decide
 * who hears of it by BGP, and the best received routes become next hops. What an end received stays as it is while only the other end knows that
 * the session is gone.
 */
import { applyChain, GRACEFUL_SHUTDOWN_COMMUNITY } from "../config/policy.ts";
import type { PolicyRoute } from "../config/policy.ts";
import { isFaulty } from "../faults/faultQueries.ts";
import { deviceState } from "../world.ts";
import type { DeviceState, World } from "../world.ts";
import { interiorEdges, shortestPaths } from "./interior.ts";
import { isPortEnabled } from "./ports.ts";
import { otherSide, SESSION_SIDES } from "./routingState.ts";
import type {
  BgpSession,
  DeviceRoutes,
  SessionSideName,
  UnderlayEntry,
  UnderlayPath,
  UnderlayTables,
} from "./routingState.ts";
import { isEstablished, neighbourOf } from "./sessions.ts";

/** More rounds than any sane set of policies needs; a guard against policies that never agree. */
const MAX_ROUNDS_PER_DEVICE = 50;

/** Works out where the underlay converges to. Updates what every end of a live session has received. */
export function computeUnderlay(world: World): UnderlayTables {
  const sessions = world.sessions.filter((session) => session.kind === "underlay");
  const ofDevice = new Map<string, { session: BgpSession; side: SessionSideName }[]>();
  for (const session of sessions) {
    if (isEstablished(session)) {
      session.sides.a.routes.clear();
      session.sides.b.routes.clear();
    }
    for (const side of SESSION_SIDES) {
      const { device } = session[side];
      ofDevice.set(device, [...(ofDevice.get(device) ?? []), { session, side }]);
    }
  }
  for (const origin of world.devices.values()) propagate(world, { origin, ofDevice });
  const edges = interiorEdges(world);
  return new Map(
    [...world.devices.values()].map((device) => {
      const interior = edges.has(device.name) ? shortestPaths(world, edges, device.name) : undefined;
      return [device.name, tableOf(world, device, { ends: ofDevice.get(device.name) ?? [], interior })];
    }),
  );
}

/** The next hops that the device would use now: those of its table whose session it still holds up. */
export function usableNextHops(world: World, device: string, destination: string): readonly UnderlayPath[] {
  const nextHops = world.underlay.installed.get(device)?.toDevice.get(destination)?.nextHops ?? [];
  const state = deviceState(world, device);
  if (isFaulty(world, device, (fault) => fault.fault === "stuckFlow")) {
    return nextHops.filter((hop) => isPortEnabled(state, hop.port));
  }
  return nextHops.filter((hop) => world.sessions[hop.session]?.sides[hop.side].state === "Established");
}

interface Propagation {
  readonly origin: DeviceState;
  readonly ofDevice: ReadonlyMap<string, readonly { session: BgpSession; side: SessionSideName }[]>;
}

/**
 * Spreads the origin's loopback from device to device until nothing changes any more. It starts at the origin,
 * and at whoever still holds a route from an end that is gone without a word: that route is passed on too.
 */
function propagate(world: World, { origin, ofDevice }: Propagation): void {
  const own: PolicyRoute = {
    family: "inet",
    protocol: "direct",
    prefix: `${origin.spec.loopback}/32`,
    evpnType: 0,
    asPath: [],
    localPreference: 100,
    communities: [],
  };
  const stillHeld = [...ofDevice].flatMap(([name, ends]) =>
    ends.some(({ session, side }) => session.sides[side].routes.has(origin.name)) ? [name] : [],
  );
  const queue = origin.forwarding ? [origin.name, ...stillHeld] : stillHeld;
  const queued = new Set(queue);
  let rounds = 0;
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    queued.delete(name);
    rounds += 1;
    if (rounds > MAX_ROUNDS_PER_DEVICE * world.devices.size) return;
    const best = name === origin.name ? own : bestPaths(ofDevice.get(name) ?? [], origin.name)[0]?.route;
    for (const { session, side } of ofDevice.get(name) ?? []) {
      if (!isEstablished(session)) continue;
      const far = otherSide(side);
      const receiver = session[far].device;
      if (receiver === origin.name) continue;
      const received = best === undefined ? undefined : announce(world, session, { side, route: best });
      const routes = session.sides[far].routes;
      if (sameRoute(routes.get(origin.name), received)) continue;
      if (received === undefined) routes.delete(origin.name);
      else routes.set(origin.name, received);
      if (!queued.has(receiver)) {
        queued.add(receiver);
        queue.push(receiver);
      }
    }
  }
}

/** What the far end receives when `side` announces the route; undefined where a policy or a loop stops it. */
function announce(
  world: World,
  session: BgpSession,
  options: { readonly side: SessionSideName; readonly route: PolicyRoute },
): PolicyRoute | undefined {
  const { side, route } = options;
  const sender = deviceState(world, session[side].device);
  const receiver = deviceState(world, session[otherSide(side)].device);
  const sending = neighbourOf(world, session, side);
  const receiving = neighbourOf(world, session, otherSide(side));
  if (sending === undefined || receiving === undefined) return undefined;
  const exported = applyChain(sender.intent.policies, sending.exportChain, {
    route: { ...route, localPreference: 100 },
    defaultAccept: route.protocol === "bgp",
  });
  if (exported === undefined) return undefined;
  const asPath = [sending.localAs ?? sender.spec.autonomousSystem, ...exported.asPath];
  if (asPath.includes(receiving.localAs ?? receiver.spec.autonomousSystem)) return undefined;
  const communities =
    sending.sendsGracefulShutdown && !exported.communities.includes(GRACEFUL_SHUTDOWN_COMMUNITY)
      ? [...exported.communities, GRACEFUL_SHUTDOWN_COMMUNITY]
      : exported.communities;
  const heeded = receiving.heedsGracefulShutdown && communities.includes(GRACEFUL_SHUTDOWN_COMMUNITY);
  return applyChain(receiver.intent.policies, receiving.importChain, {
    route: { ...exported, protocol: "bgp", asPath, communities, localPreference: heeded ? 0 : 100 },
    defaultAccept: true,
  });
}

/** The received routes to a destination, best first: local preference, then the shorter AS path, then the lower session. */
function bestPaths(
  ends: readonly { readonly session: BgpSession; readonly side: SessionSideName }[],
  destination: string,
): readonly { readonly session: BgpSession; readonly side: SessionSideName; readonly route: PolicyRoute }[] {
  return ends
    .flatMap(({ session, side }) => {
      const route = session.sides[side].routes.get(destination);
      return route === undefined ? [] : [{ session, side, route }];
    })
    .toSorted(
      (left, right) => comparePaths(left.route, right.route) || left.session.index - right.session.index,
    );
}

function comparePaths(left: PolicyRoute, right: PolicyRoute): number {
  return right.localPreference - left.localPreference || left.asPath.length - right.asPath.length;
}

/** What a device knows of the way to others. */
interface RouteSources {
  readonly ends: readonly { readonly session: BgpSession; readonly side: SessionSideName }[];
  /** Undefined where no interior protocol runs. */
  readonly interior: ReadonlyMap<string, UnderlayEntry> | undefined;
}

function tableOf(world: World, device: DeviceState, { ends, interior }: RouteSources): DeviceRoutes {
  const toDevice = new Map<string, UnderlayEntry>();
  const signature: string[] = [];
  for (const destination of world.devices.keys()) {
    if (destination === device.name) continue;
    // What an interior protocol knows is preferred to BGP.
    const entry = interior?.get(destination) ?? bgpEntry(world, bestPaths(ends, destination));
    if (entry === undefined) continue;
    toDevice.set(destination, entry);
    signature.push(
      `${destination}:${entry.nextHops.map(hopSignature).join(",")};${entry.others.map(hopSignature).join(",")}`,
    );
  }
  return { toDevice, signature: signature.join("|") };
}

function bgpEntry(world: World, paths: ReturnType<typeof bestPaths>): UnderlayEntry | undefined {
  const [best] = paths;
  if (best === undefined) return undefined;
  const multipath = neighbourOf(world, best.session, best.side)?.multipath ?? false;
  const isBest = (path: (typeof paths)[number]): boolean =>
    path === best || (multipath && comparePaths(path.route, best.route) === 0);
  return {
    nextHops: paths.filter(isBest).map((path) => pathOf(world, path)),
    others: paths.filter((path) => !isBest(path)).map((path) => pathOf(world, path)),
  };
}

function pathOf(
  world: World,
  path: { readonly session: BgpSession; readonly side: SessionSideName; readonly route: PolicyRoute },
): UnderlayPath {
  const far = path.session[otherSide(path.side)];
  return {
    session: path.session.index,
    side: path.side,
    neighbour: far.device,
    neighbourAddress: far.address,
    port: world.topology.links[path.session.link ?? -1]?.[path.side].port ?? "",
    learned: { by: "bgp", route: path.route },
  };
}

function hopSignature({ session, learned }: UnderlayPath): string {
  return learned.by === "bgp"
    ? `${session}/${learned.route.localPreference}/${learned.route.asPath.join(" ")}`
    : `${session}/${learned.by}/${learned.metric}`;
}

function sameRoute(left: PolicyRoute | undefined, right: PolicyRoute | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return (
    left.localPreference === right.localPreference &&
    left.asPath.join(" ") === right.asPath.join(" ") &&
    left.communities.join(" ") === right.communities.join(" ")
  );
}
