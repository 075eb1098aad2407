/**
 * Interior routing: IS-IS and OSPF between devices that run it on the cable between them. Every device computes shortest
 * paths over the adjacencies that both ends claim. A dead device claims its own until its neighbours miss it, as its last
 * link-state packet does.
 *
 * A device that is overloaded is reached, and not passed: by the overload bit of IS-IS never (ISO 10589 §7.2.8.1); by
 * highest metrics, which OSPF always uses (RFC 6987), only where there is no other way. Simplification: one area, one
 * level.
 */
import type { InteriorPort, InteriorProtocolName } from "../config/configIntent.ts";
import { deviceState } from "../world.ts";
import type { World } from "../world.ts";
import { otherSide, SESSION_SIDES } from "./routingState.ts";
import type { BgpSession, SessionSideName, UnderlayEntry, UnderlayPath } from "./routingState.ts";

/** Of the links of an overloaded device that does not set the overload bit. */
const MAX_METRIC = 65_535;

/** What that end runs on its port; undefined where it is nothing. */
export function interiorOf(
  world: World,
  session: BgpSession,
  side: SessionSideName,
): InteriorPort | undefined {
  const port = session.link === undefined ? undefined : world.topology.links[session.link]?.[side].port;
  return port === undefined
    ? undefined
    : deviceState(world, session[side].device).intent.interior.ports.get(port);
}

/** A way out of a device. */
interface Edge {
  readonly session: BgpSession;
  readonly side: SessionSideName;
  readonly to: string;
  readonly metric: number;
  readonly protocol: InteriorProtocolName;
}

/** The adjacencies of every device; empty where nobody runs an interior protocol. */
export function interiorEdges(world: World): ReadonlyMap<string, readonly Edge[]> {
  const edges = new Map<string, Edge[]>();
  for (const session of world.sessions) {
    if (session.kind !== "underlay") continue;
    const ends = { a: interiorOf(world, session, "a"), b: interiorOf(world, session, "b") };
    if (ends.a === undefined || ends.a.protocol !== ends.b?.protocol) continue;
    if (!claims(world, session, "a") || !claims(world, session, "b")) continue;
    for (const side of SESSION_SIDES) {
      const { device } = session[side];
      const { metric = 10, protocol = ends.a.protocol } = ends[side] ?? {};
      const own = edges.get(device) ?? [];
      own.push({ session, side, to: session[otherSide(side)].device, metric, protocol });
      edges.set(device, own);
    }
  }
  return edges;
}

function claims(world: World, session: BgpSession, side: SessionSideName): boolean {
  return session.sides[side].state === "Established" || !deviceState(world, session[side].device).forwarding;
}

interface Reached {
  readonly metric: number;
  /** The first edges of all the shortest ways. */
  readonly first: readonly Edge[];
}

/** The shortest ways from a device to every other one that it reaches. */
export function shortestPaths(
  world: World,
  edges: ReadonlyMap<string, readonly Edge[]>,
  root: string,
): ReadonlyMap<string, UnderlayEntry> {
  const reached = new Map<string, Reached>([[root, { metric: 0, first: [] }]]);
  const open = new Set([root]);
  while (open.size > 0) {
    const name = nearest(open, reached);
    open.delete(name);
    const here = reached.get(name);
    if (here === undefined) break;
    for (const edge of edges.get(name) ?? []) {
      const metric = metricOver(world, edge, name === root);
      if (metric === undefined || edge.to === root) continue;
      const total = here.metric + metric;
      const first = name === root ? [edge] : here.first;
      const known = reached.get(edge.to);
      if (known !== undefined && known.metric < total) continue;
      const joined = known?.metric === total ? [...new Set([...known.first, ...first])] : first;
      if (known?.metric === total && joined.length === known.first.length) continue;
      reached.set(edge.to, { metric: total, first: joined });
      open.add(edge.to);
    }
  }
  reached.delete(root);
  return new Map([...reached].map(([name, way]) => [name, entryOf(world, way)]));
}

/** Undefined where an overloaded device would be passed. */
function metricOver(world: World, edge: Edge, isRoot: boolean): number | undefined {
  const { overloads } = deviceState(world, edge.session[edge.side].device).intent.interior;
  const overload = overloads.get(edge.protocol);
  if (isRoot || overload === undefined) return edge.metric;
  return overload === "Bit" ? undefined : MAX_METRIC;
}

function nearest(open: ReadonlySet<string>, reached: ReadonlyMap<string, Reached>): string {
  let best: { readonly name: string; readonly metric: number } | undefined;
  for (const name of open) {
    const metric = reached.get(name)?.metric ?? Infinity;
    if (best === undefined || metric < best.metric) best = { name, metric };
  }
  return best?.name ?? "";
}

function entryOf(world: World, { metric, first }: Reached): UnderlayEntry {
  const nextHops = first.map(({ session, side, protocol }): UnderlayPath => {
    const far = session[otherSide(side)];
    return {
      session: session.index,
      side,
      neighbour: far.device,
      neighbourAddress: far.address,
      port: world.topology.links[session.link ?? -1]?.[side].port ?? "",
      learned: { by: protocol, metric },
    };
  });
  return { nextHops: nextHops.toSorted((left, right) => left.session - right.session), others: [] };
}
