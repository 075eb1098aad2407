/**
 * Small changes that a test should notice: one operator, literal, condition or statement of a source file at a
 * time. Types are blanked out first, so that only what runs is changed.
 */
import { stripTypeScriptTypes } from "node:module";
import { SyntaxKind } from "typescript/unstable/ast";
import { createScanner } from "typescript/unstable/ast/scanner";

export interface Mutant {
  /** The part of the source that is replaced. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** Counted from 1. */
  readonly line: number;
}

interface Token {
  readonly kind: SyntaxKind;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Each operator and name is replaced by its neighbour. */
const SWAPS: ReadonlyMap<string, string> = new Map([
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
  ["===", "!=="],
  ["!==", "==="],
  ["&&", "||"],
  ["||", "&&"],
  ["+", "-"],
  ["-", "+"],
  ["*", "/"],
  ["+=", "-="],
  ["-=", "+="],
  ["true", "false"],
  ["false", "true"],
  ["some", "every"],
  ["every", "some"],
  ["min", "max"],
  ["max", "min"],
  ["break", "continue"],
  ["continue", "break"],
]);

/** Methods: words like these in other places mean something else. */
const METHODS = new Set(["some", "every", "min", "max"]);

export function mutantsOf(source: string): Mutant[] {
  const code = stripTypeScriptTypes(source);
  const tokens = tokensOf(code);
  const lineAt = lineCounter(source);
  return [...swaps(tokens), ...numbers(tokens), ...negations(tokens), ...statements(code, tokens)]
    .filter((change) => isCode(mutate(source, change)))
    .map((change) => ({ ...change, line: lineAt(change.start) }))
    .toSorted((a, b) => a.start - b.start || a.end - b.end);
}

type Change = Omit<Mutant, "line">;

export function mutate(source: string, { start, end, replacement }: Change): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

/** Half a statement is no mutant. */
function isCode(source: string): boolean {
  try {
    stripTypeScriptTypes(source);
    return true;
  } catch {
    return false;
  }
}

function tokensOf(code: string): Token[] {
  const scanner = createScanner(true, undefined, code);
  const tokens: Token[] = [];
  /** Braces of template literals that are open. */
  const templates: number[] = [];
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFile; kind = scanner.scan()) {
    const before = tokens.at(-1);
    if (kind === SyntaxKind.SlashToken && !endsOperand(before)) kind = scanner.reScanSlashToken();
    if (kind === SyntaxKind.GreaterThanToken) kind = scanner.reScanGreaterToken();
    if (kind === SyntaxKind.TemplateHead) templates.push(0);
    const open = templates.at(-1);
    if (kind === SyntaxKind.OpenBraceToken && open !== undefined) templates[templates.length - 1] = open + 1;
    if (kind === SyntaxKind.CloseBraceToken && open !== undefined) {
      if (open > 0) templates[templates.length - 1] = open - 1;
      else {
        kind = scanner.reScanTemplateToken(false);
        if (kind === SyntaxKind.TemplateTail) templates.pop();
      }
    }
    const [start, end] = [scanner.getTokenStart(), scanner.getTokenEnd()];
    tokens.push({ kind, start, end, text: code.slice(start, end) });
  }
  return tokens;
}

/** After an operand a slash divides, elsewhere it begins a regular expression. */
function endsOperand(token: Token | undefined): boolean {
  return token !== undefined && (/^[\w$"'`\])}]/.test(token.text.slice(-1)) || token.text === "this");
}

function swaps(tokens: readonly Token[]): Change[] {
  return tokens.flatMap((token, place): Change[] => {
    const other = SWAPS.get(token.text);
    const before = tokens[place - 1];
    if (other === undefined || isLiteral(token)) return [];
    if (METHODS.has(token.text) && before?.text !== "." && before?.text !== "?.") return [];
    // A sign is no operation.
    if ((token.text === "-" || token.text === "+") && !endsOperand(before)) return [];
    return [{ start: token.start, end: token.end, replacement: other }];
  });
}

function isLiteral({ kind }: Token): boolean {
  return (
    kind === SyntaxKind.StringLiteral ||
    kind === SyntaxKind.TemplateHead ||
    kind === SyntaxKind.TemplateMiddle ||
    kind === SyntaxKind.TemplateTail ||
    kind === SyntaxKind.NoSubstitutionTemplateLiteral ||
    kind === SyntaxKind.RegularExpressionLiteral
  );
}

/** One more; not where a number only stands for what cannot be missing (`?? 0`, `[first = 0]`). */
function numbers(tokens: readonly Token[]): Change[] {
  return tokens.flatMap(({ kind, start, end, text }, place): Change[] => {
    const before = tokens[place - 1]?.text;
    const isDefault = before === "??" || before === "=" || tokens[place - 2]?.text === "??";
    if (kind !== SyntaxKind.NumericLiteral || isDefault || tokens[place - 2]?.text === "=") return [];
    return [{ start, end, replacement: String(Number(text.replaceAll("_", "")) + 1) }];
  });
}

/** Conditions turned round, and `!` left out. */
function negations(tokens: readonly Token[]): Change[] {
  return tokens.flatMap((token, place): Change[] => {
    if (token.text === "!") return [{ start: token.start, end: token.end, replacement: "" }];
    if (token.text !== "if" || isLiteral(token)) return [];
    const open = tokens[place + 1];
    const close = tokens[closing(tokens, place + 1)];
    if (open === undefined || close === undefined) return [];
    return [{ start: open.end, end: open.end, replacement: "false && " }].concat({
      start: open.start,
      end: open.end,
      replacement: "(true || ",
    });
  });
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let place = open; place < tokens.length; place += 1) {
    if (tokens[place]?.text === "(") depth += 1;
    if (tokens[place]?.text === ")") depth -= 1;
    if (depth === 0) return place;
  }
  return -1;
}

/** Calls for their effect alone, on a line of their own, left out. */
function statements(code: string, tokens: readonly Token[]): Change[] {
  const starts = new Set(tokens.map(({ start }) => start));
  return Array.from(code.matchAll(/^ +(?<call>[\w.?]+\((?:[^;{}]*)\);)$/gm)).flatMap((found): Change[] => {
    const call = found.groups?.["call"] ?? "";
    const start = found.index + found[0].length - call.length;
    return starts.has(start) && !call.startsWith("return")
      ? [{ start, end: start + call.length, replacement: ";" }]
      : [];
  });
}

function lineCounter(source: string): (position: number) => number {
  const ends = Array.from(source.matchAll(/\n/g), ({ index }) => index);
  return (position) => ends.filter((end) => end < position).length + 1;
}
