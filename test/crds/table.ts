/** Tables as kubectl prints them: cells begin where their headers do. */

export interface Table {
  readonly headers: readonly string[];
  /** By header. */
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** Reads a table. Throws where a row does not line up with the headers. */
export function readTable(text: string): Table {
  const [head = "", ...lines] = text.split("\n").filter((line) => line !== "");
  const starts = [...head.matchAll(/\S+/g)].map(({ index }) => index);
  const headers = head.trim().split(/\s+/);
  const rows = lines.map((line) => {
    const cells = starts.map((start, column) => {
      if (start > 0 && (line[start - 1] ?? " ") !== " ") throw new Error(`out of line: ${line}\n${head}`);
      return [headers[column] ?? "", line.slice(start, starts[column + 1]).trim()];
    });
    const row: Readonly<Record<string, string>> = Object.fromEntries(cells);
    return row;
  });
  return { headers, rows };
}
