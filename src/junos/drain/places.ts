/**
 * Where statements stand and where they take effect. What a configuration group holds that is applied to the whole
 * configuration takes effect as if it stood at the top; changed and restored it has to be in its group.
 */
import { startsWith, type Statement } from "./setLines.ts";

export interface PlacedStatement extends Statement {
  /** The words as they take effect. */
  readonly words: readonly string[];
  /** What stands before them: nothing, or `groups FABRIC`. */
  readonly place: readonly string[];
}

export interface Placed {
  /** All that takes effect and can be told apart. */
  readonly effective: readonly PlacedStatement[];
  /** Statements of groups that take effect in ways that are not followed here: by wildcards, or at some levels only. */
  readonly obscure: readonly Statement[];
}

/** Sorts statements by where they take effect; those of groups that are not applied are left out. */
export function placed(statements: readonly Statement[]): Placed {
  const whole = new Set<string>();
  const inParts = new Set<string>();
  for (const { words, active } of statements) {
    const at = words.findIndex((word) => word === "apply-groups" || word === "apply-groups-except");
    if (!active || at === -1) continue;
    const names = at === 0 && words[0] === "apply-groups" ? whole : inParts;
    for (const name of words.slice(at + 1)) names.add(name);
  }
  const effective: PlacedStatement[] = [];
  const obscure: Statement[] = [];
  for (const statement of statements) {
    const { words, active } = statement;
    const [section, group = "", ...rest] = words;
    if (section !== "groups") {
      effective.push({ words, active, place: [] });
    } else if (whole.has(group) && !inParts.has(group) && !rest.some((word) => word.startsWith("<"))) {
      effective.push({ words: rest, active, place: words.slice(0, 2) });
    } else if (whole.has(group) || inParts.has(group)) obscure.push(statement);
  }
  return { effective, obscure };
}

/** Whether any of the statements has effect and begins so. */
export function someActive(statements: readonly PlacedStatement[], ...prefix: readonly string[]): boolean {
  return statements.some(({ words, active }) => active && startsWith(words, prefix));
}
