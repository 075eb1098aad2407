/**
 * The entry devices of a fabric by kind: devices with the same neighbours above are one. Says which kinds reach
 * which points, so that what a removal changes is found without asking about every two devices.
 */
import { isEntry, of } from "./graph.ts";
import type { Graph, State } from "./graph.ts";
import { meet, reachOf } from "./reach.ts";
import type { Points, Reach } from "./reach.ts";

export interface Kind {
  readonly number: number;
  readonly devices: readonly number[];
  readonly points: Points;
}

export interface Survey {
  readonly reach: Reach;
  readonly kinds: readonly Kind[];
  /** -1 for a device that is no entry, or out. */
  readonly kindOf: Int32Array;
  /** The kinds that meet somebody at the first points and not at the second. */
  readonly losers: (before: Points, after: Points) => Kind[];
  /** The kinds that meet nobody at the points. */
  readonly strangers: (points: Points) => Kind[];
}

export function surveyOf(state: State): Survey {
  const { graph } = state;
  const reach = reachOf(state);
  const kindOf = new Int32Array(graph.topology.devices.length).fill(-1);
  const kinds: { number: number; devices: number[]; points: Points }[] = [];
  const byKey = new Map<string, number>();
  for (const device of kindOf.keys()) {
    if (!state.isIn(device) || !isEntry(graph, device)) continue;
    const key = keyOf(graph, device);
    let number = byKey.get(key);
    if (number === undefined) {
      number = kinds.length;
      byKey.set(key, number);
      kinds.push({ number, devices: [], points: reach.pointsOf(device) });
    }
    kinds[number]?.devices.push(device);
    kindOf[device] = number;
  }
  return { reach, kinds, kindOf, ...meetings(kinds) };
}

/** Devices that are a point themselves, or have neighbours beside them, are like no other. */
function keyOf({ up, down, flat }: Graph, device: number): string {
  const isAlike = of(down, device).length + of(flat, device).length === 0;
  return isAlike ? of(up, device).join(" ") : `only ${String(device)}`;
}

/**
 * Points that many kinds reach have a row of bits, one per kind; sets of such points are few, and what they reach
 * together is worked out once for each.
 */
function meetings(kinds: readonly Kind[]): Pick<Survey, "losers" | "strangers"> {
  const words = Math.ceil(kinds.length / 32);
  const holders = new Map<number, number[]>();
  for (const { number, points } of kinds) {
    for (const point of points) {
      const own = holders.get(point);
      if (own === undefined) holders.set(point, [number]);
      else own.push(number);
    }
  }
  const holdersOf = (point: number): readonly number[] => holders.get(point) ?? [];
  const isWide = (point: number): boolean => holdersOf(point).length > words;
  const rows = new Map<string, Uint32Array>();
  function rowOf(points: Points): Uint32Array {
    const wide = points.filter(isWide);
    const key = wide.join(" ");
    let row = rows.get(key);
    if (row === undefined) {
      row = new Uint32Array(words);
      for (const kind of wide.flatMap(holdersOf)) row[kind >> 5] = (row[kind >> 5] ?? 0) | (1 << (kind & 31));
      rows.set(key, row);
    }
    return row;
  }
  const select = (numbers: Iterable<number>, isWanted: (kind: Kind) => boolean): Kind[] =>
    Array.from(numbers).flatMap((number) => {
      const kind = kinds[number];
      return kind !== undefined && isWanted(kind) ? [kind] : [];
    });
  return {
    losers: (before, after) => {
      const [was, is] = [rowOf(before), rowOf(after)];
      const found = new Set(was === is ? [] : bitsOf((word) => (was[word] ?? 0) & ~(is[word] ?? 0), words));
      const left = new Set(after);
      for (const point of before) {
        if (!left.has(point) && !isWide(point)) for (const kind of holdersOf(point)) found.add(kind);
      }
      return select(found, ({ points }) => meet(before, points) && !meet(after, points));
    },
    strangers: (points) => {
      const row = rowOf(points);
      return select(
        bitsOf((word) => ~(row[word] ?? 0), words),
        (kind) => !meet(points, kind.points),
      );
    },
  };
}

/** The numbers of the bits that are set in some words. */
function bitsOf(wordAt: (word: number) => number, words: number): number[] {
  const found: number[] = [];
  for (let word = 0; word < words; word += 1) {
    const bits = wordAt(word);
    for (let bit = 0; bits !== 0 && bit < 32; bit += 1)
      if (((bits >>> bit) & 1) === 1) found.push(word * 32 + bit);
  }
  return found;
}
