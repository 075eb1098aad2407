/** What a run of mutants says in the end. */
import { renderTable } from "../../src/cli/render/table.ts";
import type { Candidate } from "./equivalent.ts";

/** `TimedOut`: it ran for ever, or ended the process; a test that does so is a test that fails. */
export type Outcome = "Killed" | "TimedOut" | "Survived" | "Equivalent";

const COLUMNS = ["Killed", "TimedOut", "Survived", "Equivalent"] as const satisfies readonly Outcome[];

/** Prints a row per file and gives the percentage of all: those noticed, of those that can be noticed. */
export function printTable(files: readonly string[], outcomes: readonly Outcome[]): number {
  const rowOf = (name: string, own: readonly Outcome[]): string[] => {
    const counts = COLUMNS.map((column) => String(own.filter((outcome) => outcome === column).length));
    return [name, String(own.length), ...counts, percentOf(own).toFixed(1)];
  };
  const rows = [...new Set(files)].map((file) =>
    rowOf(
      file,
      outcomes.filter((_, place) => files[place] === file),
    ),
  );
  const head = ["file", "mutants", "killed", "timed out", "survived", "equivalent", "%"];
  console.log(renderTable(head, [...rows, rowOf("all", outcomes)], { right: [1, 2, 3, 4, 5, 6] }));
  return percentOf(outcomes);
}

function percentOf(outcomes: readonly Outcome[]): number {
  const possible = outcomes.filter((outcome) => outcome !== "Equivalent");
  const noticed = possible.filter((outcome) => outcome !== "Survived");
  return possible.length === 0 ? 100 : (100 * noticed.length) / possible.length;
}

export function survivorText({ file, mutant, line, was }: Candidate): string {
  return `${file}:${String(mutant.line)}  ${was} -> ${mutant.replacement}\n    ${line}`;
}
