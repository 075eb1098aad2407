/** Lists by key and by number, and sets of small numbers. */

/** Appends to the list under a key. */
export function append<Key, Value>(index: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = index.get(key);
  // An array that grows reserves room for many more: with a hundred thousand lists of two that counts.
  if (values === undefined || values.length === 1) index.set(key, values?.concat([value]) ?? [value]);
  else values.push(value);
}

/** Lists of numbers, by number. */
export type Lists = readonly (readonly number[])[];

const NOTHING: readonly number[] = [];

/** The list under a number. */
export function listAt(lists: Lists, place: number): readonly number[] {
  return lists[place] ?? NOTHING;
}

/** As many empty lists. */
export function emptyLists(count: number): number[][] {
  return Array.from({ length: count }, () => []);
}

/** Numbers in ascending order, each once. */
export function ascending(numbers: readonly number[]): readonly number[] {
  if (numbers.every((number, place) => place === 0 || number > (numbers[place - 1] ?? 0))) return numbers;
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

/** Whether two ascending lists have a number in common. */
export function haveCommon(a: readonly number[], b: readonly number[]): boolean {
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i] ?? 0, b[j] ?? 0];
    if (x === y) return true;
    if (x < y) i += 1;
    else j += 1;
  }
  return false;
}

/** Numbers lists: equal lists get equal numbers, counted from 0. */
export interface Interning {
  readonly numberOf: (list: readonly number[]) => number;
  readonly lists: Lists;
}

export function interning(): Interning {
  const lists: (readonly number[])[] = [];
  const known = new Map<string, number>();
  return {
    lists,
    numberOf: (list) => {
      const key = list.join(" ");
      let number = known.get(key);
      if (number === undefined) {
        number = lists.push(list) - 1;
        known.set(key, number);
      }
      return number;
    },
  };
}

/** A set of numbers below a known limit, emptied in one step. */
export interface Marks {
  readonly has: (number: number) => boolean;
  /** False where it was there already. */
  readonly add: (number: number) => boolean;
  readonly clear: () => void;
}

export function marks(limit: number): Marks {
  const stamps = new Int32Array(limit);
  let round = 1;
  return {
    has: (number) => stamps[number] === round,
    add: (number) => {
      if (stamps[number] === round) return false;
      stamps[number] = round;
      return true;
    },
    clear: () => {
      round += 1;
    },
  };
}
