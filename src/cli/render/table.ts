/** Tables whose columns line up, without frames and colours: they are read by people, `grep` and `awk` alike. */
import Table from "cli-table3";

const NO_FRAME = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
} as const;

export interface TableOptions {
  /** Put before every line. */
  readonly indent?: string;
  /** Columns whose numbers stand at the right. */
  readonly right?: readonly number[];
}

/** Renders rows under a head; an empty head gives none. Lines have no spaces at their ends. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { indent = "", right = [] }: TableOptions = {},
): string {
  const columns = Math.max(head.length, ...rows.map((row) => row.length));
  const table = new Table({
    head: head.map((title) => title.toUpperCase()),
    chars: NO_FRAME,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: Array.from({ length: columns }, (_, column) => (right.includes(column) ? "right" : "left")),
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split("\n")
    .map((line) => `${indent}${line}`.trimEnd())
    .join("\n");
}

/** Breaks a list of words into lines of at most `width` characters. */
export function wrapWords(words: readonly string[], width: number): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
