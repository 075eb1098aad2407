/** Lines of a configuration in `set` format: splitting them into words, and telling what is inactive. */

/** One line: `set`, `deactivate`, `protect`, and the words after it as written, quotes included. */
export interface SetLine {
  readonly verb: string;
  readonly words: readonly string[];
}

/** A statement that is set, and whether it has effect. */
export interface Statement {
  readonly words: readonly string[];
  readonly active: boolean;
}

/** Splits a line into its words; a quoted text is one word. Null for an empty line or a comment. */
export function parseSetLine(line: string): SetLine | null {
  const [verb, ...words] = line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return verb === undefined || verb.startsWith("#") ? null : { verb, words };
}

/** The statements of a configuration in order, with those that are deactivated at any level marked. */
export function readStatements(lines: readonly SetLine[]): readonly Statement[] {
  const inactive = lines.filter(({ verb }) => verb === "deactivate").map(({ words }) => words);
  return lines
    .filter(({ verb }) => verb === "set")
    .map(({ words }) => ({ words, active: !inactive.some((path) => startsWith(words, path)) }));
}

/** Whether the words begin with these. */
export function startsWith(words: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((word, index) => words[index] === word);
}

/** A word without its quotes. */
export function unquote(word: string): string {
  return /^".*"$/s.test(word) ? word.slice(1, -1).replaceAll(/\\(["\\])/g, "$1") : word;
}

/** A value as one quoted word. */
export function quote(value: string): string {
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** The words of a line without quotes, for comparing: devices quote only what needs it. */
export function canonical(line: string): string {
  return (parseSetLine(line)?.words ?? []).map(unquote).join("\n");
}
