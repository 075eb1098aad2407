/** The redundancy rules of a tier by the names of devices, for explanations. Planning works with numbers. */
import type { PlannedHeadroom, Tier } from "../../api/plan.ts";
import type { Topology } from "../topology/topology.ts";
import { fabricGraph, nameOf } from "./fabricGraph.ts";
import type { FabricGraph } from "./fabricGraph.ts";
import { breaks } from "./requirement.ts";
import type { Requirement, RequirementKind } from "./requirement.ts";
import { rulesByTier } from "./tierRules.ts";

export type { RequirementKind } from "./requirement.ts";

/** A requirement, with names. */
export interface NamedRule {
  readonly kind: RequirementKind;
  readonly subject: string;
  readonly alike: number;
  readonly names: readonly string[];
  /** Devices whose endpoints are cut off when it is broken. */
  readonly isolates: readonly string[];
  readonly ways: readonly (readonly string[])[];
  readonly minimum: number;
}

export interface NamedRules {
  /** What depends on a device of the tier. */
  readonly of: (device: string) => NamedRule[];
  /** What a device and others break together, and neither it nor they alone. */
  readonly brokenTogether: (device: string, others: readonly string[]) => NamedRule[];
}

export function namedRules(
  topology: Topology,
  {
    tier,
    outOfService,
    headroom,
  }: { tier: Tier; outOfService: Iterable<string>; headroom?: PlannedHeadroom | undefined },
): NamedRules {
  const bare = fabricGraph(topology, outOfService);
  const needed = Object.entries(headroom?.uplinksNeeded ?? {});
  const graph = {
    ...bare,
    uplinksNeeded: new Map(needed.map(([name, count]) => [bare.numberOf.get(name) ?? -1, count])),
  };
  const rules = rulesByTier(graph)(tier);
  const numberOf = (name: string): number => graph.numberOf.get(name) ?? -1;

  function brokenPaths(device: number, others: readonly number[]): NamedRule[] {
    const isNew = rules.paths.lost(others).length === 0 && rules.paths.lost([device]).length === 0;
    const pairs = isNew ? rules.paths.lost([...others, device]) : [];
    const [first] = pairs;
    if (first === undefined) return [];
    const [from = 0, to = 0] = first.map(({ devices: [one = 0] }) => one);
    return [
      {
        kind: "Path",
        subject: `${nameOf(graph, from)} to ${nameOf(graph, to)}`,
        alike: pairs.length - 1,
        names: [],
        isolates: first.flatMap(({ devices }) => devices.map((each) => nameOf(graph, each))),
        ways: rules.pathsBetween(from, to).map((way) => way.map((each) => nameOf(graph, each))),
        minimum: 1,
      },
    ];
  }

  return {
    of: (device) => rules.of(numberOf(device)).map((requirement) => withNames(graph, requirement)),
    brokenTogether: (name, names) => {
      const [device, others] = [numberOf(name), names.map(numberOf)];
      const isOther = (each: number): boolean => others.includes(each);
      const isDevice = (each: number): boolean => each === device;
      const broken = rules
        .of(device)
        .filter(
          (rule) =>
            breaks(rule, (each) => isDevice(each) || isOther(each)) &&
            !breaks(rule, isOther) &&
            !breaks(rule, isDevice),
        );
      return [...broken.map((rule) => withNames(graph, rule)), ...brokenPaths(device, others)];
    },
  };
}

function withNames(graph: FabricGraph, requirement: Requirement): NamedRule {
  const { kind, subject, alike, names, minimum } = requirement;
  const named = (devices: readonly number[]): string[] => devices.map((device) => nameOf(graph, device));
  const ways = requirement.ways.map(named);
  return { kind, subject, alike, names, isolates: named(requirement.isolates), ways, minimum };
}

/** The devices named in any way of a rule. */
export function devicesOfRule({ ways }: NamedRule): Set<string> {
  return new Set(ways.flat());
}

/** How many ways of a rule are left when devices go out. */
export function waysOfRuleLeft({ ways }: NamedRule, removed: ReadonlySet<string>): number {
  return ways.filter((way) => !way.some((device) => removed.has(device))).length;
}
