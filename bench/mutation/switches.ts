/**
 * One program that holds all of its mutants: at each changed place it asks which one is wanted. So the modules are
 * loaded and compiled once, and a mutant costs no more than the tests that look at it. An operator is exchanged where it
 * stands in the tree: of `a && b && c` the first one gives `(a || b) && c`.
 */
import { parsers } from "prettier/plugins/acorn";
import type { Mutant } from "./mutants.ts";

export interface Numbered {
  readonly number: number;
  readonly mutant: Mutant;
}

/** The name under which a program asks whether a mutant is the wanted one. */
export const ASK = "hitlessMutant";

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  /** From the outside to the inside. */
  readonly parents: readonly Node[];
  readonly raw: Readonly<Record<string, unknown>>;
}

/** A part of the program that is exchanged as a whole. */
interface Site {
  readonly start: number;
  readonly end: number;
  /** `inside`: the part as it is, with the switches in it. */
  readonly write: (inside: string) => string;
}

/** The JavaScript of a source with a switch for each mutant. Throws where a mutant finds no place. */
export function withSwitches(code: string, mutants: readonly Numbered[]): string {
  // Of its options the parser reads none that matters here.
  const program: unknown = Reflect.apply(parsers.acorn.parse, parsers.acorn, [code, {}]);
  const nodes = nodesOf(program);
  const sites = new Map<string, { node: Node; mutants: Numbered[] }>();
  for (const each of mutants) {
    const node = placeOf(nodes, each.mutant);
    const key = `${String(node.start)} ${String(node.end)}`;
    const site = sites.get(key) ?? { node, mutants: [] };
    site.mutants.push(each);
    sites.set(key, site);
  }
  const all = Array.from(sites.values(), (site) => siteOf(code, site)).toSorted(
    (a, b) => a.start - b.start || b.end - a.end,
  );
  return `const ${ASK} = globalThis.${ASK};${rewrite(code, { start: 0, end: code.length, sites: all })}`;
}

function rewrite(
  code: string,
  { start, end, sites }: { start: number; end: number; sites: readonly Site[] },
): string {
  let [text, at] = ["", start];
  let waiting = sites;
  while (waiting.length > 0) {
    const [site, ...others] = waiting;
    if (site === undefined) break;
    const inner = others.filter((other) => other.end <= site.end);
    text += code.slice(at, site.start) + site.write(rewrite(code, { ...site, sites: inner }));
    at = site.end;
    waiting = others.filter((other) => other.end > site.end);
  }
  return text + code.slice(at, end);
}

function siteOf(code: string, { node, mutants }: { node: Node; mutants: readonly Numbered[] }): Site {
  const { start, end, type } = node;
  const choices = mutants.map(({ number, mutant }) => {
    const from = Math.max(mutant.start, start);
    const isCondition = mutant.end <= start;
    const text = isCondition
      ? `${mutant.replacement.replace("(", "")}${code.slice(start, end)}`
      : code.slice(start, from) + mutant.replacement + code.slice(mutant.end, end);
    return { asked: `${ASK}(${String(number)})`, text };
  });
  const isStatement = type.endsWith("Statement");
  return {
    start,
    end,
    write: (inside) =>
      choices.reduce(
        (rest, { asked, text }) =>
          isStatement ? `{if(${asked}){${text}}else ${rest}}` : `(${asked}?(${text}):${rest})`,
        isStatement ? `{${inside}}` : `(${inside})`,
      ),
  };
}

const EXPRESSIONS = new Set([
  "AssignmentExpression",
  "BinaryExpression",
  "CallExpression",
  "ChainExpression",
  "ConditionalExpression",
  "Literal",
  "LogicalExpression",
  "UnaryExpression",
]);

/** The smallest part of the program that can be exchanged and has the whole change in it. */
function placeOf(nodes: readonly Node[], mutant: Mutant): Node {
  const { start, end, replacement, line } = mutant;
  if (replacement.endsWith("|| ") || replacement.endsWith("&& ")) {
    const tests = nodes.flatMap((node) => (node.type === "IfStatement" ? childrenOf(node, "test") : []));
    const test = tests.filter((each) => each.start >= end).toSorted((a, b) => a.start - b.start)[0];
    if (test !== undefined) return test;
  }
  const isStatement = replacement === ";" || replacement === "break" || replacement === "continue";
  const around = nodes
    .filter((node) => node.start <= start && node.end >= end)
    .filter(({ type }) => (isStatement ? type.endsWith("Statement") : EXPRESSIONS.has(type)))
    .toSorted((a, b) => a.end - a.start - (b.end - b.start));
  const [smallest] = around;
  if (smallest === undefined) throw new Error(`no place for a mutant in line ${String(line)}`);
  return ofChain(smallest);
}

/** Of `a?.b()` no part can be exchanged alone. */
function ofChain(node: Node): Node {
  let here = node;
  for (const parent of node.parents.toReversed()) {
    if (parent.type === "ChainExpression") return parent;
    if (
      !childrenOf(parent, "object", "callee").some(
        ({ start, end }) => start === here.start && end === here.end,
      )
    ) {
      return node;
    }
    here = parent;
  }
  return node;
}

function childrenOf(node: Node, ...keys: readonly string[]): Node[] {
  return keys.flatMap((key) => {
    const child = asNode(node.raw[key], [...node.parents, node]);
    return child === null ? [] : [child];
  });
}

function asNode(value: unknown, parents: readonly Node[]): Node | null {
  if (typeof value !== "object" || value === null) return null;
  const raw = Object.fromEntries(Object.entries(value));
  const { type, start, end } = raw;
  if (typeof type !== "string" || typeof start !== "number" || typeof end !== "number") return null;
  return { type, start, end, parents, raw };
}

function nodesOf(root: unknown): Node[] {
  const found: Node[] = [];
  const visit = (value: unknown, parents: readonly Node[]): void => {
    if (Array.isArray(value)) {
      for (const each of value) visit(each, parents);
      return;
    }
    const node = asNode(value, parents);
    if (node === null) return;
    found.push(node);
    for (const child of Object.values(node.raw)) visit(child, [...parents, node]);
  };
  visit(root, []);
  return found;
}
