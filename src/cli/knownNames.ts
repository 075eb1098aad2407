/**
 * What to say when somebody gives a name that is not there: which ones there are, and which one was probably meant.
 * A fabric may have thousands of devices, so a list is cut, and the nearest names are told beside it.
 */
import { listed } from "../planner/naturalOrder.ts";

/** So many names are told before "and … more". */
const TOLD = 20;
/** So many nearest names: with more of them nobody can say which one was meant. */
const NEAREST = 3;
/** One slip of the pen in so many characters is taken for a typing error. */
const CHARACTERS_A_SLIP = 3;

/** `leaf1, leaf2 and 38 more; did you mean leaf2?` for a name that is none of those. */
export function knownNames(given: string, names: readonly string[]): string {
  // Of a single name everybody sees that it is the one.
  const nearest = names.length > 1 ? nearestNames(given, names) : [];
  const question = nearest.length === 0 ? "" : `; did you mean ${nearest.join(" or ")}?`;
  return `${listed(names, TOLD)}${question}`;
}

/** The names that are fewest typing errors away, in their order; empty where none is near or too many are. */
export function nearestNames(given: string, names: readonly string[]): readonly string[] {
  const wanted = given.toLowerCase();
  let fewest = Math.floor(wanted.length / CHARACTERS_A_SLIP);
  let nearest: string[] = [];
  for (const name of names) {
    const slips = slipsBetween(wanted, name.toLowerCase(), fewest);
    if (slips > fewest) continue;
    if (slips < fewest) nearest = [];
    fewest = slips;
    nearest.push(name);
  }
  return nearest.length > NEAREST ? [] : nearest;
}

/**
 * How many characters have to be put in, left out, replaced or swapped with their neighbour to make one text of the
 * other (Damerau and Levenshtein's distance, in its form without edits of a swapped pair). Above `most` it is only
 * known to be more.
 */
function slipsBetween(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (isSame ? 0 : 1),
          row > 1 && column > 1 && isSwapped ? at(beforeLast, column - 2) + 1 : Infinity,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, other.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
