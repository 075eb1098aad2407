/**
 * Pairs of endpoints that keep attachments enough but not the right ones: the leaf that is left has no way to the
 * other's leaf. Where the devices of every endpoint reach the same others, a pair of devices shows it already.
 */
import { touchedEndpoints } from "./change.ts";
import type { Change, CutOff } from "./change.ts";
import { endpointAt, nameOf, of } from "./graph.ts";
import type { Graph, State } from "./graph.ts";
import { meet } from "./reach.ts";
import type { Reach } from "./reach.ts";
import type { Kind, Survey } from "./survey.ts";

/** Endpoints that are on the same devices, in service before the removal. */
interface Group {
  /** One of them. */
  readonly endpoint: number;
  readonly devices: readonly number[];
  /** Some of its devices reach others than the rest does. */
  readonly isUneven: boolean;
}

export interface Groups {
  readonly all: readonly Group[];
  readonly uneven: readonly Group[];
  /** For each endpoint its group. */
  readonly of: ReadonlyMap<number, Group>;
}

/** What does not depend on the removal; null where every two devices with endpoints reach each other. */
export function groupsOf(state: State, survey: Survey): Groups | null {
  const { graph } = state;
  const { kinds } = survey;
  const { links, source } = graph.topology;
  // Where no link is declared and none was read, nothing can be said of paths.
  if (links.length === 0 && source === "declarations") return null;
  const carries = ({ devices }: Kind): boolean =>
    devices.some((device) => of(graph.endpointsOn, device).length > 0);
  const strangersOf = new Map(
    kinds.filter(carries).map((kind) => [kind.number, survey.strangers(kind.points).filter(carries)]),
  );
  if ([...strangersOf.values()].every(({ length }) => length === 0)) return null;
  const texts = new Map(
    Array.from(strangersOf, ([number, strangers]) => [
      number,
      strangers.map((kind) => kind.number).join(" "),
    ]),
  );
  const reachText = (device: number): string => {
    // A device without any way up reaches itself only.
    if (survey.reach.pointsOf(device).length === 0) return `only ${String(device)}`;
    return texts.get(survey.kindOf[device] ?? -1) ?? "";
  };
  const byDevices = new Map<string, Group>();
  const groupOf = new Map<number, Group>();
  for (const endpoint of graph.topology.endpoints.keys()) {
    const devices = liveDevices(state, endpoint);
    const key = devices.join(" ");
    let group = byDevices.get(key);
    if (group === undefined) {
      const isUneven = new Set(devices.map(reachText)).size > 1;
      group = { endpoint, devices, isUneven };
      byDevices.set(key, group);
    }
    groupOf.set(endpoint, group);
  }
  const all = [...byDevices.values()];
  return { all, uneven: all.filter(({ isUneven }) => isUneven), of: groupOf };
}

function liveDevices({ graph, isIn }: State, endpoint: number): number[] {
  return [...new Set(of(graph.attachedTo, endpoint))].filter(isIn);
}

export function lostEndpointPairs(change: Change, groups: Groups): CutOff[] {
  const { before, after, going, excuses } = change;
  const { graph } = before;
  const affected = new Set(
    Array.from(touchedEndpoints(change)).flatMap((endpoint) => groups.of.get(endpoint) ?? []),
  );
  const survey = change.survey();
  const cut: CutOff[] = [];
  for (const group of affected) {
    const left = group.devices.filter(after.state.isIn);
    if (left.length === 0) continue;
    for (const other of group.isUneven ? groups.all : groups.uneven) {
      if (!reaches(survey.reach, group, other) || reaches(after, group, other)) continue;
      if (!other.devices.some(after.state.isIn)) continue;
      if (excuses.some((excuse) => !reaches(excuse, group, other))) continue;
      cut.push(partitioned(graph, { group, other, left, going }));
    }
  }
  return cut;
}

function reaches({ state, pointsOf }: Reach, a: Group, b: Group): boolean {
  return a.devices.some(
    (from) =>
      state.isIn(from) &&
      b.devices.some((to) => state.isIn(to) && (from === to || meet(pointsOf(from), pointsOf(to)))),
  );
}

function partitioned(
  graph: Graph,
  {
    group,
    other,
    left,
    going,
  }: { group: Group; other: Group; left: readonly number[]; going: ReadonlySet<number> },
): CutOff {
  const endpoint = endpointAt(graph, group.endpoint).name;
  const far = endpointAt(graph, other.endpoint).name;
  const removed = group.devices.filter((device) => going.has(device)).map((device) => nameOf(graph, device));
  const ways = left.map((device) => nameOf(graph, device)).join(", ");
  const message = `${endpoint} can no longer reach ${far}: there is no way from ${ways}`;
  return { kind: "Partitioned", endpoint, far, removed, message };
}
