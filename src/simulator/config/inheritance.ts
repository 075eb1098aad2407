/** What configuration groups add: a configuration as it takes effect, with the statements of applied groups in their places. */
import { isScalar } from "./configSchema.ts";
import { activeAt, activeNames, cloneTree } from "./configTree.ts";
import type { ConfigNode, ConfigTree } from "./configTree.ts";

/**
 * The configuration with what the groups add that are applied to the whole of it. A statement that stands there itself
 * wins over an inherited one; lists are joined, the inherited values last. Wildcards (`<ae*>`) are not modelled.
 */
export function withInherited(tree: ConfigTree): ConfigTree {
  const groups = activeNames(tree, "apply-groups");
  if (groups.length === 0) return tree;
  const whole = cloneTree(tree);
  for (const name of groups) {
    const group = activeAt(tree, "groups", name);
    if (group !== undefined) inherit(whole, group, []);
  }
  return whole;
}

function inherit(into: ConfigNode, from: ConfigNode, path: readonly string[]): void {
  if (isScalar(path) && into.children.length > 0) return;
  for (const child of from.children.filter(({ inactive }) => !inactive)) {
    let own = into.children.find(({ name }) => name === child.name);
    if (own === undefined) {
      own = { name: child.name, inactive: false, children: [] };
      into.children.push(own);
    }
    inherit(own, child, [...path, child.name]);
  }
}
