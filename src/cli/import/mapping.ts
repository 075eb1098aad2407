/** What groups, roles and names of a source mean: the user's mappings, and the names that everybody uses. */
import { InvalidArgumentError } from "commander";
import { TIERS, type Tier } from "../../api/plan.ts";

/** `none` leaves devices out. */
export type MappedRole = Tier | "none";

/** Patterns with `*` and what they stand for, in the order in which they were given. */
export type Mapping<T> = readonly { readonly pattern: string; readonly value: T }[];

/** Whether a text is what a pattern means: `*` stands for anything, capital letters for small ones. */
export function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern
    .toLowerCase()
    .split("*")
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join(".*");
  return new RegExp(`^${source}$`, "s").test(text.toLowerCase());
}

/** The distinct values that a mapping gives to the first level of hints that it speaks of. */
export function mapped<T>(mapping: Mapping<T>, hints: readonly (readonly string[])[]): readonly T[] {
  for (const level of hints) {
    const found = mapping
      .filter(({ pattern }) => level.some((hint) => matchesPattern(pattern, hint)))
      .map(({ value }) => value);
    if (found.length > 0) return [...new Set(found)];
  }
  return [];
}

/** Names of groups and roles that need no mapping; without signs between words, without the s of a plural. */
const USUAL_ROLES: Readonly<Record<string, Tier>> = {
  leaf: "Leaf",
  leave: "Leaf",
  leafswitch: "Leaf",
  serverleaf: "Leaf",
  tor: "Leaf",
  topofrack: "Leaf",
  spine: "Spine",
  spineswitch: "Spine",
  superspine: "SuperSpine",
  border: "Border",
  borderleaf: "Border",
  borderleave: "Border",
  firewall: "Firewall",
  fw: "Firewall",
};

/** The roles that the first telling level of hints means by itself. */
export function usualRoles(hints: readonly (readonly string[])[]): readonly Tier[] {
  for (const level of hints) {
    const found = level.flatMap((hint) => usualRole(hint) ?? []);
    if (found.length > 0) return [...new Set(found)];
  }
  return [];
}

function usualRole(hint: string): Tier | undefined {
  const plain = hint.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return USUAL_ROLES[plain] ?? USUAL_ROLES[plain.replace(/s$/, "")];
}

/** The role that a device's name tells: `dc1-spine2`, `pod1_border-leaf1`. */
export function roleInName(name: string): Tier | undefined {
  const host = name.toLowerCase().split(".", 1)[0] ?? "";
  if (/super[-_]?spine/.test(host)) return "SuperSpine";
  if (/border/.test(host)) return "Border";
  if (/spine/.test(host)) return "Spine";
  if (/leaf|(?:^|[-_\d])tor(?:[-_\d]|$)/.test(host)) return "Leaf";
  return /firewall|(?:^|[-_\d])fw(?:[-_\d]|$)/.test(host) ? "Firewall" : undefined;
}

/** Collects `--role KEY=Role`, for commander. */
export function addRole(text: string, before: Mapping<MappedRole> = []): Mapping<MappedRole> {
  const { pattern, value } = splitPair(text);
  const known: readonly MappedRole[] = [...TIERS, "none"];
  const role = known.find((each) => each.toLowerCase() === value.toLowerCase());
  if (role === undefined) {
    throw new InvalidArgumentError(`${value} is no role; it must be one of ${known.join(", ")}.`);
  }
  return [...before, { pattern, value: role }];
}

/** Collects `--model KEY=MODEL` and other pairs of texts, for commander. */
export function addText(text: string, before: Mapping<string> = []): Mapping<string> {
  return [...before, splitPair(text)];
}

function splitPair(text: string): { pattern: string; value: string } {
  const at = text.lastIndexOf("=");
  const [pattern, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at < 0 || pattern === "" || value === "") {
    throw new InvalidArgumentError("It must be written as NAME=VALUE.");
  }
  return { pattern, value };
}
