/**
 * The rule about paths: what reaches each other with a tier in service must do so with some of it out. There is a
 * rule for every two parties, far too many to write down; so a question is answered by looking at the parties
 * that the devices in question concern, and at the kinds of parties there are besides.
 */
import { haveCommon, listAt, marks } from "../indexes.ts";
import { addBits, bitsOnlyIn, setBit } from "./meetRows.ts";
import { classMeetings } from "./parties.ts";
import type { Parties, Party, Side } from "./parties.ts";

/** Two sides that lose each other. */
export type LostPair = readonly [Side, Side];

export interface PathRules {
  /** Whether a device may go out together with others, of whom no two parties lose each other. */
  readonly mayJoin: (others: Iterable<number>, device: number) => boolean;
  /** Who loses whom when these go out; where they are several, not what one of them does alone. */
  readonly lost: (removed: readonly number[]) => LostPair[];
  /** Whether a side meets nobody any more when these go out. */
  readonly isAlone: (side: Side, removed: readonly number[]) => boolean;
  /** Whether anybody goes through the device. */
  readonly concerns: (device: number) => boolean;
}

/** The rules of a tier that nobody goes through. */
export const NO_PATH_RULES: PathRules = {
  mayJoin: () => true,
  lost: () => [],
  isAlone: () => false,
  concerns: () => false,
};

/** `count`: devices of the fabric. */
export function pathRules(parties: Parties | null, count: number): PathRules {
  if (parties === null) return NO_PATH_RULES;
  const { all, behind, bySignature, classOf, beyondClass } = parties;
  const classesMeet = classMeetings(beyondClass);
  const leadsTo = signaturesByClass(parties, classesMeet);
  const words = leadsTo[0]?.length ?? 0;
  const out = marks(count);
  const listed = marks(all.length);
  const stays = (device: number): boolean => !out.has(device);

  function mark(removed: readonly number[]): void {
    out.clear();
    for (const device of removed) out.add(device);
  }

  /** The parties that lose a device. */
  function concerned(removed: readonly number[]): Party[] {
    listed.clear();
    const found: Party[] = [];
    for (const device of removed) {
      for (const number of behind.get(device) ?? []) {
        const party = all[number];
        if (party !== undefined && listed.add(number)) found.push(party);
      }
    }
    return found;
  }

  /** Parties that lose no device themselves, but are of a kind that this one used to reach through the tier. */
  function lostFrom({ through }: Party): Party[] {
    const before = new Uint32Array(words);
    const after = new Uint32Array(words);
    for (const member of through) {
      const row = leadsTo[classOf.get(member) ?? 0];
      if (row === undefined) continue;
      addBits(before, row);
      if (stays(member)) addBits(after, row);
    }
    return bitsOnlyIn(before, after).flatMap((signature) =>
      listAt(bySignature, signature).flatMap((number) => {
        const party = listed.has(number) ? undefined : all[number];
        return party ?? [];
      }),
    );
  }

  /** Whether the tier leads from one party to the other by devices that are there. */
  function meet(a: Party, b: Party, isThere: (member: number) => boolean): boolean {
    for (const x of a.through) {
      if (!isThere(x)) continue;
      const own = classOf.get(x) ?? 0;
      if (haveCommon(listAt(beyondClass, own), b.anchors)) return true;
      for (const z of b.through) {
        if (isThere(z) && (x === z || classesMeet(own, classOf.get(z) ?? 0))) return true;
      }
    }
    return b.through.some(
      (z) => isThere(z) && haveCommon(listAt(beyondClass, classOf.get(z) ?? 0), a.anchors),
    );
  }

  function losesWithout(a: Party, b: Party, removed: readonly number[]): boolean {
    return !meet(a, b, stays) && meet(a, b, () => true) && !areSeparatedByOne(a, b, removed);
  }

  /** Whoever separates two alone is not what the others are blamed for, as long as these alone do not as well. */
  function areSeparatedByOne(a: Party, b: Party, removed: readonly number[]): boolean {
    const alone = new Set(removed.filter((device) => !meet(a, b, (member) => member !== device)));
    return alone.size > 0 && meet(a, b, (member) => stays(member) || alone.has(member));
  }

  /** Whether two sides of parties that the tier does not join any more lose each other by it. */
  function isLost(side: Side, far: Side): boolean {
    if (haveCommon(side.fixed, far.fixed)) return false;
    return side === far ? side.devices.length > 1 : far.devices.some(stays);
  }

  function mayJoin(others: Iterable<number>, device: number): boolean {
    const removed = [...others, device];
    mark(removed);
    const focus = concerned([device]);
    const affected = concerned(removed);
    return focus.every((party) =>
      [...affected, ...lostFrom(party)].every(
        (other) =>
          !losesWithout(party, other, removed) ||
          !party.sides.some((side) => other.sides.some((far) => isLost(side, far))),
      ),
    );
  }

  function lost(removed: readonly number[]): LostPair[] {
    mark(removed);
    const affected = concerned(removed);
    const loses = (a: Party, b: Party): boolean =>
      removed.length > 1 ? losesWithout(a, b, removed) : !meet(a, b, stays) && meet(a, b, () => true);
    return affected.flatMap((party, place) =>
      [...affected.slice(place), ...lostFrom(party)].flatMap((other) =>
        loses(party, other) ? lostSides(party, other) : [],
      ),
    );
  }

  function lostSides(a: Party, b: Party): LostPair[] {
    return a.sides.flatMap((side, place) =>
      (a === b ? b.sides.slice(place) : b.sides).flatMap((far): LostPair[] =>
        isLost(side, far) ? [[side, far]] : [],
      ),
    );
  }

  function isAlone(side: Side, removed: readonly number[]): boolean {
    mark(removed);
    const own = all.find(({ sides }) => sides.includes(side));
    const meets = (far: Side, other: Party): boolean =>
      (far === side ? side.devices.length > 1 : far.devices.some(stays)) &&
      (haveCommon(side.fixed, far.fixed) || (own !== undefined && meet(own, other, stays)));
    return !all.some((other) => other.sides.some((far) => meets(far, other)));
  }

  return { mayJoin, lost, isAlone, concerns: (device) => behind.has(device) };
}

/** For each class of devices the signatures of the parties that they lead to, as bits. */
function signaturesByClass(
  { beyondClass, signatures }: Parties,
  classesMeet: (a: number, b: number) => boolean,
): Uint32Array[] {
  return beyondClass.map((points, own) => {
    const row = new Uint32Array(Math.ceil(signatures.length / 32));
    for (const [signature, { classes, anchors }] of signatures.entries()) {
      if (classes.some((other) => classesMeet(own, other)) || haveCommon(points, anchors))
        setBit(row, signature);
    }
    return row;
  });
}
