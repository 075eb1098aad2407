/**
 * A configuration as a tree of words: `set a b c` is the path a → b → c. Changes are those of Junos's `set`,
 * `delete`, `activate`, `deactivate` and `insert`; what order and uniqueness mean is asked of the schema.
 */
import { compareStatements, excludedBy, isKey, isUserOrdered } from "./configSchema.ts";

export interface ConfigNode {
  readonly name: string;
  inactive: boolean;
  children: ConfigNode[];
}

/** A whole configuration; its own name is empty. */
export type ConfigTree = ConfigNode;

export function emptyTree(): ConfigTree {
  return { name: "", inactive: false, children: [] };
}

export function cloneTree(node: ConfigNode): ConfigNode {
  return { name: node.name, inactive: node.inactive, children: node.children.map(cloneTree) };
}

/** Adds the path, keeping what is there. An inactive statement that is set again becomes active, as in Junos. */
export function setPath(tree: ConfigTree, path: readonly string[]): void {
  let node = tree;
  path.forEach((name, depth) => {
    const place = path.slice(0, depth);
    const excluded = excludedBy(place, name);
    if (node.children.some((child) => excluded(child.name))) {
      node.children = node.children.filter((child) => !excluded(child.name));
    }
    let child = node.children.find((candidate) => candidate.name === name);
    if (child === undefined) {
      child = { name, inactive: false, children: [] };
      insertInOrder(node, child, isUserOrdered(place));
    }
    node = child;
  });
}

/** Removes the path and what stands below it, and containers that are left empty. False when it is not there. */
export function deletePath(tree: ConfigTree, path: readonly string[]): boolean {
  const trail = trailOf(tree, path);
  if (trail === undefined) return false;
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const parent = trail[depth];
    const node = trail[depth + 1];
    if (parent === undefined || node === undefined) return false;
    parent.children = parent.children.filter((child) => child !== node);
    // An object (`group UNDERLAY`) stays when it is empty, a container does not.
    if (parent.children.length > 0 || isKey(path.slice(0, depth))) return true;
  }
  return true;
}

/** Marks the path active or inactive. False when it is not there. */
export function setInactive(tree: ConfigTree, path: readonly string[], inactive: boolean): boolean {
  const node = nodeAt(tree, path);
  if (node === undefined) return false;
  node.inactive = inactive;
  return true;
}

/** Moves the last word of the path next to its sibling. False when either is not there. */
export function moveNextTo(
  tree: ConfigTree,
  path: readonly string[],
  target: { readonly sibling: string; readonly where: "before" | "after" },
): boolean {
  const parent = nodeAt(tree, path.slice(0, -1));
  const node = parent?.children.find((child) => child.name === path.at(-1));
  if (parent === undefined || node === undefined || node.name === target.sibling) return false;
  const others = parent.children.filter((child) => child !== node);
  const index = others.findIndex((child) => child.name === target.sibling);
  if (index === -1) return false;
  others.splice(target.where === "before" ? index : index + 1, 0, node);
  parent.children = others;
  return true;
}

/** The node at that path, whether active or not. */
export function nodeAt(tree: ConfigTree, path: readonly string[]): ConfigNode | undefined {
  return trailOf(tree, path)?.at(-1);
}

/** The node at that path, if it and all above it are active. */
export function activeAt(tree: ConfigNode | undefined, ...path: readonly string[]): ConfigNode | undefined {
  let node = tree;
  for (const name of path) node = activeChildren(node).find((child) => child.name === name);
  return node;
}

/** The children that are active, in order. */
export function activeChildren(node: ConfigNode | undefined): readonly ConfigNode[] {
  return node?.children.filter((child) => !child.inactive) ?? [];
}

/** The names of the active children at that path, in order. */
export function activeNames(node: ConfigNode | undefined, ...path: readonly string[]): readonly string[] {
  return activeChildren(activeAt(node, ...path)).map((child) => child.name);
}

/** The one value at that path. */
export function activeValue(node: ConfigNode | undefined, ...path: readonly string[]): string | undefined {
  return activeNames(node, ...path)[0];
}

function trailOf(tree: ConfigTree, path: readonly string[]): readonly ConfigNode[] | undefined {
  const trail = [tree];
  let node = tree;
  for (const name of path) {
    const child = node.children.find((candidate) => candidate.name === name);
    if (child === undefined) return undefined;
    trail.push(child);
    node = child;
  }
  return trail;
}

function insertInOrder(parent: ConfigNode, child: ConfigNode, userOrdered: boolean): void {
  const index = userOrdered
    ? -1
    : parent.children.findIndex((sibling) => compareStatements(child.name, sibling.name) < 0);
  if (index === -1) parent.children.push(child);
  else parent.children.splice(index, 0, child);
}
