/**
 * The little of Junos's configuration semantics that a drain relies on: `set` adds a statement or replaces a
 * single value, lists keep their order, `delete` removes a statement with all below it, `insert` moves a value.
 * Stricter than a device: removing what is not there is an error.
 */
import { parseSetLine, startsWith, unquote } from "../../src/junos/drain/setLines.ts";

/** Statements whose last word is their only value. */
const SINGLE_VALUED = new Set(["value", "holder", "as-path-prepend", "local-preference"]);

/** The configuration after the commands. Throws where a device would refuse or warn. */
export function applyCommands(lines: readonly string[], commands: readonly string[]): readonly string[] {
  return commands.reduce((current, command) => applyCommand(current, command), lines);
}

function applyCommand(lines: readonly string[], command: string): readonly string[] {
  const { verb, words } = split(command);
  switch (verb) {
    case "set":
      return setStatement(lines, command, words);
    case "delete": {
      const rest = lines.filter((line) => !startsWith(split(line).words, words));
      if (rest.length === lines.length) throw new Error(`nothing to delete: ${command}`);
      return rest;
    }
    case "insert":
      return moveBefore(lines, command, words);
    default:
      throw new Error(`not a command: ${command}`);
  }
}

function setStatement(
  lines: readonly string[],
  command: string,
  words: readonly string[],
): readonly string[] {
  const key = words.join("\n");
  if (lines.some((line) => isSet(line) && split(line).words.join("\n") === key)) return lines;
  const path = words.slice(0, -1);
  if (SINGLE_VALUED.has(path.at(-1) ?? "")) {
    const at = lines.findIndex((line) => isSet(line) && isValueOf(split(line).words, path));
    if (at !== -1) return lines.with(at, command);
  }
  return [...lines, command];
}

function moveBefore(lines: readonly string[], command: string, words: readonly string[]): readonly string[] {
  const [where, sibling] = words.slice(-2);
  const path = words.slice(0, -3);
  const value = words.at(-3);
  const at = (name: string | undefined): number =>
    lines.findIndex(
      (line) => isSet(line) && isValueOf(split(line).words, path) && split(line).words.at(-1) === name,
    );
  const moved = lines[at(value)];
  if (where !== "before" || moved === undefined || at(sibling) === -1) throw new Error(`cannot ${command}`);
  const rest = lines.toSpliced(at(value), 1);
  const target = rest.findIndex(
    (line) => isSet(line) && isValueOf(split(line).words, path) && split(line).words.at(-1) === sibling,
  );
  return rest.toSpliced(target, 0, moved);
}

function isValueOf(words: readonly string[], path: readonly string[]): boolean {
  return words.length === path.length + 1 && startsWith(words, path);
}

function isSet(line: string): boolean {
  return line.startsWith("set ");
}

function split(line: string): { readonly verb: string; readonly words: readonly string[] } {
  const parsed = parseSetLine(line);
  if (parsed === null) throw new Error(`not a line: ${line}`);
  return { verb: parsed.verb, words: parsed.words.map(unquote) };
}
