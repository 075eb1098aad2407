/**
 * Which of the selected devices cut somebody off, and whether that is so only because somebody has drained others. What
 * hangs on a drained device may still go through it, so that its own loss counts, and the loss of what it needs.
 */
import type { ExposedDevice, Tier } from "../api/plan.ts";
import { sortedNames } from "./naturalOrder.ts";
import type { Selected } from "./plannedBatches.ts";
import { exposureOf } from "./redundancy/exposure.ts";
import { fabricGraph } from "./redundancy/fabricGraph.ts";
import type { FabricGraph } from "./redundancy/fabricGraph.ts";
import { rulesByTier } from "./redundancy/tierRules.ts";
import type { TierRules } from "./redundancy/tierRules.ts";
import { countedIn, drainedDevices, undrain } from "./topology/drained.ts";
import type { Topology, TopologyDevice } from "./topology/topology.ts";

export interface Exposures {
  readonly exposed: readonly ExposedDevice[];
  /** The devices whose being drained it is due to; empty where somebody would be cut off all the same. */
  readonly dueTo: (exposed: ExposedDevice) => readonly TopologyDevice[];
}

interface Ground {
  readonly graph: FabricGraph;
  /** The rules of that graph. */
  readonly rules: (tier: Tier) => TierRules;
  readonly outOfService: readonly string[];
}

export function exposedDevices(
  selected: readonly Selected[],
  { graph, rules, outOfService }: Ground,
): Exposures {
  const { topology, numberOf, tiers, uplinksNeeded } = graph;
  const drained = drainedDevices(topology);
  const isDrained = new Set(drained.map(({ name }) => name));
  const rulesOf = (counted: Topology): ((tier: Tier) => TierRules) =>
    rulesByTier({ ...fabricGraph(counted, outOfService), uplinksNeeded });
  let undrained: ((tier: Tier) => TierRules) | null = null;
  /** As if nobody had drained anything. */
  const otherwise = (number: number, tier: Tier): readonly string[] => {
    if (drained.length === 0) return [];
    undrained ??= rulesOf(undrain(topology));
    return exposureOf(number, undrained(tier))?.endpoints ?? [];
  };
  return {
    exposed: selected.flatMap(({ number, device: { name, role } }) => {
      const own = isDrained.has(name) ? rulesOf(countedIn(topology, new Set([name]))) : rules;
      const found = exposureOf(number, own(role));
      const missed = otherwise(number, role);
      if (missed.length === 0) return found ?? [];
      return { device: name, endpoints: sortedNames([...(found?.endpoints ?? []), ...missed]) };
    }),
    dueTo({ device, endpoints }) {
      const others = drained.filter(({ name }) => name !== device);
      const tier = tiers[numberOf.get(device) ?? -1];
      if (others.length === 0 || tier === undefined) return [];
      return otherwise(numberOf.get(device) ?? -1, tier).length < endpoints.length ? others : [];
    },
  };
}
