/**
 * Random fabrics to compare planners on. Realistic ones: servers on pairs of leaves, two to four spines a pod,
 * super-spines above several pods, now and then a border, a broken cable, a device out of service. Odd ones: every
 * leaf of one row paired with every leaf of another but its own partner, rings of pairs, segments on many leaves.
 * Half of all have slow and quick devices side by side. The same number gives the same fabric.
 */
import type { Tier } from "../src/api/plan.ts";
import { esi } from "../test/planner/support.ts";
import type { World, WorldDevice, WorldServer } from "../test/planner/support.ts";

export interface RandomFabric {
  readonly isRealistic: boolean;
  /** Its devices stand in the order that a planner that takes them in list order finds. */
  readonly world: World;
  readonly selected: readonly string[];
  readonly outOfService: readonly string[];
  readonly maxBatchSize: number;
  readonly secondsOf: (device: string) => number;
}

/** Whole numbers below a limit, without a pattern, the same for the same seed (mulberry32). */
type Dice = (limit: number) => number;

function dice(seed: number): Dice {
  let state = Math.imul(seed + 1, 0x9e37_79b1);
  return (limit) => {
    state = (state + 0x6d2b_79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** The odd numbers are odd. */
export function randomFabric(number: number): RandomFabric {
  const roll = dice(number);
  const isRealistic = number % 2 === 0;
  const world = isRealistic ? podFabric(roll) : oddFabric(roll);
  const names = world.devices.map(({ name }) => name);
  return {
    isRealistic,
    world: roll(2) === 0 ? world : { ...world, devices: shuffled(world.devices, roll) },
    selected: selection(world, roll),
    outOfService: roll(6) === 0 ? [pick(names, roll)] : [],
    maxBatchSize: pick([2, 3, 4, 4, 4, 5, 8, 16], roll),
    secondsOf: times(world, { isRealistic, roll }),
  };
}

function pick<Item>(items: readonly [Item, ...Item[]] | readonly Item[], roll: Dice): Item {
  const item = items[roll(items.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}

function shuffled<Item>(items: readonly Item[], roll: Dice): Item[] {
  return items
    .map((item) => ({ item, key: roll(1_000_000_000) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** Everything, one tier, or the devices of a few pods. */
function selection({ devices }: World, roll: Dice): string[] {
  const names = (some: readonly WorldDevice[]): string[] => some.map(({ name }) => name);
  switch (roll(6)) {
    case 0: {
      const tier = pick(devices, roll).role;
      return names(devices.filter(({ role }) => role === tier));
    }
    case 1: {
      const some = devices.filter(() => roll(4) > 0);
      return names(some.length > 0 ? some : devices);
    }
    default:
      return names(devices);
  }
}

/** In realistic fabrics the two leaves of a pair are of one model, and so are the spines. */
function times(
  { devices }: World,
  { isRealistic, roll }: { isRealistic: boolean; roll: Dice },
): (device: string) => number {
  if (roll(2) === 0) return () => 1200;
  const models = isRealistic ? [1200, 1200, 2400] : [1200, 1800, 2400];
  const seconds = new Map<string, number>();
  for (const { name, role } of devices) {
    const model = isRealistic ? (role === "Leaf" ? pairOf(name) : role) : name;
    const known = seconds.get(model) ?? pick(models, roll);
    seconds.set(model, known);
    seconds.set(name, known);
  }
  return (device) => seconds.get(device) ?? 1200;
}

/** `p1-leaf3` and `p1-leaf4` are a pair. */
function pairOf(leaf: string): string {
  const [, pod = "", number = "0"] = /^(.*)leaf(\d+)$/.exec(leaf) ?? [];
  return `${pod}pair${String(Math.ceil(Number(number) / 2))}`;
}

/** A world while it is being cabled. */
interface Site {
  readonly devices: WorldDevice[];
  readonly cables: { a: string; b: string; up: boolean }[];
  readonly servers: WorldServer[];
  readonly sessions: [string, string][];
  readonly ports: Map<string, number>;
}

function site(): Site {
  return { devices: [], cables: [], servers: [], sessions: [], ports: new Map() };
}

function add({ devices }: Site, name: string, role: Tier, overlayRoles?: string[]): string {
  devices.push({ name, role, ...(overlayRoles === undefined ? {} : { overlayRoles }) });
  return name;
}

function nextPort({ ports }: Site, device: string): string {
  const number = ports.get(device) ?? 0;
  ports.set(device, number + 1);
  return `${device}/et-0/0/${String(number)}`;
}

function cable(on: Site, a: string, b: string): void {
  on.cables.push({ a: nextPort(on, a), b: nextPort(on, b), up: true });
}

function serve(on: Site, leaves: readonly string[]): void {
  const number = on.servers.length + 1;
  const ports = leaves.map((leaf) => `${leaf}/ae${String(number)}`);
  on.servers.push({ name: `server${String(number)}`, esi: esi(number), ports });
}

function podFabric(roll: Dice): World {
  const on = site();
  const pods = 1 + roll(4);
  const spinesPerPod = 2 + roll(3);
  const isInPlanes = roll(3) > 0;
  const superCount = pods > 1 ? spinesPerPod * (1 + roll(2)) : 0;
  const reflectors = roll(3) === 0 ? ["Route-Reflector"] : undefined;
  const supers = Array.from({ length: superCount }, (_, index) =>
    add(on, `super${String(index + 1)}`, "SuperSpine"),
  );
  for (let pod = 1; pod <= pods; pod += 1) {
    const spines = Array.from({ length: spinesPerPod }, (_, index) => {
      const spine = add(on, `p${String(pod)}-spine${String(index + 1)}`, "Spine", reflectors);
      for (const [place, above] of supers.entries()) {
        if (!isInPlanes || place % spinesPerPod === index) cable(on, spine, above);
      }
      return spine;
    });
    const join = (name: string): void => {
      for (const spine of spines) {
        cable(on, name, spine);
        on.sessions.push([name, spine]);
      }
    };
    const pairs = 2 + roll(9);
    for (let pair = 0; pair < pairs; pair += 1) {
      const leaves = [1, 2].map((side) => add(on, `p${String(pod)}-leaf${String(pair * 2 + side)}`, "Leaf"));
      for (const leaf of leaves) join(leaf);
      for (let server = roll(3); server < 3; server += 1) serve(on, leaves);
    }
    if (pod === 1 && roll(3) === 0) {
      const borders = [1, 2].map((side) => add(on, `border${String(side)}`, "Border", ["DC-Gateway"]));
      for (const border of borders) join(border);
      serve(on, borders);
    }
  }
  if (roll(4) === 0) {
    const broken = on.cables[roll(on.cables.length)];
    if (broken !== undefined) broken.up = false;
  }
  return on;
}

function oddFabric(roll: Dice): World {
  const on = site();
  const isLinked = roll(2) === 0;
  const spines = isLinked ? [1, 2].map((number) => add(on, `spine${String(number)}`, "Spine")) : [];
  const leaf = (name: string): string => {
    add(on, name, "Leaf");
    for (const spine of spines) cable(on, name, spine);
    return name;
  };
  const row = (name: string, length: number): string[] =>
    Array.from({ length }, (_, index) => leaf(`${name}${String(index + 1)}`));
  switch (roll(4)) {
    case 0: {
      const length = 3 + roll(8);
      const [near, far] = [row("a", length), row("b", length)];
      for (const [i, one] of near.entries()) {
        for (const [j, other] of far.entries()) if (i !== j) serve(on, [one, other]);
      }
      break;
    }
    case 1: {
      const ring = row("leaf", 3 + roll(28));
      for (const [index, one] of ring.entries()) serve(on, [one, ring[(index + 1) % ring.length] ?? one]);
      break;
    }
    case 2: {
      const leaves = row("leaf", 6 + roll(25));
      for (let server = 0; server < leaves.length; server += 1) {
        serve(on, shuffled(leaves, roll).slice(0, 2 + roll(4)));
      }
      break;
    }
    default: {
      const [near, far] = [row("a", 3 + roll(10)), row("b", 3 + roll(10))];
      for (const one of near) for (const other of far) if (roll(3) > 0) serve(on, [one, other]);
    }
  }
  return on;
}
