/**
 * Whether the uplinks that stay can carry what all of them carry now (FX-2). Rates are of the moment in which they were
 * read; a device that did not say its rates is not judged.
 */
import type { PortLoad } from "../api/discovery.ts";
import type { PlanWarning } from "../api/plan.ts";
import { listed } from "./naturalOrder.ts";
import type { Batch } from "./batches/batches.ts";
import { nameOf } from "./redundancy/fabricGraph.ts";
import type { FabricGraph } from "./redundancy/fabricGraph.ts";

/** The links to one neighbour above. */
interface Uplink {
  readonly neighbour: number;
  speed: number;
  input: number;
  output: number;
}

/** By device, its working uplinks with their rates; devices of which some rate is not known are missing. */
export type Uplinks = ReadonlyMap<number, readonly Uplink[]>;

export function uplinksOf(graph: FabricGraph, loads: Readonly<Record<string, readonly PortLoad[]>>): Uplinks {
  const ports = new Map(
    Object.entries(loads).flatMap(([device, own]) =>
      own.map((load) => [`${device}/${load.interface}`, load] as const),
    ),
  );
  const found = new Map<number, Map<number, Uplink>>();
  const unknown = new Set<number>();
  for (const { a, b, up } of graph.topology.links) {
    const [x, y] = [graph.numberOf.get(a.device) ?? -1, graph.numberOf.get(b.device) ?? -1];
    const isUp = up && graph.inService[x] === 1 && graph.inService[y] === 1;
    const rise = (graph.layers[y] ?? 0) - (graph.layers[x] ?? 0);
    if (!isUp || rise === 0) continue;
    const [device, neighbour, port] = rise > 0 ? [x, y, a] : [y, x, b];
    const load = ports.get(`${port.device}/${port.interface}`);
    if (load === undefined) {
      unknown.add(device);
      continue;
    }
    const own = found.get(device) ?? new Map<number, Uplink>();
    found.set(device, own);
    const uplink = own.get(neighbour) ?? { neighbour, speed: 0, input: 0, output: 0 };
    own.set(neighbour, uplink);
    uplink.speed += load.speedBitsPerSecond;
    uplink.input += load.inputBitsPerSecond;
    uplink.output += load.outputBitsPerSecond;
  }
  for (const device of unknown) found.delete(device);
  return new Map(Array.from(found, ([device, own]) => [device, [...own.values()]]));
}

/** What a device carries over its uplinks, in the direction that is busier. */
function loadOf(uplinks: readonly Uplink[]): number {
  const sum = (rate: (uplink: Uplink) => number): number =>
    uplinks.reduce((total, uplink) => total + rate(uplink), 0);
  return Math.max(
    sum(({ input }) => input),
    sum(({ output }) => output),
  );
}

/**
 * How many neighbours above each device has to keep, so that its load leaves that much room, whichever they are. At
 * least one may always go: what is short then is told.
 */
export function uplinksNeeded(uplinks: Uplinks, minHeadroomPercent: number): Map<number, number> {
  const needed = new Map<number, number>();
  for (const [device, own] of uplinks) {
    const room = loadOf(own) / (1 - minHeadroomPercent / 100);
    let capacity = 0;
    let count = 0;
    for (const { speed } of own.toSorted((a, b) => a.speed - b.speed)) {
      if (capacity >= room) break;
      capacity += speed;
      count += 1;
    }
    needed.set(device, Math.min(count, own.length - 1));
  }
  return needed;
}

/** One for each batch in which devices keep less than their load and the headroom need. */
export function shortages(
  batches: readonly Batch[],
  {
    graph,
    uplinks,
    minHeadroomPercent,
  }: { graph: FabricGraph; uplinks: Uplinks; minHeadroomPercent: number },
): PlanWarning[] {
  const below = new Map<number, number[]>();
  for (const [device, own] of uplinks) {
    for (const { neighbour } of own) {
      const devices = below.get(neighbour);
      if (devices === undefined) below.set(neighbour, [device]);
      else devices.push(device);
    }
  }
  return batches.flatMap(({ devices: members }, place): PlanWarning[] => {
    const going = new Set(members);
    const touched = [...new Set(members.flatMap((member) => below.get(member) ?? []))].toSorted(
      (a, b) => a - b,
    );
    const short = touched.flatMap((device) => {
      const own = uplinks.get(device) ?? [];
      const left = own.filter(({ neighbour }) => !going.has(neighbour));
      const capacity = left.reduce((sum, { speed }) => sum + speed, 0);
      const load = loadOf(own);
      // Whoever keeps no uplink at all is exposed, which says more.
      const isFine = left.length === 0 || load <= capacity * (1 - minHeadroomPercent / 100);
      return isFine ? [] : [{ name: nameOf(graph, device), load, capacity }];
    });
    const [first] = short;
    if (first === undefined) return [];
    const names = short.map(({ name }) => name);
    const headroom = minHeadroomPercent === 0 ? "" : `, with ${String(minHeadroomPercent)} % to spare`;
    const message = `batch ${String(place + 1)}: the uplinks that stay are too slow for what ${listed(names)} ${names.length === 1 ? "carries" : "carry"} now${headroom}; ${first.name} has ${gigabits(first.capacity)} left for ${gigabits(first.load)}`;
    return [{ reason: "CapacityShort", devices: names, message }];
  });
}

function gigabits(bitsPerSecond: number): string {
  return `${(bitsPerSecond / 1e9).toFixed(1)} Gbit/s`;
}
