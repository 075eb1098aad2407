/**
 * How devices get to where they may meet others while devices of one tier are being removed: what they reach
 * without that tier, and which devices of the tier lead on to what. Points to meet at are devices, islands of the
 * top layer, and links between two neighbours of a lower layer.
 */
import { ascending, haveCommon, interning, listAt } from "../indexes.ts";
import type { FabricGraph } from "./fabricGraph.ts";
import type { Islands } from "./islands.ts";

/** Devices with the same way up share one of these. Points and devices ascend. */
export interface WayUp {
  /** Meeting points that no device of the tier is needed for. */
  readonly fixed: readonly number[];
  /** Devices of the tier above it. */
  readonly through: readonly number[];
}

export interface WaysUp {
  readonly of: (device: number) => WayUp;
  /** The meeting points above a device of the tier; it is one itself, besides. */
  readonly beyond: (member: number) => readonly number[];
  /** Points from here on stand for islands. */
  readonly firstIsland: number;
}

const NOWHERE: WayUp = { fixed: [], through: [] };

/** `isMember`: whether a device is of the tier. */
export function waysUp(
  graph: FabricGraph,
  { isMember, islands }: { isMember: (device: number) => boolean; islands: Islands },
): WaysUp {
  const { names, above, beside, layers, top, carriesOthers } = graph;
  const firstIsland = names.length;
  const linkPoints = new Map<string, number>();
  const union = unions();
  const onward = new Map<number, WayUp>();
  const known = new Map<number, WayUp>();
  const beyondOf = new Map<number, readonly number[]>();

  /** What a device adds for those below it: itself, and what is above it unless it is of the tier. */
  function passing(device: number): WayUp {
    let way = onward.get(device);
    if (way === undefined) {
      const higher = climb(device);
      way = isMember(device)
        ? { fixed: [], through: [device] }
        : { fixed: ascending([...higher.fixed, device]), through: higher.through };
      onward.set(device, way);
    }
    return way;
  }

  /** From a device upwards, without itself. */
  function climb(device: number): WayUp {
    const neighbours = listAt(above, device);
    const higher = neighbours.length === 0 ? NOWHERE : union(neighbours, passing);
    const island = islands[device] ?? -1;
    if (island === -1) return higher;
    return { fixed: ascending([...higher.fixed, firstIsland + island]), through: higher.through };
  }

  function of(device: number): WayUp {
    let way = known.get(device);
    if (way === undefined) {
      way = climb(device);
      const own = carriesOthers[device] === 1 ? [device] : [];
      if ((layers[device] ?? 0) < top) {
        // Two neighbours of a lower layer reach each other over the link between them, and nobody else's.
        for (const other of listAt(beside, device)) own.push(linkPoint(device, other));
      }
      if (own.length > 0) way = { fixed: ascending([...way.fixed, ...own]), through: way.through };
      known.set(device, way);
    }
    return way;
  }

  function linkPoint(a: number, b: number): number {
    const key = a < b ? `${String(a)} ${String(b)}` : `${String(b)} ${String(a)}`;
    let point = linkPoints.get(key);
    if (point === undefined) {
      // Twice as many numbers as devices leave room for the islands in between.
      point = 2 * names.length + linkPoints.size;
      linkPoints.set(key, point);
    }
    return point;
  }

  function beyond(member: number): readonly number[] {
    let points = beyondOf.get(member);
    if (points === undefined) {
      points = climb(member).fixed;
      beyondOf.set(member, points);
    }
    return points;
  }

  return { of, beyond, firstIsland };
}

/** Unions of the ways of several devices, each list of devices worked out once. */
function unions(): (devices: readonly number[], wayOf: (device: number) => WayUp) => WayUp {
  const lists = interning();
  const ways: WayUp[] = [];
  return (devices, wayOf) => {
    const number = lists.numberOf(devices);
    let way = ways[number];
    if (way === undefined) {
      const parts = devices.map(wayOf);
      way = {
        fixed: ascending(parts.flatMap(({ fixed }) => fixed)),
        through: ascending(parts.flatMap(({ through }) => through)),
      };
      ways[number] = way;
    }
    return way;
  };
}

/**
 * The sets of devices of the tier that one path from a to b needs; an empty set where a path needs none. No set
 * at all: they do not reach each other.
 */
export function paths(a: WayUp, b: WayUp, beyond: WaysUp["beyond"]): number[][] {
  if (haveCommon(a.fixed, b.fixed)) return [[]];
  const alone = new Set<number>();
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const member of from.through) {
      if (to.fixed.includes(member) || to.through.includes(member) || haveCommon(beyond(member), to.fixed)) {
        alone.add(member);
      }
    }
  }
  const found = [...alone].map((member) => [member]);
  for (const x of a.through) {
    if (alone.has(x)) continue;
    for (const z of b.through) {
      if (!alone.has(z) && haveCommon(beyond(x), beyond(z))) found.push([x, z]);
    }
  }
  return found;
}
