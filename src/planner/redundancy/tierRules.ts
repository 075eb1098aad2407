/** Everything that removing devices of one tier can break. Devices of other tiers stay in service meanwhile. */
import type { Tier } from "../../api/plan.ts";
import { append } from "../indexes.ts";
import { endpointGroups } from "./endpointGroups.ts";
import type { EndpointGroup } from "./endpointGroups.ts";
import { endpointPathRequirements } from "./endpointPaths.ts";
import { entryDevices, tierMembers } from "./fabricGraph.ts";
import type { FabricGraph } from "./fabricGraph.ts";
import { neededIslands, topIslands } from "./islands.ts";
import { oneByOne } from "./oneByOne.ts";
import type { OneByOne } from "./oneByOne.ts";
import { partiesOf } from "./parties.ts";
import { pathRules } from "./pathRules.ts";
import type { PathRules } from "./pathRules.ts";
import { requirementsOf } from "./redundancy.ts";
import { devicesIn } from "./requirement.ts";
import type { Requirement } from "./requirement.ts";
import { paths, waysUp } from "./waysUp.ts";

export interface TierRules {
  readonly graph: FabricGraph;
  /** The requirements that a device of the tier takes part in. */
  readonly of: (device: number) => readonly Requirement[];
  readonly paths: PathRules;
  readonly partings: OneByOne["partings"];
  /** The devices of the tier that each path between two devices needs. */
  readonly pathsBetween: (from: number, to: number) => number[][];
}

/** The rules of each tier, derived when they are first asked for. */
export function rulesByTier(graph: FabricGraph): (tier: Tier) => TierRules {
  const groups = endpointGroups(graph);
  const common = indexByDevice(requirementsOf(graph, groups));
  const islands = topIslands(graph);
  const whole = waysUp(graph, { isMember: () => false, islands });
  const known = new Map<Tier, TierRules>();
  return (tier) => {
    let rules = known.get(tier);
    if (rules === undefined) {
      rules = rulesOf(graph, { tier, groups, common, islands, whole });
      known.set(tier, rules);
    }
    return rules;
  };
}

interface Common {
  readonly tier: Tier;
  readonly groups: readonly EndpointGroup[];
  readonly common: ReadonlyMap<number, readonly Requirement[]>;
  readonly islands: ReturnType<typeof topIslands>;
  readonly whole: ReturnType<typeof waysUp>;
}

function rulesOf(graph: FabricGraph, { tier, groups, common, islands: all, whole }: Common): TierRules {
  const members = tierMembers(graph, tier);
  const inTier = new Set(members);
  const isMember = (device: number): boolean => inTier.has(device);
  const islands = members.some((member) => all[member] !== -1)
    ? neededIslands(all, {
        tier: members,
        reachOf: new Map(entryDevices(graph).map((device) => [device, whole.of(device).fixed])),
        firstIsland: whole.firstIsland,
      })
    : all;
  const ways = waysUp(graph, { isMember, islands });
  const { requirements, partings } = oneByOne(graph, { members, islands, whole });
  const endpointPaths = endpointPathRequirements(graph, { groups, isMember, ways });
  const own = indexByDevice([...endpointPaths, ...requirements]);
  return {
    graph,
    of: (device) => {
      const special = own.get(device);
      const usual = common.get(device) ?? [];
      return special === undefined ? usual : [...usual, ...special];
    },
    paths: pathRules(partiesOf(graph, members, ways), graph.names.length),
    partings,
    pathsBetween: (from, to) => paths(ways.of(from), ways.of(to), ways.beyond),
  };
}

function indexByDevice(requirements: readonly Requirement[]): Map<number, Requirement[]> {
  const index = new Map<number, Requirement[]>();
  for (const requirement of requirements) {
    for (const device of devicesIn(requirement)) append(index, device, requirement);
  }
  return index;
}
