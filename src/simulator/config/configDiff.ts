/** The difference between two configurations, as `show | compare` prints it. */
import { quoteWord, setLines } from "./configText.ts";
import type { ConfigNode, ConfigTree } from "./configTree.ts";

/** Empty where nothing differs; else groups of lines under the level they stand on. */
export function compareTrees(before: ConfigTree, after: ConfigTree): string {
  const lines: string[] = [];
  compareLevel(before, after, [], lines);
  return lines.map((line) => `${line}\n`).join("");
}

/** True where the two configurations read the same, order of lists included. */
export function sameTree(left: ConfigNode, right: ConfigNode): boolean {
  return (
    left.name === right.name &&
    left.inactive === right.inactive &&
    left.children.length === right.children.length &&
    left.children.every((child, index) => {
      const other = right.children[index];
      return other !== undefined && sameTree(child, other);
    })
  );
}

function compareLevel(before: ConfigNode, after: ConfigNode, path: readonly string[], lines: string[]): void {
  const own: string[] = [];
  const below: {
    readonly before: ConfigNode;
    readonly after: ConfigNode;
    readonly path: readonly string[];
  }[] = [];
  for (const child of before.children) {
    const now = after.children.find((candidate) => candidate.name === child.name);
    if (now === undefined) own.push(...statement("-", child));
    else if (!sameTree(child, now)) {
      if (child.inactive !== now.inactive)
        own.push(`!   ${now.inactive ? "inactive" : "active"}: ${quoteWord(child.name)} { ... }`);
      below.push({ before: child, after: now, path: [...path, child.name] });
    }
  }
  for (const child of after.children) {
    if (!before.children.some((candidate) => candidate.name === child.name))
      own.push(...statement("+", child));
  }
  const orderBefore = commonNames(before, after);
  const orderAfter = commonNames(after, before);
  if (orderBefore.join("\n") !== orderAfter.join("\n"))
    own.push(`!   reordered: [ ${orderAfter.join(" ")} ];`);
  if (own.length > 0) lines.push(`[edit${path.map((word) => ` ${quoteWord(word)}`).join("")}]`, ...own);
  for (const each of below) compareLevel(each.before, each.after, each.path, lines);
}

function statement(sign: "+" | "-", node: ConfigNode): readonly string[] {
  if (node.children.length === 0) return [`${sign}   ${quoteWord(node.name)};`];
  return setLines(node, [node.name]).map((line) => `${sign}   ${line.replace(/^(set|deactivate) /, "")};`);
}

function commonNames(node: ConfigNode, other: ConfigNode): readonly string[] {
  return node.children
    .map((child) => child.name)
    .filter((name) => other.children.some((candidate) => candidate.name === name));
}
