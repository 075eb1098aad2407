/**
 * Tables whose columns line up, without frames and colours: they are read by people, `grep` and `awk` alike. Written
 * here because a plan of thousands of devices has thousands of rows, for which table libraries take seconds.
 */

export interface TableOptions {
  /** Put before every line. */
  readonly indent?: string;
  /** Columns whose numbers stand at the right. */
  readonly right?: readonly number[];
}

const GAP = "  ";

/** Renders rows under a head; an empty head gives none. A cell may have several lines. Lines have no spaces at their ends. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { indent = "", right = [] }: TableOptions = {},
): string {
  const titles = head.length === 0 ? [] : [head.map((title) => title.toUpperCase())];
  const cells = [...titles, ...rows].map((row) => row.map((cell) => cell.split("\n")));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [column, lines] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, ...lines.map(widthOf));
    }
  }
  return cells
    .flatMap((row) => {
      const height = Math.max(1, ...row.map((lines) => lines.length));
      return Array.from({ length: height }, (_, line) => {
        const texts = widths.map((width, column) => {
          const text = row[column]?.[line] ?? "";
          const space = " ".repeat(width - widthOf(text));
          return right.includes(column) ? `${space}${text}` : `${text}${space}`;
        });
        return `${indent}${texts.join(GAP)}`.trimEnd();
      });
    })
    .join("\n");
}

/** Columns on a terminal: marks that are put on other characters take none, characters of Chinese and the like take two. */
function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (!NO_WIDTH.test(character)) width += DOUBLE_WIDTH.test(character) ? 2 : 1;
  }
  return width;
}

const PLAIN = /^[ -~]*$/;
const NO_WIDTH = /^[\p{M}\p{Cf}\p{Cc}]$/u;
const DOUBLE_WIDTH =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u{FF01}-\u{FF60}]$/u;

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
