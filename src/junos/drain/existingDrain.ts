/**
 * How a drain is marked on the device. All that is needed to take it back stands in one `apply-macro` statement,
 * so that any controller, or a person, can undrain a device with nothing but its own configuration.
 */
import {
  canonical,
  parseSetLine,
  quote,
  readStatements,
  startsWith,
  unquote,
  type Statement,
} from "./setLines.ts";

/** The names a drain uses in a device's configuration. Persisted on devices: never renamed. */
export const DRAIN_NAMES = {
  /** The `apply-macro` that carries the token and what to restore. */
  macro: "hitless",
  /** What the names of our policies and communities begin with. */
  prefix: "HITLESS-DRAIN",
  community: "HITLESS-DRAIN",
  underlayPolicy: "HITLESS-DRAIN-UNDERLAY",
  overlayPolicy: "HITLESS-DRAIN-OVERLAY",
} as const;

/** A drain found on a device. */
export interface ExistingDrain {
  /** Whose it is; empty when the macro has lost its holder. */
  readonly token: string;
  /** Interfaces that were switched on before. */
  readonly disabledInterfaces: readonly string[];
  /** Forwarder preferences before, by the path of the segment. */
  readonly preferences: ReadonlyMap<string, number>;
  /** Paths of BGP levels that had no export chain of their own before. */
  readonly addedExports: readonly string[];
  /** Interior protocols that were not overloaded before, with what stood below `overload` all the same. */
  readonly overloads: ReadonlyMap<string, readonly string[]>;
  /** Levels of BGP at which the device did not announce a graceful shutdown before. */
  readonly senders: readonly string[];
  /** The device's own maintenance mode was switched on. */
  readonly maintenanceMode: boolean;
  /** How the device was drained, and why so. Drains of earlier releases of ours don't say it. */
  readonly techniques: readonly UsedTechnique[];
  /** Our policies that are defined. */
  readonly policies: readonly string[];
  /** Where our policies stand in export chains, of deactivated groups as well. */
  readonly exports: readonly { readonly path: string; readonly policy: string }[];
}

/** A technique of a drain, and why it was chosen. */
export interface UsedTechnique {
  readonly name: string;
  readonly why: string;
}

/** A fact that a drain leaves in its macro, so that it can be taken back. */
export type DrainMark =
  | { readonly is: "Holder"; readonly token: string }
  | { readonly is: "Disabled"; readonly interface: string }
  | { readonly is: "Preference"; readonly path: string; readonly value: number }
  | { readonly is: "AddedExport"; readonly path: string }
  | { readonly is: "Overload"; readonly protocol: string; readonly found: readonly string[] }
  | { readonly is: "Sender"; readonly path: string }
  | { readonly is: "MaintenanceMode" }
  | { readonly is: "Technique"; readonly name: string; readonly why: string };

const MACRO = ["apply-macro", DRAIN_NAMES.macro] as const;

/** The `set` command that leaves the mark. */
export function markCommand(mark: DrainMark): string {
  const [key, value] = markEntry(mark);
  return `set ${MACRO.join(" ")} ${key} ${value}`;
}

/** The `delete` command that removes one mark. */
export function unmarkCommand(mark: DrainMark): string {
  return `delete ${MACRO.join(" ")} ${markEntry(mark)[0]}`;
}

/** The `delete` command that removes the macro with all marks. */
export const UNMARK_ALL = `delete ${MACRO.join(" ")}`;

/** The token of a drain in a committed configuration (`set` lines); undefined when the device is not drained. */
export function drainToken(lines: readonly string[]): string | undefined {
  const marked = lines
    .map(parseSetLine)
    .filter((line) => line !== null)
    .filter(({ words }) => startsWith(words, MACRO));
  return readExistingDrain(readStatements(marked))?.token;
}

/** Reads the marks; null when there are none. */
export function readExistingDrain(statements: readonly Statement[]): ExistingDrain | null {
  const entries = statements
    .filter(({ words }) => startsWith(words, MACRO))
    .map(({ words }) => ({ key: unquote(words[2] ?? ""), value: unquote(words[3] ?? "") }));
  if (entries.length === 0) return null;
  const marked = (kind: string): readonly { readonly name: string; readonly value: string }[] =>
    entries
      .filter(({ key }) => key.startsWith(`${kind}-`))
      .map(({ key, value }) => ({ name: decode(key.slice(kind.length + 1)), value }));
  return {
    token: entries.find(({ key }) => key === "holder")?.value ?? "",
    disabledInterfaces: marked("disabled").map(({ name }) => name),
    preferences: new Map(marked("preference").map(({ name, value }) => [name, Number(value)])),
    addedExports: marked("export").map(({ name }) => name),
    overloads: new Map(
      marked("overload").map(({ name, value }) => [name, value === "yes" ? [] : value.split("; ")]),
    ),
    senders: marked("sender").map(({ name }) => name),
    maintenanceMode: marked("maintenance").length > 0,
    techniques: marked("technique").map(({ name, value }) => ({ name, why: value })),
    policies: policiesOf(statements),
    exports: exportsOf(statements),
  };
}

/** Whether the policy of that name is one of a drain. */
export function isDrainPolicy(name: string): boolean {
  return unquote(name).startsWith(DRAIN_NAMES.prefix);
}

/** A path as marks hold it: without quotes. */
export function markPath(path: string): string {
  return canonical(`set ${path}`).replaceAll("\n", " ");
}

/** Key and value as words of a command. */
function markEntry(mark: DrainMark): readonly [key: string, value: string] {
  switch (mark.is) {
    case "Holder":
      return ["holder", quote(mark.token)];
    case "Disabled":
      return [`disabled-${encode(mark.interface)}`, "yes"];
    case "Preference":
      return [`preference-${encode(markPath(mark.path))}`, String(mark.value)];
    case "AddedExport":
      return [`export-${encode(markPath(mark.path))}`, "yes"];
    case "Overload":
      return [
        `overload-${encode(mark.protocol)}`,
        mark.found.length === 0 ? "yes" : quote(mark.found.join("; ")),
      ];
    case "Sender":
      return [`sender-${encode(markPath(mark.path))}`, "yes"];
    case "MaintenanceMode":
      return ["maintenance-mode", "yes"];
    case "Technique":
      return [`technique-${encode(mark.name)}`, quote(mark.why)];
  }
}

/** Keys are words without quotes; other characters are written as `_20_`. */
function encode(text: string): string {
  return text.replaceAll(
    /[^A-Za-z0-9.-]/gu,
    (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`,
  );
}

function decode(key: string): string {
  return key.replaceAll(/_([0-9a-f]+)_/g, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  );
}

function policiesOf(statements: readonly Statement[]): readonly string[] {
  const names = statements
    .filter(({ words }) => words[0] === "policy-options" && words[1] === "policy-statement")
    .map(({ words }) => unquote(words[2] ?? ""))
    .filter(isDrainPolicy);
  return [...new Set(names)];
}

function exportsOf(statements: readonly Statement[]): ExistingDrain["exports"] {
  return statements.flatMap(({ words }) => {
    const at = words.lastIndexOf("export");
    return words
      .slice(at + 1)
      .filter((policy) => at > 0 && isDrainPolicy(policy))
      .map((policy) => ({ path: words.slice(0, at).join(" "), policy }));
  });
}
