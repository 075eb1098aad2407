/**
 * Devices that back each other up and run different releases: for a while in the middle of a campaign, or for good where
 * only some of them are in it. Said once per pair of releases, with how far they are apart (PL-15).
 */
import type { PlanWarning } from "../api/plan.ts";
import { parseRelease } from "../release/version.ts";
import { compareTexts, listed, sortedNames } from "./naturalOrder.ts";
import { nameOf } from "./redundancy/fabricGraph.ts";
import type { TierRules } from "./redundancy/tierRules.ts";

/** What a device runs before and after; equal for one that is not upgraded. */
export interface Releases {
  readonly before: string;
  readonly after: string;
}

interface Mixture {
  readonly one: string;
  readonly other: string;
  readonly isForGood: boolean;
  readonly devices: Set<string>;
}

/** `releasesOf`: null where it is not known what a device runs. */
export function mixedReleases(
  devices: readonly { readonly number: number; readonly rules: TierRules }[],
  releasesOf: (device: number) => Releases | null,
): PlanWarning[] {
  const mixtures = new Map<string, Mixture>();
  const note = (
    [a, b]: readonly [string, string],
    { isForGood, names }: { isForGood: boolean; names: readonly string[] },
  ): void => {
    const [one, other] = compareTexts(a, b) < 0 ? [a, b] : [b, a];
    const key = `${String(isForGood)} ${one} ${other}`;
    const mixture = mixtures.get(key) ?? { one, other, isForGood, devices: new Set() };
    mixtures.set(key, mixture);
    for (const name of names) mixture.devices.add(name);
  };
  const seen = new Set<unknown>();
  for (const { number, rules } of devices) {
    for (const requirement of rules.of(number)) {
      const { kind, ways } = requirement;
      if ((kind !== "Endpoint" && kind !== "Group") || seen.has(requirement)) continue;
      seen.add(requirement);
      const members = [...new Set(ways.flat())].flatMap((member) => {
        const releases = releasesOf(member);
        return releases === null ? [] : [{ name: nameOf(rules.graph, member), ...releases }];
      });
      for (const [place, a] of members.entries()) {
        for (const b of members.slice(place + 1)) {
          const names = [a.name, b.name];
          if (a.after !== b.after) note([a.after, b.after], { isForGood: true, names });
          else {
            // One is done before the other.
            if (a.before !== b.after) note([a.before, b.after], { isForGood: false, names });
            if (b.before !== a.after) note([b.before, a.after], { isForGood: false, names });
          }
        }
      }
    }
  }
  return [...mixtures].toSorted(([a], [b]) => compareTexts(b, a)).map(([, mixture]) => describe(mixture));
}

function describe({ one, other, isForGood, devices }: Mixture): PlanWarning {
  const names = sortedNames(devices);
  const when = isForGood ? "after the campaign" : "until all of them are done";
  const apart = featureReleasesApart(one, other);
  const far =
    apart === null || apart === 0
      ? ""
      : `, ${String(apart)} feature ${apart === 1 ? "release" : "releases"} apart`;
  const message = `${listed(names)} back each other up and run ${one} and ${other} beside each other ${when}${far}`;
  return { reason: "MixedReleases", devices: names, message };
}

/** Junos has four feature releases a year (21.1 to 21.4); null where the releases have no order. */
function featureReleasesApart(one: string, other: string): number | null {
  const [a, b] = [parseRelease(one), parseRelease(other)];
  if (a?.kind !== "R" || b?.kind !== "R") return null;
  return Math.abs((a.major - b.major) * 4 + (a.minor - b.minor));
}
