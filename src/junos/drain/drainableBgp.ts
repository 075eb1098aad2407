/**
 * BGP groups and their export chains, read from a configuration in `set` format. Junos uses the chain of the
 * most particular level that has one (neighbour, group, all of BGP) and none of the others, so that adding a
 * policy at a level without a chain would switch the inherited one off.
 */
import type { DrainProblem } from "./drainableConfiguration.ts";
import type { PlacedStatement } from "./places.ts";
import { startsWith, unquote } from "./setLines.ts";

/** A level with an export chain, or where one can be set. */
export interface ExportChain {
  /** `protocols bgp group UNDERLAY`, perhaps with a neighbour or in a routing instance. */
  readonly path: string;
  /** The policies at this very level, in order. */
  readonly policies: readonly string[];
  /** The policies in effect when this level has none. */
  readonly inherited: readonly string[];
  readonly evpn: boolean;
  /** It carries routes of other families than EVPN. */
  readonly unicast: boolean;
  /** The AS number this level speaks as. */
  readonly autonomousSystem: string | undefined;
}

export interface BgpGroup {
  /** `protocols bgp group UNDERLAY`, in a routing instance with that in front. */
  readonly path: string;
  readonly name: string;
  readonly type: "internal" | "external";
  readonly evpn: boolean;
  /** Routes are reflected to its members. */
  readonly reflector: boolean;
  /** The chain of the group. */
  readonly chain: ExportChain;
  /** Chains of neighbours that differ from the group's: an export, a family or an AS of their own. */
  readonly neighbourChains: readonly ExportChain[];
}

interface Level {
  readonly path: readonly string[];
  readonly exports: string[];
  readonly families: Set<string>;
  localAs: string | undefined;
  peerAs: string | undefined;
  type: string | undefined;
  cluster: boolean;
}

interface GroupLevels {
  readonly group: Level;
  readonly neighbours: Map<string, Level>;
}

/** BGP of the main instance or of one routing instance. */
interface BgpInstance {
  readonly top: Level;
  readonly groups: Map<string, GroupLevels>;
  autonomousSystem: string | undefined;
}

/** Families that say nothing about where packets are sent. */
const CONTROL_FAMILIES = new Set(["evpn", "route-target"]);

/** Reads the active BGP groups of all instances, and what stands in the way of draining them. */
export function readBgpGroups(
  statements: readonly PlacedStatement[],
  options: { hasSegments: boolean },
): { readonly groups: readonly BgpGroup[]; readonly problems: readonly DrainProblem[] } {
  const problems: DrainProblem[] = [];
  const chainProblem = (problem: DrainProblem): DrainProblem => ({ ...problem, only: "ExportChains" });
  const instances = collect(statements, problems);
  const mainAs = instances.get("")?.autonomousSystem;
  const groups: BgpGroup[] = [];
  for (const instance of instances.values()) {
    const instanceAs = instance.autonomousSystem ?? mainAs;
    for (const [name, levels] of instance.groups) {
      const group = toGroup(name, levels, { top: instance.top, autonomousSystem: instanceAs });
      if (group === null) {
        const statement = levels.group.path.join(" ");
        problems.push(chainProblem({ code: "GroupTypeUnknown", statement }));
        continue;
      }
      problems.push(...problemsOf(group, options.hasSegments).map(chainProblem));
      groups.push(group);
    }
  }
  return { groups, problems };
}

function problemsOf(group: BgpGroup, hasSegments: boolean): readonly DrainProblem[] {
  const chains = [group.chain, ...group.neighbourChains];
  const nameless = chains.filter(
    (chain) => group.type === "external" && chain.unicast && chain.autonomousSystem === undefined,
  );
  return [
    ...nameless.map((chain) => ({ code: "AutonomousSystemUnknown" as const, statement: chain.path })),
    ...(group.reflector && group.evpn && hasSegments
      ? [{ code: "ReflectorWithSegments" as const, statement: group.path }]
      : []),
  ];
}

function collect(
  statements: readonly PlacedStatement[],
  problems: DrainProblem[],
): ReadonlyMap<string, BgpInstance> {
  const instances = new Map<string, BgpInstance>();
  for (const { words, active, place } of statements) {
    if (words[0] === "logical-systems" && words.includes("bgp") && active) {
      problems.push({ code: "LogicalSystem", statement: words.slice(0, 2).join(" ") });
      continue;
    }
    const scope = words[0] === "routing-instances" ? words.slice(0, 2) : [];
    const rest = words.slice(scope.length);
    if (startsWith(rest, ["routing-options", "autonomous-system"]) && active) {
      instanceOf(instances, scope).autonomousSystem = rest[2];
    }
    if (!startsWith(rest, ["protocols", "bgp"])) continue;
    const instance = instanceOf(instances, scope);
    const [level, attribute] = levelOf(instance, rest.slice(2), { place, create: active });
    if (active) take(level, attribute);
    const stated = [...place, ...words].join(" ");
    // Two places make one level: a chain that is changed in the one may be overruled by the other.
    if (active && level !== instance.top && !standsIn(level.path, place)) {
      problems.push({ code: "StatementsInGroups", statement: stated, only: "ExportChains" });
    }
    const inChain = attribute[0] === "export" && level !== instance.top;
    if (!active && inChain && levelIsActive(statements, words, attribute)) {
      problems.push({ code: "StatementInactive", statement: stated, only: "ExportChains" });
    }
  }
  return instances;
}

function standsIn(path: readonly string[], place: readonly string[]): boolean {
  const own = path[0] === "groups" ? path.slice(0, 2) : [];
  return own.join(" ") === place.join(" ");
}

/** Other statements of the same level have effect, so that it is the export alone that is switched off. */
function levelIsActive(
  statements: readonly PlacedStatement[],
  words: readonly string[],
  attribute: readonly string[],
): boolean {
  const path = words.slice(0, words.length - attribute.length);
  return statements.some((other) => other.active && startsWith(other.words, path));
}

function instanceOf(instances: Map<string, BgpInstance>, scope: readonly string[]): BgpInstance {
  const key = scope.join(" ");
  const known = instances.get(key);
  if (known !== undefined) return known;
  const top = newLevel([...scope, "protocols", "bgp"]);
  const instance: BgpInstance = { top, groups: new Map(), autonomousSystem: undefined };
  instances.set(key, instance);
  return instance;
}

/** Finds the level a statement belongs to, and what is left of the statement. Inactive ones make no level. */
function levelOf(
  instance: BgpInstance,
  words: readonly string[],
  { place, create }: { readonly place: readonly string[]; readonly create: boolean },
): readonly [Level, readonly string[]] {
  const [keyword, name, inner, address] = words;
  if (keyword !== "group" || name === undefined) return [instance.top, words];
  const path = [...place, ...instance.top.path, "group", name];
  const group = instance.groups.get(name) ?? { group: newLevel(path), neighbours: new Map<string, Level>() };
  if (create) instance.groups.set(name, group);
  if (inner !== "neighbor" || address === undefined) return [group.group, words.slice(2)];
  const neighbour = group.neighbours.get(address) ?? newLevel([...path, "neighbor", address]);
  if (create) group.neighbours.set(address, neighbour);
  return [neighbour, words.slice(4)];
}

function newLevel(path: readonly string[]): Level {
  return {
    path,
    exports: [],
    families: new Set(),
    localAs: undefined,
    peerAs: undefined,
    type: undefined,
    cluster: false,
  };
}

function take(level: Level, [keyword, ...values]: readonly string[]): void {
  const [value] = values;
  if (keyword === "export") level.exports.push(...values.filter((word) => !/^[[\]]$/.test(word)));
  if (keyword === "family" && value !== undefined) level.families.add(value);
  if (keyword === "local-as") level.localAs = value;
  if (keyword === "peer-as") level.peerAs = value;
  if (keyword === "type") level.type = value;
  if (keyword === "cluster") level.cluster = true;
}

interface Inheritance {
  readonly top: Level;
  readonly autonomousSystem: string | undefined;
}

function toGroup(name: string, levels: GroupLevels, from: Inheritance): BgpGroup | null {
  const { group } = levels;
  const neighbours = [...levels.neighbours.values()];
  const type = typeOf(levels, from);
  if (type === null) return null;
  const chain = toChain([group, from.top], from);
  const neighbourChains = neighbours
    .filter(
      ({ exports, families, localAs }) => exports.length > 0 || families.size > 0 || localAs !== undefined,
    )
    .map((neighbour) => toChain([neighbour, group, from.top], from));
  return {
    path: group.path.join(" "),
    name: unquote(name),
    type,
    evpn: chain.evpn || neighbourChains.some(({ evpn }) => evpn),
    reflector: group.cluster || neighbours.some(({ cluster }) => cluster) || from.top.cluster,
    chain,
    neighbourChains,
  };
}

/** Reads a chain from its levels, the most particular one first. */
function toChain(levels: readonly Level[], from: Inheritance): ExportChain {
  const [own, ...above] = levels;
  const families = levels.find((level) => level.families.size > 0)?.families ?? new Set<string>();
  return {
    path: own?.path.join(" ") ?? "",
    policies: own?.exports ?? [],
    inherited: above.find(({ exports }) => exports.length > 0)?.exports ?? [],
    evpn: families.has("evpn"),
    // Without any family BGP carries IPv4 unicast.
    unicast: families.size === 0 || [...families].some((family) => !CONTROL_FAMILIES.has(family)),
    autonomousSystem: levels.find(({ localAs }) => localAs !== undefined)?.localAs ?? from.autonomousSystem,
  };
}

/** Without a type of its own a group is internal when its peers are in our autonomous system. */
function typeOf(levels: GroupLevels, from: Inheritance): "internal" | "external" | null {
  const stated = levels.group.type ?? from.top.type;
  if (stated === "internal" || stated === "external") return stated;
  const ownAs = levels.group.localAs ?? from.top.localAs ?? from.autonomousSystem;
  const peers = [...levels.neighbours.values()].map(({ peerAs }) => peerAs ?? levels.group.peerAs);
  const known = (peers.length === 0 ? [levels.group.peerAs] : peers).map((peerAs) =>
    peerAs === undefined || ownAs === undefined ? null : peerAs === ownAs,
  );
  if (known.every((same) => same === true)) return "internal";
  return known.every((same) => same === false) ? "external" : null;
}
