/** Which of many sets of numbers have a member in common, as rows of bits: near-linear where sets share members. */
import { append } from "../indexes.ts";
import type { Lists } from "../indexes.ts";

/** For each set a row; bit n of it says that the set has a member in common with set n. */
export function meetRows(sets: Lists): Uint32Array[] {
  const words = Math.ceil(sets.length / 32);
  const holders = new Map<number, number[]>();
  for (const [number, set] of sets.entries()) {
    for (const member of set) append(holders, member, number);
  }
  const rows = new Map<number, Uint32Array>();
  for (const [member, numbers] of holders) {
    if (numbers.length < words) continue;
    const row = new Uint32Array(words);
    for (const number of numbers) setBit(row, number);
    rows.set(member, row);
  }
  return sets.map((set) => {
    const row = new Uint32Array(words);
    for (const member of set) {
      const shared = rows.get(member);
      if (shared !== undefined) addBits(row, shared);
      else for (const number of holders.get(member) ?? []) setBit(row, number);
    }
    return row;
  });
}

export function setBit(row: Uint32Array, bit: number): void {
  row[bit >> 5] = (row[bit >> 5] ?? 0) | (1 << (bit & 31));
}

export function hasBit(row: Uint32Array, bit: number): boolean {
  return (((row[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

export function addBits(row: Uint32Array, other: Uint32Array): void {
  for (const [word, bits] of other.entries()) row[word] = (row[word] ?? 0) | bits;
}

/** The numbers below `count` whose bits are not set. */
export function unsetBits(row: Uint32Array, count: number): number[] {
  const unset: number[] = [];
  for (const [word, bits] of row.entries()) {
    if (bits === ALL_BITS) continue;
    const end = Math.min(count, (word + 1) * 32);
    for (let bit = word * 32; bit < end; bit += 1) if (!hasBit(row, bit)) unset.push(bit);
  }
  return unset;
}

const ALL_BITS = 0xffff_ffff;

/** The bits that are set in one row and not in another. */
export function bitsOnlyIn(row: Uint32Array, other: Uint32Array): number[] {
  const found: number[] = [];
  for (const [word, bits] of row.entries()) {
    const only = bits & ~(other[word] ?? 0);
    if (only === 0) continue;
    for (let bit = 0; bit < 32; bit += 1) if (((only >>> bit) & 1) === 1) found.push(word * 32 + bit);
  }
  return found;
}
