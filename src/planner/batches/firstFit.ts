/** Greedy assignments: each device goes into the first batch that takes it, in one order or another. */
import { listAt } from "../indexes.ts";
import type { Lists } from "../indexes.ts";
import { fits, join, openBatch } from "./packing.ts";
import type { OpenBatch, Packing } from "./packing.ts";

export function firstFit(packing: Packing, order: readonly number[]): OpenBatch[] {
  const batches: OpenBatch[] = [];
  // Batches before this one are full; without the mark, thousands of them would be asked again and again.
  let firstOpen = 0;
  for (const device of order) {
    let target: OpenBatch | undefined;
    for (let place = firstOpen; place < batches.length && target === undefined; place += 1) {
      const batch = batches[place];
      if (batch !== undefined && fits(packing, batch, device)) target = batch;
    }
    if (target === undefined) {
      target = openBatch();
      batches.push(target);
    }
    join(packing, target, device);
    while ((batches[firstOpen]?.members.size ?? 0) >= packing.capacity) firstOpen += 1;
  }
  return batches;
}

/** The slowest first, so that they share batches; among equals by name. */
export function slowestFirst({ seconds }: Packing, devices: readonly number[]): number[] {
  return devices.toSorted((a, b) => (seconds[b] ?? 0) - (seconds[a] ?? 0) || a - b);
}

/**
 * Orders to fill batches in, each worth a try where the ones before did not do: by colour or by how constrained
 * a device is, once the slowest first and once without regard to time, then shuffled.
 */
export function* furtherOrders(
  packing: Packing,
  { devices, conflicts }: { devices: readonly number[]; conflicts: Lists },
): Generator<number[]> {
  const { seconds } = packing;
  const colours = colourOf(devices, conflicts);
  const colour = (device: number): number => colours.get(device) ?? 0;
  const degree = (device: number): number => listAt(conflicts, device).length;
  const time = (device: number): number => seconds[device] ?? 0;
  yield devices.toSorted((a, b) => time(b) - time(a) || colour(a) - colour(b) || a - b);
  yield devices.toSorted((a, b) => time(b) - time(a) || degree(b) - degree(a) || a - b);
  yield devices.toSorted((a, b) => colour(a) - colour(b) || time(b) - time(a) || a - b);
  yield devices.toSorted((a, b) => degree(b) - degree(a) || time(b) - time(a) || a - b);
  if (devices.length > SHUFFLED_DEVICES) return;
  const next = sequence();
  for (let turn = 0; turn < SHUFFLES; turn += 1) {
    const key = new Map(devices.map((device) => [device, next()]));
    yield devices.toSorted((a, b) => time(b) - time(a) || (key.get(a) ?? 0) - (key.get(b) ?? 0));
  }
}

/** Up to so many devices shuffled orders are tried, and how many of them. */
const SHUFFLED_DEVICES = 200;
const SHUFFLES = 8;

/** Numbers without a pattern, the same in every run (a linear congruential generator modulo 2³²). */
function sequence(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
}

/**
 * Colours devices so that no two in conflict have the same, always the device with the fewest colours left next
 * (DSATUR). Where two colours do, as for pairs of leaves, it finds two.
 */
function colourOf(devices: readonly number[], conflicts: Lists): Map<number, number> {
  const colours = new Map<number, number>();
  const seen = new Map<number, Set<number>>();
  // Devices that see n colours wait in queue n, the most constrained first.
  const queues: Set<number>[] = [
    new Set(devices.toSorted((a, b) => listAt(conflicts, b).length - listAt(conflicts, a).length || a - b)),
  ];
  let most = 0;
  while (colours.size < devices.length) {
    while (most > 0 && (queues[most]?.size ?? 0) === 0) most -= 1;
    const [device] = queues[most] ?? [];
    if (device === undefined) break;
    queues[most]?.delete(device);
    const taken = seen.get(device);
    let colour = 0;
    while (taken?.has(colour) === true) colour += 1;
    colours.set(device, colour);
    for (const other of listAt(conflicts, device)) {
      if (colours.has(other)) continue;
      const known = seen.get(other) ?? new Set();
      seen.set(other, known);
      if (known.has(colour)) continue;
      queues[known.size]?.delete(other);
      known.add(colour);
      (queues[known.size] ??= new Set()).add(other);
      most = Math.max(most, known.size);
    }
  }
  return colours;
}
