/**
 * The part of a removal's proof that is about pairs of devices: a device that stays has to reach every device it
 * reached before, because its servers' traffic enters there. Devices that look alike are asked about once.
 */
import { goingNames } from "./change.ts";
import type { Change, CutOff } from "./change.ts";
import { isEntry, nameOf, namesOn, of } from "./graph.ts";
import { meet } from "./reach.ts";
import type { Points } from "./reach.ts";
import type { Kind } from "./survey.ts";

/** A kind of devices whose ways up a removal changes. */
interface Affected {
  readonly kind: Kind;
  /** Its devices that are not removed. */
  readonly staying: readonly number[];
  readonly after: Points;
  /** It lost more than the removed devices themselves. */
  readonly isReshaped: boolean;
}

interface Loss {
  readonly one: Affected;
  readonly lost: readonly Kind[];
  /** The devices that are cut off from everybody. */
  readonly alone: readonly number[];
}

export function lostDevicePairs(change: Change): CutOff[] {
  const affected = affectedKinds(change);
  if (affected.length === 0) return [];
  const reshaped = new Map(affected.filter(({ isReshaped }) => isReshaped).map((each) => [each.kind, each]));
  const losses = affected.map((one): Loss => {
    const lost = lostBy(one, { reshaped, change });
    const isAlone = lost.length > 0 && lost.length === partnersOf(one, change);
    return {
      one,
      lost,
      alone: isAlone ? one.staying : one.staying.filter((device) => losesWayUp(change, device)),
    };
  });
  // Whoever is cut off from everybody explains all the pairs that he is part of.
  const alone = new Set(
    losses.flatMap(({ one, alone: some }) => (some.length === one.staying.length ? [one.kind] : [])),
  );
  const told = new Set<Kind>();
  return losses.flatMap((loss) => {
    const { kind } = loss.one;
    told.add(kind);
    const others = alone.has(kind) ? [] : loss.lost.filter((other) => !alone.has(other));
    return [
      ...isolated(change, loss.alone),
      // Of two kinds that are both affected the first one tells.
      ...others
        .filter((other) => other === kind || !told.has(other))
        .map((other) => partitioned(change, loss, other)),
    ];
  });
}

function affectedKinds(change: Change): Affected[] {
  const { after, going } = change;
  const numbers = new Set<number>();
  const entries = [...below(change)].filter(
    (device) => after.state.isIn(device) && isEntry(after.state.graph, device),
  );
  // Leaves carry for nobody else: most removals touch no device that stays.
  if (entries.length === 0) return [];
  const { kinds, kindOf } = change.survey();
  for (const device of entries) numbers.add(kindOf[device] ?? -1);
  return [...numbers].flatMap((number): Affected[] => {
    const kind = kinds[number];
    if (kind === undefined) return [];
    const staying = stayingOf(kind, change);
    const points = after.pointsOf(staying[0] ?? -1);
    const rest = kind.points.filter((point) => !going.has(point));
    const isReshaped = rest.length !== points.length || rest.some((point, place) => point !== points[place]);
    return [{ kind, staying, after: points, isReshaped }];
  });
}

function stayingOf({ devices }: Kind, { going }: Change): readonly number[] {
  return going.size > devices.length || devices.some((device) => going.has(device))
    ? devices.filter((device) => !going.has(device))
    : devices;
}

/** Devices whose ways up may change: everything below or beside what is removed. */
function below({ before, going }: Change): ReadonlySet<number> {
  const { flat, down, height, top, joined } = before.graph;
  const found = new Set(going);
  for (const device of going) {
    const beside = of(flat, device);
    for (const neighbour of beside) found.add(neighbour);
    // An island of the highest devices may fall apart, which everybody below it feels.
    if (beside.length > 0 && height[device] === top) for (const other of joined) found.add(other);
  }
  for (const here of found) for (const lower of of(down, here)) found.add(lower);
  return found;
}

/** The kinds that it reached before, would reach without each accepted device alone, and does not reach now. */
function lostBy(
  one: Affected,
  { reshaped, change }: { reshaped: ReadonlyMap<Kind, Affected>; change: Change },
): Kind[] {
  // What a kind that is not reshaped reaches is known from before, except for the removed devices.
  const lost = change
    .survey()
    .losers(one.kind.points, one.after)
    .filter((kind) => !reshaped.has(kind));
  for (const [kind, { after }] of reshaped) {
    if (meet(one.kind.points, kind.points) && !meet(one.after, after)) lost.push(kind);
  }
  return lost.filter((kind) => isBlamed(one, kind, change));
}

/** Whether somebody of both kinds stays, and no accepted device separates them alone. */
function isBlamed({ kind, staying }: Affected, other: Kind, change: Change): boolean {
  const [device = -1, next] = staying;
  const far = other === kind ? next : stayingOf(other, change)[0];
  return far !== undefined && change.excuses.every(({ pointsOf }) => meet(pointsOf(device), pointsOf(far)));
}

/** How many kinds it has to reach. */
function partnersOf(one: Affected, change: Change): number {
  return change
    .survey()
    .kinds.filter((other) => meet(one.kind.points, other.points) && isBlamed(one, other, change)).length;
}

/** Whether a leaf is left without any device above it, even if nobody else is known that it should reach. */
function losesWayUp({ before, after, excuses }: Change, device: number): boolean {
  const { height, up } = before.graph;
  // Leaves, borders and firewalls.
  if ((height[device] ?? 0) > 1) return false;
  const has = (isIn: (each: number) => boolean): boolean => of(up, device).some(isIn);
  return has(before.isIn) && !has(after.state.isIn) && excuses.every(({ state }) => has(state.isIn));
}

function isolated(change: Change, devices: readonly number[]): CutOff[] {
  const { graph } = change.before;
  const removed = goingNames(change);
  return devices.flatMap((device) =>
    namesOn(graph, device).map((endpoint): CutOff => {
      const message = `${endpoint} is cut off: ${nameOf(graph, device)} has no way into the fabric without ${removed.join(", ")}`;
      return { kind: "Isolated", endpoint, removed, message };
    }),
  );
}

function partitioned(change: Change, { one, alone }: Loss, other: Kind): CutOff {
  const { graph } = change.before;
  const a = one.staying.find((device) => !alone.includes(device)) ?? -1;
  const b = stayingOf(other, change).find((device) => device !== a) ?? a;
  const [from, to] = [nameOf(graph, a), nameOf(graph, b)];
  const endpoint = namesOn(graph, a)[0] ?? from;
  const far = namesOn(graph, b).find((name) => name !== endpoint) ?? to;
  const removed = goingNames(change);
  const message = `${endpoint} can no longer reach ${far}: no way from ${from} to ${to} without ${removed.join(", ")}`;
  return { kind: "Partitioned", endpoint, far, removed, message };
}
