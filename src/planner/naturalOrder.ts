/** The order of names that people expect: leaf2 before leaf10. It never depends on a locale. */

const PARTS = /\d+|\D+/g;

/** Compares two names, numbers in them by value. Equal only for equal names. */
export function compareNames(a: string, b: string): number {
  const left = a.match(PARTS) ?? [];
  const right = b.match(PARTS) ?? [];
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const difference = compareParts(part, other);
    if (difference !== 0) return difference;
  }
  if (left.length !== right.length) return -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A sorted copy without duplicates. */
export function sortedNames(names: Iterable<string>): string[] {
  return [...new Set(names)].toSorted(compareNames);
}

function compareParts(a: string, b: string): number {
  if (a === b) return 0;
  if (isNumber(a) && isNumber(b)) return Number(a) - Number(b);
  return a < b ? -1 : 1;
}

function isNumber(part: string): boolean {
  return part >= "0" && part < ":";
}
