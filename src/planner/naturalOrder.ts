/**
 * The order of names that people expect: leaf2 before leaf10. It never depends on a locale. Names that differ in
 * their last number are compared by that; other ones are turned into a key once, and keys are compared as plain
 * texts: sorting tens of thousands of names costs little more than sorting texts.
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
  let shared = "";
  const entries = items.map((item): Entry<Item> => {
    const name = nameOf(item);
    const end = lastNumber(name);
    const head = name.slice(0, end);
    // One text for a run of names that begin alike: to be the same is quicker seen than to be equal.
    if (head !== shared) shared = head;
    return {
      item,
      name,
      head: shared,
      number: end === name.length ? -1 : Number(name.slice(end)),
      key: null,
    };
  });
  return entries.toSorted(compareEntries).map(({ item }) => item);
}

interface Entry<Item> {
  readonly item: Item;
  readonly name: string;
  /** The name without the number at its end. */
  readonly head: string;
  /** That number; -1 for none. */
  readonly number: number;
  /** Made when it is needed. */
  key: string | null;
}

/** Most names of a large fabric differ in their last number only; then no key is made. */
function compareEntries(a: Entry<unknown>, b: Entry<unknown>): number {
  if (a.head === b.head) return a.number - b.number;
  a.key ??= orderKey(a.name);
  b.key ??= orderKey(b.name);
  return compareTexts(a.key, b.key) || compareTexts(a.name, b.name);
}

/** So many digits make a number that is exact. */
const MAX_DIGITS = 15;

/** Where the number at the end of a name begins; at the end where there is none, or none that stands for itself. */
function lastNumber(name: string): number {
  let first = name.length;
  while (first > 0 && isDigit(name, first - 1)) first -= 1;
  const digits = name.length - first;
  return digits > MAX_DIGITS || (digits > 1 && name.charCodeAt(first) === ZERO) ? name.length : first;
}

/** The first names for people, and how many more there are: `leaf1, leaf2 and 38 more`. */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${String(names.length - most)} more` : shown;
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
