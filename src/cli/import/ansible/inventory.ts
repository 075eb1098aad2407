/** An Ansible inventory in memory: groups, hosts and variables, each with the place where it stands. */
import type { Json } from "../../../store/schema/json.ts";

export interface Variable {
  readonly value: Json;
  /** `file:line`. */
  readonly place: string;
}

export type Variables = Map<string, Variable>;

export interface Group {
  readonly name: string;
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly variables: Variables;
  /** Where it is first spoken of. */
  readonly place: string;
}

export interface Host {
  readonly name: string;
  readonly variables: Variables;
  /** Where it is first spoken of. */
  readonly place: string;
}

export interface Inventory {
  readonly groups: Map<string, Group>;
  readonly hosts: Map<string, Host>;
  readonly problems: string[];
}

/** The group that every host belongs to. */
export const ALL = "all";
/** What hosts without a group belong to; it says nothing of them. */
export const UNGROUPED = "ungrouped";

export function emptyInventory(): Inventory {
  return { groups: new Map(), hosts: new Map(), problems: [] };
}

/** The group of that name; it is made where there is none. */
export function groupOf({ groups }: Inventory, name: string, place: string): Group {
  let group = groups.get(name);
  if (group === undefined) {
    group = { name, hosts: new Set(), children: new Set(), variables: new Map(), place };
    groups.set(name, group);
  }
  return group;
}

/** The host of that name; it is made where there is none. */
export function hostOf({ hosts }: Inventory, name: string, place: string): Host {
  let host = hosts.get(name);
  if (host === undefined) {
    host = { name, variables: new Map(), place };
    hosts.set(name, host);
  }
  return host;
}

/** Copies variables over others. */
export function assign(target: Variables, source: ReadonlyMap<string, Variable>): void {
  for (const [name, variable] of source) target.set(name, variable);
}

/**
 * The groups of each host, directly or by their children, from the deepest on; groups of one depth are a level of
 * their own. `all` is the root of everything and is left out. A group that contains itself is a problem.
 */
export function groupLevels(inventory: Inventory): (host: string) => readonly (readonly Group[])[] {
  const parents = parentsOf(inventory);
  const depths = new Map<string, number>();
  const depthOf = (name: string, below: readonly string[] = []): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    if (below.includes(name)) {
      const place = inventory.groups.get(name)?.place ?? "";
      const problem = `${place}: group ${name}: children: it contains itself by ${[...below, name].join(", ")}`;
      if (!inventory.problems.includes(problem)) inventory.problems.push(problem);
      return 0;
    }
    const above = [...(parents.get(name) ?? [])].map((parent) => depthOf(parent, [...below, name]) + 1);
    const depth = Math.max(0, ...above);
    depths.set(name, depth);
    return depth;
  };
  for (const name of inventory.groups.keys()) depthOf(name);
  const direct = new Map<string, Set<string>>();
  for (const { name, hosts } of inventory.groups.values()) {
    for (const host of hosts) direct.set(host, (direct.get(host) ?? new Set()).add(name));
  }
  return (host) => {
    const found = new Set(direct.get(host));
    for (const name of found) for (const parent of parents.get(name) ?? []) found.add(parent);
    const levels = new Map<number, Group[]>();
    for (const name of [...found].toSorted()) {
      const group = inventory.groups.get(name);
      if (group === undefined || name === ALL) continue;
      const depth = depths.get(name) ?? 0;
      levels.set(depth, [...(levels.get(depth) ?? []), group]);
    }
    return [...levels].toSorted(([one], [other]) => other - one).map(([, groups]) => groups);
  };
}

function parentsOf({ groups }: Inventory): Map<string, Set<string>> {
  const parents = new Map<string, Set<string>>();
  for (const { name, children } of groups.values()) {
    for (const child of children) parents.set(child, (parents.get(child) ?? new Set()).add(name));
  }
  return parents;
}
