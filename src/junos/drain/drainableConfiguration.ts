/**
 * What a drain touches, read from a device's committed configuration in `set` format (without inheritance from
 * groups): BGP groups with their export chains, Ethernet segments, interior routing protocols, and a drain that
 * is in place already. Whatever cannot be changed and restored to the letter becomes a problem, never a guess.
 */
import { readBgpGroups, type BgpGroup } from "./drainableBgp.ts";
import { DRAIN_NAMES, readExistingDrain, type ExistingDrain } from "./existingDrain.ts";
import {
  canonical,
  parseSetLine,
  readStatements,
  startsWith,
  type SetLine,
  type Statement,
} from "./setLines.ts";

/** Why a configuration cannot be drained by itself. */
export type DrainProblemCode =
  /** What would have to change is set in configuration groups, and takes effect by inheritance. */
  | "StatementsInGroups"
  /** A statement that would have to be extended is deactivated. */
  | "StatementInactive"
  /** A statement that would have to change is protected. */
  | "StatementProtected"
  /** BGP runs in a logical system. */
  | "LogicalSystem"
  /** Neither the type nor the autonomous systems tell whether a BGP group is internal. */
  | "GroupTypeUnknown"
  /** The AS number to prepend is not in the configuration. */
  | "AutonomousSystemUnknown"
  /** A route reflector with segments of its own: withdrawing its routes would withdraw others'. */
  | "ReflectorWithSegments"
  /** Our names are in use without a drain of ours: leftovers, or somebody else's. */
  | "NameTaken"
  /** Another holder has drained the device. */
  | "ForeignDrain"
  /** The release does not know the statements of a technique. */
  | "ReleaseTooOld"
  /** A statement as found excludes those of a technique. */
  | "StatementInTheWay"
  /** What a technique relies on is not configured. */
  | "NotConfigured";

export interface DrainProblem {
  readonly code: DrainProblemCode;
  /** The statement or group, for people. */
  readonly statement: string;
  /** It only concerns drains that change the export chains of BGP. */
  readonly only?: "ExportChains";
}

/** An Ethernet segment as configured. */
export interface ConfiguredSegment {
  /** The physical interface: `ae1`. */
  readonly interface: string;
  /** Where the segment is configured: `interfaces ae1 esi`, or under a unit. */
  readonly path: string;
  /** Undefined when it is derived by the device (`auto-derive`). */
  readonly esi: string | undefined;
  /** Set only where the forwarder is elected by preference. */
  readonly dfPreference: number | undefined;
}

/** An interface with a segment: where a drain cuts servers off on purpose. */
export interface AccessInterface {
  readonly name: string;
  /** It is switched off in the configuration. */
  readonly disabled: boolean;
}

/** A protocol that knows how to say "not through me". */
export interface InteriorProtocol {
  readonly name: "isis" | "ospf" | "ospf3";
  /** It says so now; an `overload timeout` does only for a while after the start. */
  readonly overloaded: boolean;
  /** What stands below `overload`: `timeout 60`, `advertise-high-metrics`. */
  readonly overload: readonly string[];
}

/** What the configuration says of `graceful-shutdown` of BGP (RFC 8326). */
export interface GracefulShutdown {
  /** Where it would have to be announced, and is not yet. Empty where BGP does not run, or announces it already. */
  readonly silentLevels: readonly string[];
  /** Why it cannot be announced: the device may not refuse it of others at the same time. */
  readonly refusedAt: readonly string[];
  /** Instances whose BGP has no such statement. */
  readonly otherInstances: readonly string[];
}

export interface DrainableConfiguration {
  /** The release that wrote the configuration: `21.4R3-S5.4`. */
  readonly release: string | undefined;
  readonly bgpGroups: readonly BgpGroup[];
  readonly segments: readonly ConfiguredSegment[];
  readonly accessInterfaces: readonly AccessInterface[];
  readonly interiorProtocols: readonly InteriorProtocol[];
  readonly gracefulShutdown: GracefulShutdown;
  /** Network isolation profiles are configured: what the device's own maintenance mode works with. */
  readonly networkIsolation: boolean;
  /** The device's own maintenance mode is configured, by whomever. */
  readonly maintenanceMode: boolean;
  readonly existingDrain: ExistingDrain | null;
  /** Why it cannot be drained; empty when it can. */
  readonly problems: readonly DrainProblem[];
  /** Whether that very statement is set, however the device quotes it. */
  readonly has: (command: string) => boolean;
}

/** Reads the committed configuration, given as the device's `set` lines. */
export function readDrainableConfiguration(lines: readonly string[]): DrainableConfiguration {
  const parsed = lines.map(parseSetLine).filter((line) => line !== null);
  const statements = readStatements(parsed);
  const segments = readSegments(statements);
  const existingDrain = readExistingDrain(statements);
  const { groups, problems } = readBgpGroups(statements, { hasSegments: segments.length > 0 });
  const present = new Set(lines.map(canonical));
  return {
    release: statements.find(({ words }) => words[0] === "version")?.words[1],
    bgpGroups: groups,
    segments,
    accessInterfaces: readAccessInterfaces(statements, segments),
    interiorProtocols: readInteriorProtocols(statements),
    gracefulShutdown: readGracefulShutdown(statements),
    networkIsolation: statements.some(({ words, active }) => active && words.includes("network-isolation")),
    maintenanceMode: statements.some(
      ({ words, active }) => active && startsWith(words, ["protocols", "evpn", "maintenance-mode"]),
    ),
    existingDrain,
    problems: [
      ...problems,
      ...groupProblems(statements),
      ...protectionProblems(parsed),
      ...segmentProblems(statements, segments),
      ...nameProblems(statements, existingDrain),
    ],
    has: (command) => present.has(canonical(command)),
  };
}

function readSegments(statements: readonly Statement[]): readonly ConfiguredSegment[] {
  const segments = new Map<string, ConfiguredSegment>();
  for (const { words, active } of statements) {
    const [section, name, ...rest] = words;
    if (!active || section !== "interfaces" || name === undefined) continue;
    const at = rest[0] === "esi" ? 0 : rest[0] === "unit" && rest[2] === "esi" ? 2 : -1;
    if (at === -1) continue;
    const path = words.slice(0, at + 3).join(" ");
    const found = segments.get(path) ?? { interface: name, path, esi: undefined, dfPreference: undefined };
    const [first, second, third, value] = rest.slice(at + 1);
    const isEsi = first?.includes(":") === true;
    const isPreference = first === "df-election-type" && second === "preference" && third === "value";
    segments.set(path, {
      ...found,
      ...(isEsi ? { esi: first } : {}),
      ...(isPreference && value !== undefined ? { dfPreference: Number(value) } : {}),
    });
  }
  return [...segments.values()];
}

function readAccessInterfaces(
  statements: readonly Statement[],
  segments: readonly ConfiguredSegment[],
): readonly AccessInterface[] {
  return [...new Set(segments.map((segment) => segment.interface))].map((name) => ({
    name,
    disabled: statements.some(
      ({ words, active }) =>
        active && words.length === 3 && startsWith(words, ["interfaces", name, "disable"]),
    ),
  }));
}

function readInteriorProtocols(statements: readonly Statement[]): readonly InteriorProtocol[] {
  const names = ["isis", "ospf", "ospf3"] as const;
  return names.flatMap((name) => {
    const own = statements.filter(({ words, active }) => active && startsWith(words, ["protocols", name]));
    if (!own.some(({ words }) => words.includes("interface"))) return [];
    const stated = own.filter(({ words }) => words[2] === "overload");
    const overload = stated.map(({ words }) => words.slice(3).join(" ")).filter((text) => text !== "");
    const passes = overload.some((text) => text.startsWith("timeout "));
    return [{ name, overloaded: stated.length > 0 && !passes, overload }];
  });
}

/** The statement of the most particular level counts: neighbour, group, all of BGP. */
function readGracefulShutdown(statements: readonly Statement[]): GracefulShutdown {
  const applied = appliedGroups(statements);
  const own: string[][] = [];
  const senders = new Set<string>();
  const refusedAt = new Set<string>();
  const otherInstances = new Set<string>();
  let runs = false;
  for (const { words, active } of statements) {
    if (!active) continue;
    const inherited = words[0] === "groups" && applied.has(words[1] ?? "");
    const rest = inherited ? words.slice(2) : words;
    if (rest[0] === "routing-instances" && startsWith(rest.slice(2), ["protocols", "bgp"])) {
      otherInstances.add(rest.slice(0, 2).join(" "));
    }
    if (!startsWith(rest, ["protocols", "bgp"])) continue;
    runs = true;
    const at = rest.indexOf("graceful-shutdown");
    if (at === -1) continue;
    const level = rest.slice(0, at);
    if (rest[at + 1] === "sender") senders.add(level.join(" "));
    if (rest[at + 1] === "receiver" && rest[at + 2] === "disable") refusedAt.add(level.join(" "));
    own.push([...level]);
  }
  const levels = new Set([...(runs ? ["protocols bgp"] : []), ...own.map((level) => level.join(" "))]);
  return {
    silentLevels: [...levels].filter((level) => !senders.has(level)),
    refusedAt: [...refusedAt],
    otherInstances: [...otherInstances],
  };
}

function appliedGroups(statements: readonly Statement[]): ReadonlySet<string> {
  return new Set(
    statements.flatMap(({ words, active }) => {
      const at = words.indexOf("apply-groups");
      return active && at !== -1 ? words.slice(at + 1) : [];
    }),
  );
}

/** Groups for something else (host names of routing engines, logins) don't stand in the way. */
function groupProblems(statements: readonly Statement[]): readonly DrainProblem[] {
  const applied = appliedGroups(statements);
  const problems = new Map<string, DrainProblem>();
  for (const { words, active } of statements) {
    const [section, group, ...rest] = words;
    if (!active || section !== "groups" || group === undefined || !applied.has(group)) continue;
    if (!isDrainRelevant(rest)) continue;
    const statement = `groups ${group} ${rest.slice(0, 3).join(" ")}`;
    problems.set(statement, {
      code: "StatementsInGroups",
      statement,
      ...(rest.includes("bgp") ? { only: "ExportChains" as const } : {}),
    });
  }
  return [...problems.values()];
}

function isDrainRelevant(words: readonly string[]): boolean {
  const at = words[0] === "routing-instances" ? 2 : 0;
  if (words[at] === "protocols" && ["bgp", "isis", "ospf", "ospf3"].includes(words[at + 1] ?? ""))
    return true;
  return words[0] === "interfaces" && words.includes("esi");
}

function protectionProblems(lines: readonly SetLine[]): readonly DrainProblem[] {
  const sections = new Set(["protocols", "routing-instances", "interfaces", "policy-options"]);
  return lines
    .filter(({ verb, words }) => verb === "protect" && (words.length === 0 || sections.has(words[0] ?? "")))
    .map(({ words }) => ({ code: "StatementProtected" as const, statement: words.join(" ") }));
}

/** `set` on a deactivated statement leaves it without effect. */
function segmentProblems(
  statements: readonly Statement[],
  segments: readonly ConfiguredSegment[],
): readonly DrainProblem[] {
  const names = new Set(segments.map((segment) => segment.interface));
  return statements
    .filter(({ words, active }) => !active && words[0] === "interfaces" && names.has(words[1] ?? ""))
    .filter(
      ({ words }) => (words.length === 3 && words[2] === "disable") || words.includes("df-election-type"),
    )
    .map(({ words }) => ({ code: "StatementInactive" as const, statement: words.join(" ") }));
}

function nameProblems(
  statements: readonly Statement[],
  existingDrain: ExistingDrain | null,
): readonly DrainProblem[] {
  if (existingDrain !== null) return [];
  const taken = statements.find(
    ({ words }) => words[0] === "policy-options" && words[2]?.startsWith(DRAIN_NAMES.prefix) === true,
  );
  return taken === undefined ? [] : [{ code: "NameTaken", statement: taken.words.slice(0, 3).join(" ") }];
}
