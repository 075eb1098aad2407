/**
 * What a drain touches, read from a device's committed configuration in `set` format (without inheritance from
 * groups): BGP groups with their export chains, Ethernet segments, interior routing protocols, and a drain that
 * is in place already. Whatever cannot be changed and restored to the letter becomes a problem, never a guess.
 */
import { readBgpGroups, type BgpGroup } from "./drainableBgp.ts";
import { readInteriorProtocols, type InteriorProtocol } from "./drainableInterior.ts";
import { readGracefulShutdown, type GracefulShutdown } from "./drainableShutdown.ts";
import { DRAIN_NAMES, readExistingDrain, type ExistingDrain } from "./existingDrain.ts";
import { placed, someActive, type PlacedStatement } from "./places.ts";
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
  /** Where its segment is configured: `interfaces ae1`, perhaps in a group. */
  readonly path: string;
  /** It is switched off in the configuration. */
  readonly disabled: boolean;
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
  const stated = readStatements(parsed);
  const { effective: statements, obscure } = placed(stated);
  const segments = readSegments(statements);
  const existingDrain = readExistingDrain(stated);
  const { groups, problems } = readBgpGroups(statements, { hasSegments: segments.length > 0 });
  const interior = readInteriorProtocols(statements);
  const present = new Set(lines.map(canonical));
  return {
    release: statements.find(({ words }) => words[0] === "version")?.words[1],
    bgpGroups: groups,
    segments,
    accessInterfaces: readAccessInterfaces(statements, segments),
    interiorProtocols: interior.protocols,
    gracefulShutdown: readGracefulShutdown(statements, obscure),
    networkIsolation: someActive(statements, "protocols", "network-isolation"),
    maintenanceMode: someActive(statements, "protocols", "evpn", "maintenance-mode"),
    existingDrain,
    problems: [
      ...problems,
      ...groupProblems(obscure),
      ...protectionProblems(parsed),
      ...segmentProblems(statements, segments),
      ...interior.problems,
      ...nameProblems(statements, existingDrain),
    ],
    has: (command) => present.has(canonical(command)),
  };
}

function readSegments(statements: readonly PlacedStatement[]): readonly ConfiguredSegment[] {
  const segments = new Map<string, ConfiguredSegment>();
  for (const { words, active, place } of statements) {
    const [section, name, ...rest] = words;
    if (!active || section !== "interfaces" || name === undefined) continue;
    const at = rest[0] === "esi" ? 0 : rest[0] === "unit" && rest[2] === "esi" ? 2 : -1;
    if (at === -1) continue;
    const path = [...place, ...words.slice(0, at + 3)].join(" ");
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
  statements: readonly PlacedStatement[],
  segments: readonly ConfiguredSegment[],
): readonly AccessInterface[] {
  const paths = new Map(
    segments.map(({ interface: name, path }) => [name, path.replace(/ (?:unit \S+ )?esi$/, "")]),
  );
  return [...paths].map(([name, path]) => ({
    name,
    path,
    disabled: statements.some(
      ({ words, active }) =>
        active && words.length === 3 && startsWith(words, ["interfaces", name, "disable"]),
    ),
  }));
}

/** Groups for something else (host names of routing engines, logins) don't stand in the way. */
function groupProblems(obscure: readonly Statement[]): readonly DrainProblem[] {
  const problems = new Map<string, DrainProblem>();
  for (const { words, active } of obscure) {
    const [, group = "", ...rest] = words;
    if (!active || !isDrainRelevant(rest)) continue;
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
  const concerns = (section: string | undefined): boolean => section === undefined || sections.has(section);
  return lines
    .filter(({ verb, words }) => verb === "protect" && concerns(words[words[0] === "groups" ? 2 : 0]))
    .map(({ words }) => ({ code: "StatementProtected" as const, statement: words.join(" ") }));
}

/** `set` on a deactivated statement leaves it without effect, and what stands in two places is not one statement. */
function segmentProblems(
  statements: readonly PlacedStatement[],
  segments: readonly ConfiguredSegment[],
): readonly DrainProblem[] {
  const names = new Set(segments.map((segment) => segment.interface));
  const placesOf = (name: string): ReadonlySet<string> =>
    new Set(
      segments
        .filter((segment) => segment.interface === name)
        .map(({ path }) => path.slice(0, path.indexOf("interfaces"))),
    );
  const inTwoPlaces = [...names].filter((name) => placesOf(name).size > 1);
  const inactive = statements
    .filter(({ words, active }) => !active && words[0] === "interfaces" && names.has(words[1] ?? ""))
    .filter(
      ({ words }) => (words.length === 3 && words[2] === "disable") || words.includes("df-election-type"),
    )
    .map(({ words }) => ({ code: "StatementInactive" as const, statement: words.join(" ") }));
  return [
    ...inactive,
    ...inTwoPlaces.map((name) => ({
      code: "StatementsInGroups" as const,
      statement: `interfaces ${name} esi`,
    })),
  ];
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
