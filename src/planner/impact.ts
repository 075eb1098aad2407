/** What a batch means for the fabric while it is out: who is cut off, what is left without a spare, for how long. */
import type { BatchImpact, ExposedDevice, KeptMembers } from "../api/plan.ts";
import { compareNames, sortedNames } from "./naturalOrder.ts";
import type { Batch } from "./batches/batches.ts";
import { waysLeft } from "./redundancy/requirement.ts";
import type { TierRules } from "./redundancy/tierRules.ts";

/** What is known of one device beside the redundancy. */
export interface DeviceEffort {
  /** From the beginning of the drain until it carries traffic again. */
  readonly outSeconds: number;
  /** To bring it back to what it ran. */
  readonly goBackSeconds: number;
  /** What is kept of it outside of it, before anything is changed. */
  readonly backup: readonly string[];
}

export interface ImpactGround {
  readonly rules: TierRules;
  /** Whom the device cuts off when it goes out; undefined for nobody. */
  readonly exposedOf: (device: number) => ExposedDevice | undefined;
  readonly effortsOf: (devices: readonly number[]) => readonly DeviceEffort[];
}

export function impactOf({ devices }: Batch, { rules, exposedOf, effortsOf }: ImpactGround): BatchImpact {
  const going = new Set(devices);
  const isOut = (device: number): boolean => going.has(device);
  const kept: KeptMembers[] = [];
  let withoutSpare = 0;
  let uplinks = 1;
  for (const requirement of new Set(devices.flatMap(rules.of))) {
    const { kind, subject, names, ways, minimum } = requirement;
    const left = waysLeft(requirement, isOut);
    switch (kind) {
      case "Endpoint":
        if (left === minimum) withoutSpare += names.length;
        break;
      case "Uplink":
        uplinks = Math.min(uplinks, left / ways.length);
        break;
      case "Role":
      case "Group":
        kept.push({ kind, name: subject, left, of: ways.length, needed: minimum });
        break;
      case "EvpnPeer":
      case "Path":
      case "OneByOne":
        break;
    }
  }
  const efforts = effortsOf(devices);
  const longest = (seconds: readonly number[]): number => Math.max(...seconds);
  return {
    cutOff: sortedNames(devices.flatMap((device) => exposedOf(device)?.endpoints ?? [])),
    withoutSpare,
    kept: kept.toSorted((a, b) => compareNames(`${a.kind} ${a.name}`, `${b.kind} ${b.name}`)),
    ...(uplinks < 1 ? { uplinksLeftPercent: Math.round(uplinks * 100) } : {}),
    outSeconds: longest(efforts.map(({ outSeconds }) => outSeconds)),
    goBackSeconds: longest(efforts.map(({ goBackSeconds }) => goBackSeconds)),
    backup: [...new Set(efforts.flatMap(({ backup }) => backup))],
  };
}
