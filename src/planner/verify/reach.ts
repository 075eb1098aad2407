/**
 * Who can reach whom in a fabric with some devices out, as a graph question and nothing else. A device reaches
 * another if a way up from the one and a way up from the other meet: traffic goes up and then down, never down
 * and up again through a leaf. Where they may meet are points: devices with something below them, islands of the
 * top devices that carry for each other, and the link between two neighbours of a lower height.
 */
import { of } from "./graph.ts";
import type { State } from "./graph.ts";

/** The points that a device's ways up lead to, in ascending order. */
export type Points = readonly number[];

export interface Reach {
  readonly state: State;
  readonly pointsOf: (device: number) => Points;
}

export function reachOf(state: State): Reach {
  const islands = islandsOf(state);
  const known = new Map<number, Points>();
  const pointsOf = (device: number): Points => {
    let points = known.get(device);
    if (points === undefined) {
      points = climb(device, state, islands);
      known.set(device, points);
    }
    return points;
  };
  return { state, pointsOf };
}

export function meet(a: Points, b: Points): boolean {
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const difference = (a[i] ?? 0) - (b[j] ?? 0);
    if (difference === 0) return true;
    if (difference < 0) i += 1;
    else j += 1;
  }
  return false;
}

/** Islands and links between neighbours are numbered above all devices. */
function climb(device: number, { graph, isIn }: State, islands: ReadonlyMap<number, number>): Points {
  const count = graph.topology.devices.length;
  const points = new Set<number>();
  const seen = new Set([device]);
  for (const here of seen) {
    if (of(graph.down, here).length > 0) points.add(here);
    const island = islands.get(here);
    if (island !== undefined) points.add(count + island);
    for (const above of of(graph.up, here)) if (isIn(above)) seen.add(above);
  }
  if (graph.height[device] !== graph.top) {
    for (const beside of of(graph.flat, device)) {
      if (isIn(beside)) points.add((2 + Math.min(device, beside)) * count + Math.max(device, beside));
    }
  }
  return [...points].toSorted((a, b) => a - b);
}

/** The island of each top device that has others beside it in service, by the least of its members. */
function islandsOf({ graph, isIn }: State): Map<number, number> {
  const islands = new Map<number, number>();
  for (const start of graph.joined) {
    if (islands.has(start) || !isIn(start)) continue;
    const island = new Set([start]);
    for (const here of island) for (const next of of(graph.flat, here)) if (isIn(next)) island.add(next);
    if (island.size > 1) for (const member of island) islands.set(member, start);
  }
  return islands;
}
