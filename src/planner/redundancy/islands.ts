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
 * other, or would not with one of the members out. Links that nobody needs carry nothing that a proof relies on,
 * so the other islands are dissolved: their members can then go out together.
 *
 * `reachOf`: the points that each entry device reaches, with island n as point `firstIsland` + n.
 */
export function neededIslands(
  islands: Islands,
  { reachOf, firstIsland }: { reachOf: ReadonlyMap<number, readonly number[]>; firstIsland: number },
): Islands {
  const members = islandMembers(islands);
  if (members.size === 0) return islands;
  const below = new Map<number, number[]>();
  for (const [device, points] of reachOf) {
    for (const point of points) if (point >= firstIsland) append(below, point - firstIsland, device);
  }
  const needed = new Set<number>();
  for (const [island, own] of members) {
    const devices = below.get(island) ?? [];
    const setsWithout = (member: number): (readonly number[])[] =>
      devices
        .filter((device) => device !== member)
        .map((device) =>
          (reachOf.get(device) ?? []).filter((point) => point < firstIsland && point !== member),
        );
    if ([-1, ...own].some((member) => haveStrangers(setsWithout(member)))) needed.add(island);
  }
  return islands.map((island) => (needed.has(island) ? island : -1));
}

/** Whether two of the sets have nothing in common. */
function haveStrangers(sets: readonly (readonly number[])[]): boolean {
  const distinct = interning();
  const uses: number[] = [];
  for (const set of sets) {
    const number = distinct.numberOf(set);
    uses[number] = (uses[number] ?? 0) + 1;
  }
  return meetRows(distinct.lists).some((row, number) =>
    unsetBits(row, distinct.lists.length).some((other) => other !== number || (uses[number] ?? 0) > 1),
  );
}
