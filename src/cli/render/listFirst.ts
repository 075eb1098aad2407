/** A list of names in a line: a fabric may have thousands of them, and nobody reads more than some. */

/** `leaf1, leaf2 and 38 more`: the first `most` of them, and how many there are besides. */
export function listFirst(names: readonly string[], most: number): string {
  const more = names.length > most ? ` and ${String(names.length - most)} more` : "";
  return `${names.slice(0, most).join(", ")}${more}`;
}
