/**
 * Rules for what the layers don't describe: devices of the top layer that carry for each other, and spines of
 * which no link is known. They go one at a time, which is always safe, and a device that alone joins two parts
 * is named.
 */
import { interning, listAt } from "../indexes.ts";
import { entryDevices, nameOf } from "./fabricGraph.ts";
import type { FabricGraph } from "./fabricGraph.ts";
import { islandMembers, topIslands } from "./islands.ts";
import type { Islands } from "./islands.ts";
import { meetRows, unsetBits } from "./meetRows.ts";
import type { Requirement } from "./requirement.ts";
import { waysUp } from "./waysUp.ts";
import type { WaysUp } from "./waysUp.ts";

/** Two groups of devices that lose each other when a device goes alone. */
export type Parting = readonly [readonly number[], readonly number[]];

export interface OneByOne {
  readonly requirements: readonly Requirement[];
  /** What each device that alone joins two parts of its island parts. */
  readonly partings: ReadonlyMap<number, readonly Parting[]>;
}

/** `members`: the devices of the tier that are in service. */
export function oneByOne(
  graph: FabricGraph,
  { members, islands, whole }: { members: readonly number[]; islands: Islands; whole: WaysUp },
): OneByOne {
  const requirements: Requirement[] = [];
  const partings = new Map<number, readonly Parting[]>();
  const inTier = new Set(members);
  for (const island of islandMembers(islands).values()) {
    const own = island.filter((device) => inTier.has(device));
    if (own.length === 0) continue;
    requirements.push(...inTurn(graph, own));
    for (const member of own) {
      const parted = partedBy(graph, member, whole);
      if (parted.length === 0) continue;
      partings.set(member, parted);
      // With the island in two, other rules can't tell any more who reaches whom: it goes alone.
      for (const other of members) if (other !== member) requirements.push(...inTurn(graph, [member, other]));
    }
  }
  const isUnlinked = (device: number): boolean =>
    (graph.layers[device] ?? 0) > 1 && graph.linked[device] !== 1;
  requirements.push(...inTurn(graph, members.filter(isUnlinked)));
  return { requirements, partings };
}

function inTurn(graph: FabricGraph, devices: readonly number[]): Requirement[] {
  if (devices.length < 2) return [];
  const members = devices.toSorted((a, b) => a - b);
  return [
    {
      kind: "OneByOne",
      subject: members.map((member) => nameOf(graph, member)).join(", "),
      alike: 0,
      names: [],
      isolates: [],
      ways: members.map((device) => [device]),
      minimum: members.length - 1,
    },
  ];
}

/** The entry devices that lose each other when this one device of the top layer is out. */
function partedBy(graph: FabricGraph, member: number, whole: WaysUp): Parting[] {
  const rest = without(graph, member);
  const after = waysUp(rest, { isMember: () => false, islands: topIslands(rest) });
  const [wasLists, isLists] = [interning(), interning()];
  const kinds: { was: number; is: number; devices: number[] }[] = [];
  const known = new Map<string, number[]>();
  for (const device of entryDevices(rest)) {
    const was = wasLists.numberOf(whole.of(device).fixed);
    const is = isLists.numberOf(after.of(device).fixed);
    const key = `${String(was)} ${String(is)}`;
    const same = known.get(key);
    if (same !== undefined) {
      same.push(device);
      continue;
    }
    const devices = [device];
    known.set(key, devices);
    kinds.push({ was, is, devices });
  }
  const before = meetRows(kinds.map(({ was }) => listAt(wasLists.lists, was)));
  const now = meetRows(kinds.map(({ is }) => listAt(isLists.lists, is)));
  return kinds.flatMap(({ devices }, place) => {
    const strangers = now[place] === undefined ? [] : unsetBits(now[place], kinds.length);
    const strangersBefore = new Set(
      before[place] === undefined ? [] : unsetBits(before[place], kinds.length),
    );
    return strangers.flatMap((other): Parting[] => {
      const far = kinds[other];
      if (far === undefined || other < place || strangersBefore.has(other)) return [];
      return other === place && devices.length < 2 ? [] : [[devices, far.devices]];
    });
  });
}

function without(graph: FabricGraph, member: number): FabricGraph {
  const inService = Uint8Array.from(graph.inService);
  inService[member] = 0;
  const cut = (lists: FabricGraph["above"]): FabricGraph["above"] =>
    lists.map((list, device) =>
      device === member ? [] : list.includes(member) ? list.filter((other) => other !== member) : list,
    );
  return { ...graph, inService, above: cut(graph.above), beside: cut(graph.beside) };
}
