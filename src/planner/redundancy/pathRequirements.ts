/**
 * Rules about paths: what reaches each other with the tier in service must do so with some of it out. Devices
 * with the same way up are treated as one, and so are endpoints on the same devices.
 */
import { append } from "../indexes.ts";
import type { Requirement } from "./requirement.ts";
import type { Endpoint, Topology } from "../topology/topology.ts";
import { edgeDevices, liveDevices, uplinksOf } from "./upwardGraph.ts";
import type { UpwardGraph } from "./upwardGraph.ts";
import { paths, waysUp } from "./wayUp.ts";
import type { WayUp, WaysUp } from "./wayUp.ts";

/** Edge devices that stay in service keep reaching each other. */
export function pathRequirements(tier: ReadonlySet<string>, graph: UpwardGraph): Requirement[] {
  const ways = waysUp(graph, tier);
  const sides = new Map<WayUp, string[]>();
  for (const device of edgeDevices(graph)) append(sides, ways.of(device), device);
  const all = [...sides.entries()].map(([way, devices]): Side => ({ way, devices }));
  const requirements: Requirement[] = [];
  for (const [index, side] of all.entries()) {
    if (isHeldByUplinksOnly(side, graph)) requirements.push(...keepsOne(side));
    for (const other of all.slice(index + 1)) {
      const requirement = pathsBetween([side, other], { tier, ways });
      if (requirement !== null) requirements.push(requirement);
    }
  }
  return requirements;
}

interface Side {
  readonly way: WayUp;
  readonly devices: readonly string[];
}

/** Where the tier is not next above the devices, the rule about their own uplinks does not speak of it. */
function isHeldByUplinksOnly({ way, devices }: Side, graph: UpwardGraph): boolean {
  if (way.fixed.size > 0 || way.through.length === 0) return false;
  const [device = ""] = devices;
  const uplinks = new Set(uplinksOf(graph, device));
  return (graph.layer.get(device) ?? 0) > 1 || !way.through.every((member) => uplinks.has(member));
}

function keepsOne({ way, devices }: Side): Requirement[] {
  const [subject = ""] = devices;
  const found = way.through.map((member) => [member]);
  return [
    {
      kind: "Path",
      subject,
      alike: devices.length - 1,
      names: [],
      sides: [devices],
      ways: found,
      minimum: 1,
    },
  ];
}

function pathsBetween(
  [a, b]: readonly [Side, Side],
  { tier, ways }: { tier: ReadonlySet<string>; ways: WaysUp },
): Requirement | null {
  const [left, right] = [a.way.through, b.way.through];
  if (left.length + right.length === 0) return null;
  // An end that is of the tier itself needs no path once it is out.
  const ends = new Set([...a.devices, ...b.devices].filter((device) => tier.has(device)));
  const found = paths(a.way, b.way, ways.beyond).map((path) => path.filter((device) => !ends.has(device)));
  if (found.length === 0 || found.some((path) => path.length === 0)) return null;
  // Any device above the one together with any above the other: then it is enough that both keep one each.
  const isComplete = found.every((path) => path.length <= 2) && coversAll(found, left, right);
  if (isComplete && a.way.fixed.size + b.way.fixed.size === 0) return null;
  const [from = ""] = a.devices;
  const [to = ""] = b.devices;
  return {
    kind: "Path",
    subject: `${from} to ${to}`,
    alike: 0,
    names: [],
    sides: [a.devices, b.devices],
    ways: found,
    minimum: 1,
  };
}

function coversAll(found: readonly string[][], left: readonly string[], right: readonly string[]): boolean {
  const keys = new Set(found.map((path) => path.join(" ")));
  return left.every((x) =>
    right.every((z) => keys.has(x) || keys.has(z) || keys.has(`${x} ${z}`) || keys.has(`${z} ${x}`)),
  );
}

/**
 * Endpoints keep reaching each other by the attachments that stay. This says more than "keeps an attachment"
 * only where an endpoint's devices do not reach the same others, as on a leaf that has lost its uplinks.
 */
export function endpointPathRequirements(
  topology: Topology,
  tier: ReadonlySet<string>,
  graph: UpwardGraph,
): Requirement[] {
  const groups = groupEndpoints(topology, graph);
  const isTouched = ({ devices }: EndpointGroup): boolean => devices.some((device) => tier.has(device));
  // Where no link is declared and none was read, nothing can be said of paths.
  const isSilent = topology.source === "declarations" && topology.links.length === 0;
  if (isSilent || !groups.some(isTouched)) return [];
  const ways = waysUp(graph, tier);
  const rows = reachRows(groups, ways);
  if (rows === null) return [];
  const uneven = new Set(
    groups.filter(
      ({ devices }) =>
        new Set(devices.map((device) => rows.get(device))).size > 1 ||
        devices.some((device) => ways.of(device).through.length > 0),
    ),
  );
  const finished = new Set<EndpointGroup>();
  const requirements: Requirement[] = [];
  for (const group of uneven) {
    if (!isTouched(group)) continue;
    finished.add(group);
    const done = new Set<string>();
    for (const other of groups) {
      if (finished.has(other)) continue;
      const found = uneven.has(other)
        ? pairWays(group, other, { tier, ways })
        : reaching(group, other, ways).map((device) => (tier.has(device) ? [device] : []));
      const key = found.map((way) => way.join("+")).join(" ");
      if (found.length === 0 || found.some((way) => way.length === 0) || done.has(key)) continue;
      done.add(key);
      requirements.push({
        kind: "Path",
        subject: `${group.first} to ${other.first}`,
        alike: 0,
        names: uneven.has(other) ? [...group.names, ...other.names] : group.names,
        sides: [],
        ways: found,
        minimum: 1,
      });
    }
  }
  return requirements;
}

/** All endpoints that are on the same devices. */
interface EndpointGroup {
  readonly first: string;
  readonly names: string[];
  readonly devices: readonly string[];
}

function groupEndpoints({ endpoints }: Topology, graph: UpwardGraph): EndpointGroup[] {
  const groups = new Map<string, EndpointGroup>();
  for (const endpoint of endpoints) {
    const devices = distinctDevices(endpoint, graph);
    if (devices.length === 0) continue;
    const key = devices.join(" ");
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { first: endpoint.name, names: [endpoint.name], devices });
    else known.names.push(endpoint.name);
  }
  return [...groups.values()];
}

function distinctDevices(endpoint: Endpoint, graph: UpwardGraph): string[] {
  return [...new Set(liveDevices(endpoint, graph))].toSorted();
}

/**
 * For each device with endpoints which ways up it meets, as a text; equal texts, equal reach. Null where every
 * device meets every other, which is the rule.
 */
function reachRows(groups: readonly EndpointGroup[], ways: WaysUp): Map<string, string> | null {
  const devices = new Set(groups.flatMap((group) => group.devices));
  const kinds = [...new Set([...devices].map((device) => ways.of(device)))];
  const row = new Map<WayUp, string>();
  let even = true;
  for (const kind of kinds) {
    const reached = kinds.map((other) => paths(kind, other, ways.beyond).length > 0);
    if (reached.includes(false)) even = false;
    row.set(kind, reached.map(Number).join(""));
  }
  if (even && kinds.every(({ through }) => through.length === 0)) return null;
  const rows = new Map<string, string>();
  for (const device of devices) {
    const kind = ways.of(device);
    // A device without any way up reaches itself only.
    const alone = kind.through.length === 0 && kind.fixed.size === 0;
    rows.set(device, alone ? `${device} alone` : (row.get(kind) ?? ""));
  }
  return rows;
}

function reaching(group: EndpointGroup, other: EndpointGroup, ways: WaysUp): readonly string[] {
  return group.devices.filter((device) =>
    other.devices.some(
      (far) => far === device || paths(ways.of(device), ways.of(far), ways.beyond).length > 0,
    ),
  );
}

function pairWays(
  group: EndpointGroup,
  other: EndpointGroup,
  { tier, ways }: { tier: ReadonlySet<string>; ways: WaysUp },
): string[][] {
  return group.devices.flatMap((from) =>
    other.devices.flatMap((to) => {
      const between = from === to ? [[]] : paths(ways.of(from), ways.of(to), ways.beyond);
      const ends = [from, to].filter((device) => tier.has(device));
      return between.map((path) => [...new Set([...path, ...ends])].toSorted());
    }),
  );
}
