/** A configuration as text: `set` lines and braces, both to read and to show. */
import { isKeyed, isScalar, isValueList } from "./configSchema.ts";
import type { ConfigNode, ConfigTree } from "./configTree.ts";

/** One line of a `load set`. */
export type ConfigCommand =
  | { readonly verb: "set" | "delete" | "activate" | "deactivate"; readonly path: readonly string[] }
  | {
      readonly verb: "insert";
      readonly path: readonly string[];
      readonly sibling: string;
      readonly where: "before" | "after";
    };

/** A line or a word that Junos would not understand. */
export interface ConfigSyntaxError {
  readonly line: number;
  readonly badElement: string;
}

export interface ParsedCommands {
  readonly commands: readonly ConfigCommand[];
  readonly errors: readonly ConfigSyntaxError[];
}

const BRACE_FLAGS = new Set(["inactive:", "delete:", "replace:", "protect:"]);
const PLAIN_VERBS = ["set", "delete", "activate", "deactivate"] as const;

/** Reads `set` lines. Wrong lines are reported and left out, as Junos does; the others are taken. */
export function parseSetLines(text: string): ParsedCommands {
  const commands: ConfigCommand[] = [];
  const errors: ConfigSyntaxError[] = [];
  text.split("\n").forEach((line, index) => {
    const words = splitWords(line);
    const [verb, ...rest] = words;
    if (verb === undefined || verb.startsWith("#")) return;
    const plain = PLAIN_VERBS.find((candidate) => candidate === verb);
    const read =
      plain === undefined ? parseInsert(words) : expandBrackets(rest).map((path) => ({ verb: plain, path }));
    if (read === undefined || read.length === 0 || rest.length === 0)
      errors.push({ line: index + 1, badElement: verb });
    else commands.push(...read);
  });
  return { commands, errors };
}

/** Reads configuration in braces into `set` commands (and `deactivate` for what is marked `inactive:`). */
export function parseBraces(text: string): ParsedCommands {
  const commands: ConfigCommand[] = [];
  const errors: ConfigSyntaxError[] = [];
  const stack: {
    readonly path: readonly string[];
    readonly empty: { is: boolean };
    readonly inactive: boolean;
  }[] = [];
  let words: string[] = [];
  let line = 1;
  const here = (): readonly string[] => stack.at(-1)?.path ?? [];
  const take = (): { path: readonly string[]; inactive: boolean; doomed: boolean } => {
    const flags: readonly string[] = words.filter((word) => BRACE_FLAGS.has(word));
    const path = [...here(), ...words.filter((word) => !flags.includes(word))];
    if (flags.includes("replace:") || flags.includes("delete:")) commands.push({ verb: "delete", path });
    words = [];
    return { path, inactive: flags.includes("inactive:"), doomed: flags.includes("delete:") };
  };
  for (const token of braceTokens(text)) {
    if (token === "\n") line += 1;
    else if (token === ";") {
      if (words.length === 0) errors.push({ line, badElement: ";" });
      const { path, inactive, doomed } = take();
      const top = stack.at(-1);
      if (top !== undefined) top.empty.is = false;
      if (doomed) continue;
      for (const each of expandBrackets(path)) commands.push({ verb: "set", path: each });
      if (inactive) commands.push({ verb: "deactivate", path: statementOf(path) });
    } else if (token === "{") {
      if (words.length === 0) errors.push({ line, badElement: "{" });
      const { path, inactive } = take();
      const top = stack.at(-1);
      if (top !== undefined) top.empty.is = false;
      stack.push({ path, empty: { is: true }, inactive });
    } else if (token === "}") {
      const closed = stack.pop();
      if (closed === undefined || words.length > 0) errors.push({ line, badElement: words[0] ?? "}" });
      words = [];
      if (closed?.empty.is === true) commands.push({ verb: "set", path: closed.path });
      if (closed?.inactive === true) commands.push({ verb: "deactivate", path: closed.path });
    } else words.push(token);
  }
  if (stack.length > 0 || words.length > 0)
    errors.push({ line, badElement: words[0] ?? stack.at(-1)?.path.at(-1) ?? "{" });
  return { commands, errors };
}

/** The configuration as `set` lines, with `deactivate` after what is inactive. Ends with a newline unless empty. */
export function renderSet(tree: ConfigTree, prefix: readonly string[] = []): string {
  return setLines(tree, prefix)
    .map((line) => `${line}\n`)
    .join("");
}

/** The `set` lines below a node, each without a newline. */
export function setLines(node: ConfigNode, path: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const child of node.children) {
    const childPath = [...path, child.name];
    if (child.children.length === 0) lines.push(`set ${childPath.map(quoteWord).join(" ")}`);
    else lines.push(...setLines(child, childPath));
    if (child.inactive) lines.push(`deactivate ${childPath.map(quoteWord).join(" ")}`);
  }
  return lines;
}

/** The configuration in braces, as `show configuration` prints it. */
export function renderBraces(tree: ConfigTree): string {
  return braceLines(tree, [])
    .map((line) => `${line}\n`)
    .join("");
}

/** The lines below a node in braces, indented by four from the given path's level. */
export function braceLines(node: ConfigNode, path: readonly string[]): readonly string[] {
  return node.children.flatMap((child) => statementLines(child, [...path, child.name]));
}

function statementLines(node: ConfigNode, path: readonly string[]): readonly string[] {
  const mark = node.inactive ? "inactive: " : "";
  const name = quoteWord(node.name);
  if (node.children.length === 0) return [`${mark}${name};`];
  if (isKeyed(path)) {
    return node.children.flatMap((child) => {
      const [first, ...rest] = statementLines(child, [...path, child.name]);
      const childMark = child.inactive ? "inactive: " : mark;
      const bare = (first ?? "").replace(/^inactive: /, "");
      return [`${childMark}${name} ${bare}`, ...rest];
    });
  }
  const values = node.children.map((child) => quoteWord(child.name));
  const leaves = node.children.every((child) => child.children.length === 0 && !child.inactive);
  if (leaves && (isScalar(path) || isValueList(path))) {
    return [
      values.length === 1 ? `${mark}${name} ${values.join("")};` : `${mark}${name} [ ${values.join(" ")} ];`,
    ];
  }
  return [`${mark}${name} {`, ...braceLines(node, path).map((line) => `    ${line}`), "}"];
}

/** The statement of a line: `export [ A B ]` and `export A` are the statement `export`, `disable` is itself. */
function statementOf(path: readonly string[]): readonly string[] {
  const open = path.indexOf("[");
  if (open !== -1) return path.slice(0, open);
  const holder = path.slice(0, -1);
  return isScalar(holder) || isValueList(holder) ? holder : path;
}

/** Puts a word in quotes where Junos would. */
export function quoteWord(word: string): string {
  return /^[^\s;{}[\]"#&<>()|$]+$/.test(word) ? word : `"${word.replace(/(["\\])/g, "\\$1")}"`;
}

function parseInsert(words: readonly string[]): readonly ConfigCommand[] | undefined {
  const [verb, ...rest] = words;
  const at = rest.findLastIndex((word) => word === "before" || word === "after");
  const where = rest[at];
  const sibling = rest.at(-1);
  if (verb !== "insert" || at < 2 || at === rest.length - 1 || sibling === undefined) return undefined;
  if (where !== "before" && where !== "after") return undefined;
  return [{ verb, path: rest.slice(0, at), sibling, where }];
}

/** `export [ A B ]` is one path for each value. */
function expandBrackets(words: readonly string[]): readonly (readonly string[])[] {
  const open = words.indexOf("[");
  if (open === -1) return [words];
  const close = words.indexOf("]", open);
  const values = words.slice(open + 1, close === -1 ? undefined : close);
  const rest = close === -1 ? [] : words.slice(close + 1);
  return values.flatMap((value) => expandBrackets([...words.slice(0, open), value, ...rest]));
}

function splitWords(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|([[\]])|[^\s"[\]]+/g)].map((match) =>
    match[1] === undefined ? match[0] : unescapeWord(match[1]),
  );
}

function braceTokens(text: string): readonly string[] {
  const source = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\n)\s*#[^\n]*/g, "$1");
  return [...source.matchAll(/"((?:[^"\\]|\\.)*)"|\n|[;{}[\]]|[^\s;{}"[\]]+/g)].map((match) =>
    match[1] === undefined ? match[0] : unescapeWord(match[1]),
  );
}

function unescapeWord(word: string): string {
  return word.replace(/\\(["\\])/g, "$1");
}
