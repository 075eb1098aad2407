/**
 * What commands tell people, as sections of sentences and tables, apart from the form it is written in: a terminal
 * gets aligned columns, a pull request gets Markdown (`markdown.ts`).
 */
import { renderTable, wrapWords } from "./table.ts";

export interface Report {
  readonly title: string;
  readonly sections: readonly Section[];
}

export interface Section {
  /** Empty for what stands right under the title of the report. */
  readonly title: string;
  /** Sentences before the table, one a line. */
  readonly text?: readonly string[];
  readonly table?: ReportTable;
  /** A command for people to copy, after everything else. */
  readonly command?: string;
  /** As long as the fabric is large: Markdown folds it away when it is. */
  readonly grows?: boolean;
}

export interface ReportTable {
  /** Empty for rows of a word and what is said about it. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Columns whose numbers stand at the right. */
  readonly right?: readonly number[];
}

/** Lists and long sentences are broken at `width` characters on a terminal. */
export type Cell = string | ListCell;

interface ListCell {
  readonly is: "Names" | "Sentences";
  readonly items: readonly string[];
  readonly width: number;
}

/** Names beside each other. */
export function namesCell(items: readonly string[], width: number): Cell {
  return { is: "Names", items, width };
}

/** Sentences below each other. */
export function sentencesCell(items: readonly string[], width: number): Cell {
  return { is: "Sentences", items, width };
}

const INDENT = "  ";

/** The report for a terminal. */
export function renderReport({ title, sections }: Report): string {
  const [first, ...rest] = sections.map(renderSection);
  // A section without a title belongs to the title of the report.
  const head = sections[0]?.title === "" ? [title, first].join("\n") : [title, first].join("\n\n");
  return [sections.length === 0 ? title : head, ...rest].join("\n\n");
}

function renderSection({ title, text = [], table, command }: Section): string {
  const lines = [
    ...(title === "" ? [] : [title]),
    ...text.map((line) => `${INDENT}${line}`),
    ...(table === undefined ? [] : [renderRows(table)]),
    ...(command === undefined ? [] : [`${INDENT}${command}`]),
  ];
  return lines.join("\n");
}

function renderRows({ head, rows, right = [] }: ReportTable): string {
  const cells = rows.map((row) => row.map(cellText));
  return renderTable(head, cells, { indent: INDENT, right });
}

function cellText(cell: Cell): string {
  if (typeof cell === "string") return cell;
  const { is, items, width } = cell;
  if (is === "Names") return wrapWords(items, width);
  return items.map((sentence) => wrapWords(sentence.split(" "), width)).join("\n");
}
