/**
 * Endpoints keep reaching each other by the attachments that stay. This says more than "keeps an attachment" only
 * where an endpoint's devices do not reach the same others, as on a leaf that has lost its uplinks.
 */
import { append, ascending, interning } from "../indexes.ts";
import { groupNames } from "./endpointGroups.ts";
import type { EndpointGroup } from "./endpointGroups.ts";
import type { FabricGraph } from "./fabricGraph.ts";
import { meetRows } from "./meetRows.ts";
import type { Requirement } from "./requirement.ts";
import { paths } from "./waysUp.ts";
import type { WayUp, WaysUp } from "./waysUp.ts";

/** All endpoints that are on the same devices, whatever their minimum. */
interface Group {
  readonly parts: EndpointGroup[];
  readonly devices: readonly number[];
}

export function endpointPathRequirements(
  graph: FabricGraph,
  {
    groups: allGroups,
    isMember,
    ways,
  }: { groups: readonly EndpointGroup[]; isMember: (device: number) => boolean; ways: WaysUp },
): Requirement[] {
  const { links, source } = graph.topology;
  // Where no link is declared and none was read, nothing can be said of paths.
  if (source === "declarations" && links.length === 0) return [];
  const groups = byDevices(allGroups);
  const isTouched = ({ devices }: Group): boolean => devices.some(isMember);
  if (!groups.some(isTouched)) return [];
  const reach = reachTexts(groups, ways);
  /** Some way of it leads over a device of the tier, which others do not need. */
  const leadsOver = ({ devices }: Group): boolean =>
    devices.some((device) => ways.of(device).through.length > 0);
  const isUneven = (group: Group): boolean =>
    new Set(group.devices.map((device) => reach.get(device))).size > 1 || leadsOver(group);
  const uneven = new Set(groups.filter(isUneven));
  const finished = new Set<Group>();
  const requirements: Requirement[] = [];
  for (const group of uneven) {
    if (!isTouched(group)) continue;
    finished.add(group);
    const done = new Set<string>();
    for (const other of groups) {
      if (finished.has(other)) continue;
      const found =
        uneven.has(other) || leadsOver(group)
          ? pairWays(group, other, { isMember, ways })
          : reaching(group, other, ways).map((device) => (isMember(device) ? [device] : []));
      const key = found.map((way) => way.join("+")).join(" ");
      if (found.length === 0 || found.some((way) => way.length === 0) || done.has(key)) continue;
      done.add(key);
      const [names, far] = [namesOf(graph, group), namesOf(graph, other)];
      requirements.push({
        kind: "Path",
        subject: `${names[0] ?? ""} to ${far[0] ?? ""}`,
        alike: 0,
        names: uneven.has(other) ? [...names, ...far] : names,
        isolates: [],
        ways: found,
        minimum: 1,
      });
    }
  }
  return requirements;
}

function byDevices(groups: readonly EndpointGroup[]): Group[] {
  const lists = interning();
  const found: Group[] = [];
  for (const part of groups) {
    const devices = ascending(part.devices);
    (found[lists.numberOf(devices)] ??= { devices, parts: [] }).parts.push(part);
  }
  return found;
}

function namesOf(graph: FabricGraph, { parts }: Group): string[] {
  return parts.flatMap((part) => groupNames(graph, part));
}

/**
 * For each device with endpoints a text of what it reaches; equal texts, equal reach. Where every device meets every
 * other without the tier, which is the rule, there is one text only.
 */
function reachTexts(groups: readonly Group[], ways: WaysUp): Map<number, string> {
  const kinds = new Map<WayUp, number[]>();
  for (const device of new Set(groups.flatMap((group) => group.devices)))
    append(kinds, ways.of(device), device);
  const list = [...kinds.keys()];
  // Two ways meet if they have a fixed point, a device of the tier, or a point beyond such devices in common.
  const rows = meetRows(
    list.map(({ fixed, through }) => [...fixed, ...through, ...through.flatMap(ways.beyond)]),
  );
  const reach = new Map<number, string>();
  for (const [place, devices] of [...kinds.values()].entries()) {
    const way = list[place];
    // A device without any way up reaches itself only.
    const isAlone = way?.through.length === 0 && way.fixed.length === 0;
    const text = rows[place]?.join(" ") ?? "";
    for (const device of devices) reach.set(device, isAlone ? `${String(device)} alone` : text);
  }
  return reach;
}

function reaching({ devices }: Group, other: Group, ways: WaysUp): readonly number[] {
  return devices.filter((device) =>
    other.devices.some(
      (far) => far === device || paths(ways.of(device), ways.of(far), ways.beyond).length > 0,
    ),
  );
}

function pairWays(
  group: Group,
  other: Group,
  { isMember, ways }: { isMember: (device: number) => boolean; ways: WaysUp },
): (readonly number[])[] {
  return group.devices.flatMap((from) =>
    other.devices.flatMap((to) => {
      const between = from === to ? [[]] : paths(ways.of(from), ways.of(to), ways.beyond);
      const ends = [from, to].filter(isMember);
      return between.map((path) => ascending([...path, ...ends]));
    }),
  );
}
