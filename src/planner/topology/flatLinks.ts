/**
 * Rules for what the layers don't describe: devices of the top layer that carry for each other, and spines of
 * which no link is known. They go one at a time, which is always safe, and a device that alone joins two parts
 * is named.
 */
import { append } from "../indexes.ts";
import { sortedNames } from "../naturalOrder.ts";
import type { Requirement } from "../redundancy/requirement.ts";
import { edgeDevices } from "../redundancy/upwardGraph.ts";
import type { UpwardGraph } from "../redundancy/upwardGraph.ts";
import { meet, topIslands, waysUp } from "../redundancy/wayUp.ts";

export function flatRequirements(tier: ReadonlySet<string>, graph: UpwardGraph): Requirement[] {
  const islands = new Map<string, string[]>();
  for (const [device, island] of topIslands(graph)) {
    if (tier.has(device)) append(islands, island, device);
  }
  const requirements: Requirement[] = [];
  for (const members of islands.values()) {
    requirements.push(...oneByOne(members));
    for (const member of members) {
      const joints = soleJoint(member, graph);
      if (joints.length === 0) continue;
      requirements.push(...joints);
      // With the island in two, other rules can't tell any more who reaches whom: it goes alone.
      for (const other of tier) if (other !== member) requirements.push(...oneByOne([member, other]));
    }
  }
  const unlinked = [...tier].filter(
    (device) => (graph.layer.get(device) ?? 0) > 1 && !graph.linked.has(device),
  );
  requirements.push(...oneByOne(unlinked));
  return requirements;
}

function oneByOne(devices: readonly string[]): Requirement[] {
  if (devices.length < 2) return [];
  const members = sortedNames(devices);
  const ways = members.map((device) => [device]);
  const base = { kind: "OneByOne", subject: members.join(", "), alike: 0, names: [], sides: [] } as const;
  return [{ ...base, ways, minimum: members.length - 1 }];
}

/** Whether edge devices lose each other when this one device of the top layer is out. */
function soleJoint(member: string, graph: UpwardGraph): Requirement[] {
  const rest = cut(graph, member);
  const [before, after] = [waysUp(graph, new Set()), waysUp(rest, new Set())];
  const kinds = new Map<string, { was: ReadonlySet<string>; is: ReadonlySet<string>; devices: string[] }>();
  for (const device of edgeDevices(rest)) {
    const [was, is] = [before.of(device).fixed, after.of(device).fixed];
    const key = `${[...was].toSorted().join(" ")}\n${[...is].toSorted().join(" ")}`;
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, { was, is, devices: [device] });
    else known.devices.push(device);
  }
  const all = [...kinds.values()];
  return all.flatMap((kind, index) =>
    all.slice(index + 1).flatMap((other): Requirement[] => {
      if (!meet(kind.was, other.was) || meet(kind.is, other.is)) return [];
      const subject = `${kind.devices[0] ?? ""} to ${other.devices[0] ?? ""}`;
      const sides = [kind.devices, other.devices];
      return [{ kind: "Path", subject, alike: 0, names: [], sides, ways: [[member]], minimum: 1 }];
    }),
  );
}

function cut(graph: UpwardGraph, member: string): UpwardGraph {
  const keep = (index: UpwardGraph["above"]): UpwardGraph["above"] =>
    new Map(
      [...index]
        .filter(([device]) => device !== member)
        .map(([device, others]) => [device, new Set([...others].filter((other) => other !== member))]),
    );
  const inService = new Set([...graph.inService].filter((device) => device !== member));
  return { ...graph, inService, above: keep(graph.above), beside: keep(graph.beside) };
}
