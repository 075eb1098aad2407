/**
 * The order of names that people expect: leaf2 before leaf10. It never depends on a locale. A name is turned into
 * a key once, and keys are compared as plain texts: sorting tens of thousands of names costs little more than
 * sorting texts.
 */

const ZERO = 48;
const NINE = 57;

/** Compares two names, numbers in them by value. Equal only for equal names. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const [keyA, keyB] = [orderKey(a), orderKey(b)];
  // Names that differ in leading zeros only have the same key.
  return compareTexts(keyA, keyB) || compareTexts(a, b);
}

/** A sorted copy without duplicates. */
export function sortedNames(names: Iterable<string>): string[] {
  const unique = [...new Set(names)];
  return unique.length < 2 ? unique : sortedBy(unique, (name) => name);
}

/** A sorted copy by the natural order of a name of each item. */
export function sortedBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): Item[] {
  const entries = items.map((item) => {
    const name = nameOf(item);
    return { item, name, key: orderKey(name) };
  });
  return entries
    .toSorted((a, b) => compareTexts(a.key, b.key) || compareTexts(a.name, b.name))
    .map(({ item }) => item);
}

/** The first five names for people, and how many more there are. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${String(names.length - 5)} more` : shown;
}

/** By UTF-16 code units, as `<` compares. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A text that is compared as the name should be. Numbers begin with how many digits they have, so that longer
 * ones come later. A part that a number follows ends lower than any letter, so that it comes before longer parts;
 * where the name begins with a number nothing goes before it, and it sorts among other signs as a digit does.
 */
function orderKey(name: string): string {
  let key = "";
  let copied = 0;
  for (let at = 0; at < name.length; at += 1) {
    if (!isDigit(name, at)) continue;
    let first = at;
    while (isDigit(name, at + 1)) at += 1;
    key += name.slice(copied, first) + (first === 0 ? "0" : "\0");
    while (first < at && name.charCodeAt(first) === ZERO) first += 1;
    key += String.fromCharCode(at + 1 - first) + name.slice(first, at + 1);
    copied = at + 1;
  }
  return copied === 0 ? name : key + name.slice(copied);
}

function isDigit(name: string, at: number): boolean {
  const code = name.charCodeAt(at);
  return code >= ZERO && code <= NINE;
}
