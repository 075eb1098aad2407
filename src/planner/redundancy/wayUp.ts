/**
 * How a device gets to where it may meet others while devices of one tier are being removed: what it reaches
 * without that tier, and which devices of the tier lead on to what.
 */
import type { UpwardGraph } from "./upwardGraph.ts";

/** Devices with the same way up share one of these. */
export interface WayUp {
  /** Meeting points that no device of the tier is needed for. */
  readonly fixed: ReadonlySet<string>;
  /** Devices of the tier above it. */
  readonly through: readonly string[];
}

export interface WaysUp {
  readonly of: (device: string) => WayUp;
  /** The meeting points at and above a device of the tier. */
  readonly beyond: (member: string) => ReadonlySet<string>;
}

export function waysUp(graph: UpwardGraph, tier: ReadonlySet<string>): WaysUp {
  const islands = topIslands(graph);
  const shared = new Map<string, WayUp>();
  const known = new Map<string, WayUp>();
  const beyondOf = new Map<string, ReadonlySet<string>>();

  function climb(start: string, isBarrier: (device: string) => boolean): WayUp {
    const fixed = new Set<string>();
    const through: string[] = [];
    const seen = new Set([start]);
    for (const here of seen) {
      if (here !== start && isBarrier(here)) {
        through.push(here);
        continue;
      }
      if (here !== start || graph.carriesOthers.has(here)) fixed.add(here);
      const island = islands.get(here);
      if (island !== undefined) fixed.add(island);
      for (const above of graph.above.get(here) ?? []) seen.add(above);
    }
    if ((graph.layer.get(start) ?? 0) < graph.top) {
      // Two neighbours of a lower layer reach each other over the link between them, and nobody else's.
      for (const other of graph.beside.get(start) ?? []) fixed.add([start, other].toSorted().join("|"));
    }
    return { fixed, through: through.toSorted() };
  }

  function of(device: string): WayUp {
    let way = known.get(device);
    if (way === undefined) {
      const climbed = climb(device, (here) => tier.has(here));
      const key = `${climbed.through.join(" ")}\n${[...climbed.fixed].toSorted().join(" ")}`;
      way = shared.get(key) ?? climbed;
      shared.set(key, way);
      known.set(device, way);
    }
    return way;
  }

  function beyond(member: string): ReadonlySet<string> {
    let points = beyondOf.get(member);
    if (points === undefined) {
      points = new Set([member, ...climb(member, () => false).fixed]);
      beyondOf.set(member, points);
    }
    return points;
  }

  return { of, beyond };
}

/**
 * The sets of devices of the tier that one path from a to b needs; an empty set where a path needs none. No set
 * at all: they do not reach each other.
 */
export function paths(a: WayUp, b: WayUp, beyond: WaysUp["beyond"]): string[][] {
  if (meet(a.fixed, b.fixed)) return [[]];
  const found: string[][] = [];
  const alone = new Set<string>();
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const member of from.through) {
      if (alone.has(member)) continue;
      if (meet(beyond(member), to.fixed) || (from === a && to.through.includes(member))) alone.add(member);
    }
  }
  for (const member of alone) found.push([member]);
  for (const x of a.through) {
    if (alone.has(x)) continue;
    for (const z of b.through) {
      if (!alone.has(z) && x !== z && meet(beyond(x), beyond(z))) found.push([x, z]);
    }
  }
  return found;
}

export function meet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  for (const point of small) if (large.has(point)) return true;
  return false;
}

/** The island of top-layer devices, joined by links among them, that a device belongs to. */
export function topIslands(graph: UpwardGraph): Map<string, string> {
  const islands = new Map<string, string>();
  for (const start of graph.beside.keys()) {
    if (graph.layer.get(start) !== graph.top || islands.has(start)) continue;
    const island = new Set([start]);
    for (const here of island) for (const next of graph.beside.get(here) ?? []) island.add(next);
    for (const member of island) islands.set(member, `island of ${start}`);
  }
  return islands;
}
