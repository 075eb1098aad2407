/**
 * Reports as GitHub Flavored Markdown, for the description of a pull request or a comment on it. Whatever comes from
 * objects and devices is escaped: a name can neither break a table nor make a link, a mention or HTML.
 */
import type { Cell, Report, ReportTable, Section } from "./report.ts";

/** Sections with more rows are folded away: a comment on GitHub may not be longer than 65,536 characters. */
const FOLD_ROWS = 20;

/** The report as Markdown; headings begin at the second level. */
export function renderMarkdown({ title, sections }: Report): string {
  return [`## ${escapeMarkdown(title)}`, ...sections.map(renderSection)].join("\n\n");
}

function renderSection(section: Section): string {
  const { title, text = [], table, command, grows = false } = section;
  const rows = table?.rows.length ?? 0;
  const isFolded = grows && rows > FOLD_ROWS;
  const body = [
    ...(text.length === 0 ? [] : [text.map(escapeMarkdown).join("<br>\n")]),
    ...(table === undefined ? [] : [renderRows(table)]),
    ...(command === undefined ? [] : [codeBlock(command)]),
  ].join("\n\n");
  if (isFolded) {
    const summary = `<summary>${escapeMarkdown(title)} (${String(rows)})</summary>`;
    return `<details>${summary}\n\n${body}\n\n</details>`;
  }
  return title === "" ? body : `### ${escapeMarkdown(title)}\n\n${body}`;
}

function renderRows({ head, rows, right = [] }: ReportTable): string {
  const columns = Math.max(head.length, ...rows.map((row) => row.length));
  const each = Array.from({ length: columns }, (_, column) => column);
  const line = (cells: readonly string[]): string => `| ${each.map((at) => cells[at] ?? "").join(" | ")} |`;
  return [
    line(head.map(escapeMarkdown)),
    line(each.map((column) => (right.includes(column) ? "--:" : "---"))),
    ...rows.map((row) => line(row.map(cellText))),
  ].join("\n");
}

function cellText(cell: Cell): string {
  if (typeof cell === "string") return cell.split("\n").map(escapeMarkdown).join("<br>");
  return cell.items.map(escapeMarkdown).join(cell.is === "Names" ? ", " : "<br>");
}

/** A fence longer than any run of backticks in it, as CommonMark wants it. */
function codeBlock(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}sh\n${text}\n${fence}`;
}

const HTML_ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Text that Markdown shows as it is, also inside a table. Line ends become spaces. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replaceAll(/\s*[\r\n]+\s*/g, " ")
      .replaceAll(/[\\`*_[\]|~#]/g, String.raw`\$&`)
      .replaceAll(/[&<>]/g, (character) => HTML_ENTITIES[character] ?? character)
      // Nobody is notified because a server is called @something, and nothing becomes a link by itself.
      .replaceAll("@", "&#64;")
      .replaceAll("://", ":&#47;&#47;")
  );
}
