/**
 * The parties that a tier leads to one another: entry devices that reach the rest of the fabric through the same
 * devices of the tier are one party. Where no device of the tier is needed between any two, there are none.
 */
import { append, ascending, emptyLists, haveCommon, interning, listAt } from "../indexes.ts";
import type { Lists } from "../indexes.ts";
import { entryDevices } from "./fabricGraph.ts";
import type { FabricGraph } from "./fabricGraph.ts";
import type { WayUp, WaysUp } from "./waysUp.ts";

/** Devices of one way up. */
export interface Side {
  /** The points it reaches without the tier. */
  readonly fixed: readonly number[];
  readonly devices: readonly number[];
}

export interface Party {
  readonly number: number;
  /** The devices of the tier above it; empty for those who only are on the far side for others. */
  readonly through: readonly number[];
  /** Of what it reaches without the tier, the points that devices of the tier lead to. */
  readonly anchors: readonly number[];
  readonly sides: readonly Side[];
  /** Equal numbers for parties that are the same to others: what is above their devices, and their anchors. */
  readonly signature: number;
}

export interface Parties {
  readonly all: readonly Party[];
  /** By device of the tier, the numbers of the parties that go through it. */
  readonly behind: ReadonlyMap<number, readonly number[]>;
  /** The parties of each signature. */
  readonly bySignature: Lists;
  /** By device of the tier, the number of what is above it; equal numbers for the same. */
  readonly classOf: ReadonlyMap<number, number>;
  /** What is above the devices of a class. */
  readonly beyondClass: Lists;
  /** For each signature the classes of its parties' devices, and the anchors. */
  readonly signatures: readonly {
    readonly classes: readonly number[];
    readonly anchors: readonly number[];
  }[];
}

export function partiesOf(graph: FabricGraph, members: readonly number[], ways: WaysUp): Parties | null {
  // Without anything below the tier nobody goes through it.
  if (!members.some((member) => graph.carriesOthers[member] === 1)) return null;
  const sidesOf = new Map<WayUp, number[]>();
  const sameWay = sharedWays();
  for (const device of entryDevices(graph)) append(sidesOf, sameWay(ways.of(device)), device);
  const classes = interning();
  const classOf = new Map(members.map((member) => [member, classes.numberOf(ways.beyond(member))]));
  const led = new Set(classes.lists.flat());
  const signatures = interning();
  const anchorLists = interning();
  const drafts = new Map<string, { through: readonly number[]; anchors: readonly number[]; sides: Side[] }>();
  const throughLists = interning();
  for (const [{ fixed, through }, devices] of sidesOf) {
    const anchors = fixed.filter((point) => led.has(point));
    if (through.length === 0 && anchors.length === 0) continue;
    const key = `${String(throughLists.numberOf(through))} ${String(anchorLists.numberOf(anchors))}`;
    const side = { fixed, devices };
    const draft = drafts.get(key);
    if (draft === undefined) drafts.set(key, { through, anchors, sides: [side] });
    else draft.sides.push(side);
  }
  const behind = new Map<number, number[]>();
  const bySignature: number[][] = [];
  const all = [...drafts.values()].map(({ through, anchors, sides }, number): Party => {
    for (const member of through) append(behind, member, number);
    const own = ascending(through.map((member) => classOf.get(member) ?? 0));
    const signature = signatures.numberOf([anchorLists.numberOf(anchors), ...own]);
    (bySignature[signature] ??= []).push(number);
    return { number, through, anchors, sides, signature };
  });
  return {
    all,
    behind,
    bySignature,
    classOf,
    beyondClass: classes.lists,
    signatures: signatures.lists.map(([anchors = 0, ...own]) => ({
      classes: own,
      anchors: listAt(anchorLists.lists, anchors),
    })),
  };
}

/** One object for equal ways. */
function sharedWays(): (way: WayUp) => WayUp {
  const lists = interning();
  const known = new Map<string, WayUp>();
  const seen = new Map<WayUp, WayUp>();
  return (way) => {
    let shared = seen.get(way);
    if (shared === undefined) {
      const key = `${String(lists.numberOf(way.fixed))} ${String(lists.numberOf(way.through))}`;
      shared = known.get(key) ?? way;
      known.set(key, shared);
      seen.set(way, shared);
    }
    return shared;
  };
}

/** Whether what is above the devices of two classes has a point in common; each pair is looked at once. */
export function classMeetings(beyondClass: Lists): (a: number, b: number) => boolean {
  const answers = emptyLists(beyondClass.length);
  return (a, b) => {
    const row = answers[a];
    const known = row?.[b];
    if (known !== undefined) return known === 1;
    const meet = haveCommon(listAt(beyondClass, a), listAt(beyondClass, b));
    if (row !== undefined) row[b] = Number(meet);
    return meet;
  };
}
