/**
 * Islands: devices of the top layer that are joined by links among themselves and so may carry for each other
 * (a fabric of leaves only, spines with links between them).
 */
import { append, interning, listAt } from "../indexes.ts";
import type { FabricGraph } from "./fabricGraph.ts";
import { meetRows, unsetBits } from "./meetRows.ts";

/** For each device the number of its island, counted from 0; -1 for none. */
export type Islands = Int32Array;

export function topIslands({ names, layers, top, beside }: FabricGraph): Islands {
  const islands = new Int32Array(names.length).fill(-1);
  let count = 0;
  for (const start of names.keys()) {
    if (layers[start] !== top || islands[start] !== -1 || listAt(beside, start).length === 0) continue;
    const island = new Set([start]);
    for (const here of island) for (const next of listAt(beside, here)) island.add(next);
    for (const member of island) islands[member] = count;
    count += 1;
  }
  return islands;
}

/** The members of each island, by its number. */
export function islandMembers(islands: Islands): Map<number, number[]> {
  const members = new Map<number, number[]>();
  for (const [device, island] of islands.entries()) {
    if (island !== -1) append(members, island, device);
  }
  return members;
}

/**
 * The islands that somebody needs: without the links among their members two devices below would not reach each
 * other, or would not with one device of the tier out. Links that nobody needs carry nothing that a proof relies on,
 * so the other islands are dissolved: their members can then go out together.
 *
 * `reachOf`: the points that each entry device reaches, with island n as point `firstIsland` + n.
 */
export function neededIslands(
  islands: Islands,
  {
    tier,
    reachOf,
    firstIsland,
  }: {
    tier: readonly number[];
    reachOf: ReadonlyMap<number, readonly number[]>;
    firstIsland: number;
  },
): Islands {
  const below = new Map<number, Map<readonly number[], number[]>>();
  for (const [device, points] of reachOf) {
    for (const point of points) {
      if (point < firstIsland) continue;
      const lists = below.get(point - firstIsland) ?? new Map<readonly number[], number[]>();
      below.set(point - firstIsland, lists);
      append(lists, points, device);
    }
  }
  const needed = new Set<number>();
  for (const [island, lists] of below) {
    const reachedWithout = (member: number): Reached[] =>
      Array.from(lists, ([points, devices]) => ({
        points: points.filter((point) => point < firstIsland && point !== member),
        devices: devices.filter((device) => device !== member).length,
      })).filter(({ devices }) => devices > 0);
    if ([-1, ...tier].some((member) => haveStrangers(reachedWithout(member)))) needed.add(island);
  }
  return islands.map((island) => (needed.has(island) ? island : -1));
}

/** What so many devices reach. */
interface Reached {
  readonly points: readonly number[];
  readonly devices: number;
}

/** Whether two of the devices reach nothing in common. */
function haveStrangers(all: readonly Reached[]): boolean {
  const distinct = interning();
  const uses: number[] = [];
  for (const { points, devices } of all) {
    const number = distinct.numberOf(points);
    uses[number] = (uses[number] ?? 0) + devices;
  }
  return meetRows(distinct.lists).some((row, number) =>
    unsetBits(row, distinct.lists.length).some((other) => other !== number || (uses[number] ?? 0) > 1),
  );
}
