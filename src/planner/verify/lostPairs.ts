/**
 * The part of a removal's proof that is about pairs: a device that stays has to reach every device it reached
 * before (its servers' traffic enters there), and every endpoint every endpoint it reached before, by whatever
 * attachments are left. Devices and endpoints that look alike are asked about once.
 */
import type { Change, CutOff } from "./change.ts";
import { endpointsOn, namesOn } from "./change.ts";
import { append } from "../indexes.ts";
import { liveAttachments } from "./reachability.ts";
import type { FabricState, MeetingClasses } from "./reachability.ts";
import type { Endpoint } from "../topology/topology.ts";

export function lostPairs(change: Change): CutOff[] {
  const devices = lostDevicePairs(change);
  return [...devices, ...lostEndpointPairs(change)];
}

/** Devices that have the same ways up before, after, and without each accepted device. */
interface Kind {
  readonly before: number;
  readonly after: number;
  readonly excuses: readonly number[];
  readonly devices: string[];
}

function lostDevicePairs(change: Change): CutOff[] {
  const { before, after } = change;
  const { classes } = before.graph;
  // Leaves carry for nobody else: most removals touch no device that stays.
  if (![...change.affected].some((device) => isCarrier(after, device))) return [];
  const all = kindsOf(change);
  const found = all
    .filter((kind) => kind.before !== kind.after)
    .map((kind): Loss => {
      const partners = all.filter((other) => mustReach(kind, other, classes));
      const lost = partners.filter((other) => !classes.meet(kind.after, other.after));
      if (lost.length > 0 && lost.length === partners.length) return { kind, lost, alone: kind.devices };
      return { kind, lost, alone: kind.devices.filter((device) => losesWayUp(change, device)) };
    });
  // Whoever is cut off from everybody explains all the pairs that he is part of.
  const alone = new Set(
    found.filter((loss) => loss.alone.length === loss.kind.devices.length).map(({ kind }) => kind),
  );
  return found.flatMap((loss) => [
    ...isolated(change, loss.alone),
    ...(alone.has(loss.kind) ? [] : loss.lost)
      .filter((other) => !alone.has(other))
      .map((other) => partitioned(change, loss, other)),
  ]);
}

interface Loss {
  readonly kind: Kind;
  readonly lost: readonly Kind[];
  readonly alone: readonly string[];
}

/** They reach each other now and would without each accepted device alone. */
function mustReach(kind: Kind, other: Kind, classes: MeetingClasses): boolean {
  return (
    (other !== kind || kind.devices.length > 1) &&
    classes.meet(kind.before, other.before) &&
    kind.excuses.every((excuse, index) => classes.meet(excuse, other.excuses[index] ?? -1))
  );
}

/** Whether a leaf is left without any device above it, even if nobody else is known that it should reach. */
function losesWayUp({ before, after, excuses }: Change, device: string): boolean {
  const { layer, up } = before.graph;
  if ((layer.get(device) ?? 0) > 1) return false;
  const above = [...(up.get(device) ?? [])];
  const has = (state: FabricState): boolean => above.some((each) => state.inService(each));
  return has(before) && !has(after) && excuses.every(has);
}

function isolated({ before, going }: Change, devices: readonly string[]): CutOff[] {
  const removed = [...going];
  return devices.flatMap((device) =>
    namesOn(before, device).map((endpoint): CutOff => {
      const message = `${endpoint} is cut off: ${device} has no way into the fabric without ${removed.join(", ")}`;
      return { kind: "Isolated", endpoint, removed, message };
    }),
  );
}

function partitioned({ before, going }: Change, { kind, alone }: Loss, other: Kind): CutOff {
  const a = kind.devices.find((device) => !alone.includes(device)) ?? "";
  const b = other.devices.find((device) => device !== a) ?? a;
  const endpoint = namesOn(before, a)[0] ?? a;
  const far = namesOn(before, b).find((name) => name !== endpoint) ?? b;
  const removed = [...going];
  const message = `${endpoint} can no longer reach ${far}: no way from ${a} to ${b} without ${removed.join(", ")}`;
  return { kind: "Partitioned", endpoint, removed, message };
}

/** Devices in service where traffic enters: leaves, borders, firewalls, and whatever else has endpoints. */
function isCarrier({ graph, inService }: FabricState, device: string): boolean {
  return inService(device) && ((graph.layer.get(device) ?? 0) <= 1 || graph.endpointsOn.has(device));
}

const carriersOf = new WeakMap<FabricState, ReadonlyMap<number, readonly string[]>>();

/** Devices in service where traffic enters, by class: leaves, borders, firewalls, and what else has endpoints. */
function carriers(state: FabricState): ReadonlyMap<number, readonly string[]> {
  const known = carriersOf.get(state);
  if (known !== undefined) return known;
  const byClass = new Map<number, string[]>();
  for (const device of state.graph.layer.keys()) {
    if (isCarrier(state, device)) append(byClass, state.meetingClass(device), device);
  }
  carriersOf.set(state, byClass);
  return byClass;
}

function kindsOf({ before, after, affected, excuses }: Change): Kind[] {
  const kinds: Kind[] = [];
  const changed = new Map<string, Kind>();
  for (const [was, devices] of carriers(before)) {
    const same = devices.filter((device) => !affected.has(device));
    const unmoved = excuses.map(() => was);
    if (same.length > 0) kinds.push({ before: was, after: was, excuses: unmoved, devices: same });
    if (same.length === devices.length) continue;
    for (const device of devices) {
      if (!affected.has(device) || !after.inService(device)) continue;
      const is = after.meetingClass(device);
      const excused = excuses.map((excuse) => excuse.meetingClass(device));
      const key = `${String(was)} ${String(is)} ${excused.join(" ")}`;
      const known = changed.get(key);
      if (known === undefined)
        changed.set(key, { before: was, after: is, excuses: excused, devices: [device] });
      else known.devices.push(device);
    }
  }
  return [...kinds, ...changed.values()];
}

/**
 * Pairs of endpoints that keep attachments enough but not the right ones: the leaf that is left has no way to
 * the other's leaf. Where all devices with endpoints reached each other before, a device pair shows it.
 */
function lostEndpointPairs(change: Change): CutOff[] {
  const { before, after, going, excuses } = change;
  const { links, source } = before.graph.topology;
  // Where no link is declared and none was read, nothing can be said of paths.
  if ((links.length === 0 && source === "declarations") || allMeet(before)) return [];
  const affected = [...endpointsOn(before, going)].filter(
    (endpoint) => liveAttachments(after, endpoint).length > 0,
  );
  const cut: CutOff[] = [];
  const others = alike(before.graph.topology.endpoints, before);
  const touched = new Set(affected);
  for (const endpoint of alike(affected, before)) {
    for (const other of new Set([...others, ...touched])) {
      if (other === endpoint || !reach(before, endpoint, other) || reach(after, endpoint, other)) continue;
      if (liveAttachments(after, other).length === 0) continue;
      if (excuses.some((excuse) => !reach(excuse, endpoint, other))) continue;
      const lost = liveAttachments(before, endpoint).filter(({ device }) => going.has(device));
      const removed = [...new Set(lost.map(({ device }) => device))];
      const left = liveAttachments(after, endpoint).map(({ device }) => device);
      const message = `${endpoint.name} can no longer reach ${other.name}: there is no way from ${left.join(", ")}`;
      cut.push({ kind: "Partitioned", endpoint: endpoint.name, removed, message });
    }
  }
  return cut;
}

/** One endpoint of each set of devices that carry it. */
function alike(endpoints: readonly Endpoint[], state: FabricState): Endpoint[] {
  const byDevices = new Map<string, Endpoint>();
  for (const endpoint of endpoints) {
    const key = liveAttachments(state, endpoint)
      .map(({ device }) => device)
      .join(" ");
    if (!byDevices.has(key)) byDevices.set(key, endpoint);
  }
  return [...byDevices.values()];
}

function reach(state: FabricState, a: Endpoint, b: Endpoint): boolean {
  const { classes } = state.graph;
  return liveAttachments(state, a).some((from) =>
    liveAttachments(state, b).some(
      (to) =>
        from.device === to.device ||
        classes.meet(state.meetingClass(from.device), state.meetingClass(to.device)),
    ),
  );
}

const answers = new WeakMap<FabricState, boolean>();

function allMeet(state: FabricState): boolean {
  const known = answers.get(state);
  if (known !== undefined) return known;
  const { graph } = state;
  const kinds = new Set<number>();
  for (const device of graph.endpointsOn.keys()) {
    if (state.inService(device)) kinds.add(state.meetingClass(device));
  }
  const list = [...kinds];
  const answer = list.every((a, index) => list.slice(index).every((b) => graph.classes.meet(a, b)));
  answers.set(state, answer);
  return answer;
}
