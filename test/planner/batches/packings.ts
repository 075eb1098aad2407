/** Small packings for tests, drawn at random, and what is true of them by trying everything. */
import fc from "fast-check";
import type { Packing, WayRule } from "../../../src/planner/batches/packing.ts";
import { NO_PATH_RULES } from "../../../src/planner/redundancy/pathRules.ts";

export interface Drawn {
  readonly capacity: number;
  readonly seconds: readonly number[];
  /** Of these devices (places, taken modulo their number) so many may go together. */
  readonly rules: readonly { readonly members: readonly number[]; readonly slack: number }[];
  /** Of these ways so many may be taken. */
  readonly wayRules: readonly { readonly ways: readonly (readonly number[])[]; readonly slack: number }[];
}

export function packingOf({ capacity, seconds, rules, wayRules }: Drawn): Packing {
  const places = [...seconds.keys()];
  const within = (place: number): number => place % seconds.length;
  const shares = places.map((device) =>
    rules.flatMap(({ members }, rule) => {
      const share = members.filter((member) => within(member) === device).length;
      return share === 0 ? [] : [rule, share];
    }),
  );
  const ways = wayRules.map((rule): WayRule => ({
    slack: rule.slack,
    ways: rule.ways.map((way) => [...new Set(way.map(within))]),
  }));
  return {
    devices: places,
    capacity,
    seconds,
    slacks: rules.map(({ slack }) => slack),
    shares,
    wayRules: ways,
    wayRulesOf: places.map((device) => ways.filter((rule) => rule.ways.some((way) => way.includes(device)))),
    paths: NO_PATH_RULES,
  };
}

/** Whether a batch keeps all rules, counted afresh. */
export function isAllowed(
  { capacity, slacks, shares, wayRules }: Packing,
  batch: readonly number[],
): boolean {
  const taken = slacks.map((_, rule) =>
    batch.reduce((sum, device) => {
      const own = shares[device] ?? [];
      const at = own.findIndex((each, place) => place % 2 === 0 && each === rule);
      return sum + (at === -1 ? 0 : (own[at + 1] ?? 0));
    }, 0),
  );
  return (
    batch.length <= capacity &&
    taken.every((count, rule) => count <= (slacks[rule] ?? 0)) &&
    wayRules.every(
      ({ slack, ways }) => ways.filter((way) => way.some((device) => batch.includes(device))).length <= slack,
    )
  );
}

export function secondsOf({ seconds }: Packing, batches: readonly (readonly number[])[]): number {
  return batches.reduce((sum, batch) => sum + Math.max(...batch.map((device) => seconds[device] ?? 0)), 0);
}

/** The best of all assignments there are: fewest batches, then least time. */
export function best(packing: Packing): { batches: number; seconds: number } {
  let found = { batches: Infinity, seconds: Infinity };
  const batches: number[][] = [];
  function place(device: number): void {
    if (batches.length > found.batches) return;
    if (device === packing.devices.length) {
      const seconds = secondsOf(packing, batches);
      if (batches.length < found.batches || seconds < found.seconds)
        found = { batches: batches.length, seconds };
      return;
    }
    for (const batch of batches) {
      batch.push(device);
      if (isAllowed(packing, batch)) place(device + 1);
      batch.pop();
    }
    batches.push([device]);
    place(device + 1);
    batches.pop();
  }
  place(0);
  return found;
}

const device = fc.nat({ max: 100 });

export const drawn: fc.Arbitrary<Drawn> = fc.record({
  capacity: fc.integer({ min: 1, max: 4 }),
  seconds: fc.array(fc.constantFrom(10, 20, 20, 40), { minLength: 1, maxLength: 8 }),
  rules: fc.array(
    fc.record({
      members: fc.array(device, { minLength: 2, maxLength: 5 }),
      // A device that breaks a rule alone takes no part in it, so that one may always go.
      slack: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 8 },
  ),
  wayRules: fc.array(
    fc.record({
      ways: fc.array(fc.array(device, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 3 }),
      slack: fc.integer({ min: 1, max: 2 }),
    }),
    { maxLength: 2 },
  ),
});

/** Without rules that a device breaks alone. */
export function isPossible(packing: Packing): boolean {
  return packing.devices.every((each) => isAllowed(packing, [each]));
}
