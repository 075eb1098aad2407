/** What a run of mutants says in the end. */
import { renderTable } from "../../src/cli/render/table.ts";
import type { Candidate } from "./equivalent.ts";

/** `TimedOut`: it ran for ever, or ended the process; a test that does so is a test that fails. */
export type Outcome = "Killed" | "TimedOut" | "Survived" | "Equivalent";

const COLUMNS = ["Killed", "TimedOut", "Survived", "Equivalent"] as const satisfies readonly Outcome[];

/** Prints a row per file and gives the percentage of all: those noticed, of those that can be noticed. */
export function printTable(outcomes: ReadonlyMap<Candidate, Outcome>): number {
  const byFile = new Map<string, Outcome[]>();
  for (const [{ file }, outcome] of outcomes) byFile.set(file, [...(byFile.get(file) ?? []), outcome]);
  const rowOf = (name: string, own: readonly Outcome[]): string[] => {
    const counts = COLUMNS.map((column) => String(own.filter((outcome) => outcome === column).length));
    return [name, String(own.length), ...counts, percentOf(own).toFixed(1)];
  };
  const head = ["file", "mutants", "killed", "timed out", "survived", "equivalent", "%"];
  const files = [...byFile].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([file, own]) => rowOf(file, own));
  const all = [...outcomes.values()];
  console.log(renderTable(head, [...files, rowOf("all", all)], { right: [1, 2, 3, 4, 5, 6] }));
  return percentOf(all);
}

function percentOf(outcomes: readonly Outcome[]): number {
  const possible = outcomes.filter((outcome) => outcome !== "Equivalent");
  const noticed = possible.filter((outcome) => outcome !== "Survived");
  return possible.length === 0 ? 100 : (100 * noticed.length) / possible.length;
}

export function mutantText({ file, mutant, line, column, was }: Candidate): string {
  const place = `${file}:${String(mutant.line)}:${String(column)}`;
  return `${place}  ${was} -> ${mutant.replacement}\n    ${line}`;
}
