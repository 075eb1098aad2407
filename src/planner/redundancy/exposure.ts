/** Which devices cannot be taken out without cutting somebody off, and whom. */
import type { ExposedDevice } from "../../api/plan.ts";
import { append } from "../indexes.ts";
import { sortedNames } from "../naturalOrder.ts";
import { breaks, devicesIn } from "./requirement.ts";
import type { Requirement } from "./requirement.ts";
import type { UpwardGraph } from "./upwardGraph.ts";

/** The requirements that each device takes part in. */
export type RequirementIndex = ReadonlyMap<string, readonly Requirement[]>;

export function indexByDevice(requirements: readonly Requirement[]): RequirementIndex {
  const index = new Map<string, Requirement[]>();
  for (const requirement of requirements) {
    for (const device of devicesIn(requirement)) append(index, device, requirement);
  }
  return index;
}

/** Whom a device cuts off when it goes out alone; null for nobody. */
export function exposureOf(
  device: string,
  { index, graph }: { index: RequirementIndex; graph: UpwardGraph },
): ExposedDevice | null {
  const alone = new Set([device]);
  const broken = (index.get(device) ?? []).filter((requirement) => breaks(requirement, alone));
  if (broken.length === 0) return null;
  const names = new Set<string>();
  const isolated = new Set<string>();
  for (const { kind, names: own, sides } of broken) {
    if (kind === "Path") continue;
    for (const name of own) names.add(name);
    for (const member of sides.flat()) isolated.add(member);
  }
  for (const { kind, names: own, sides } of broken) {
    if (kind !== "Path") continue;
    for (const name of own) names.add(name);
    // Where one side is cut off from everybody, the other has not lost anything of its own.
    const lonely = sides.filter((side) => side.every((member) => isolated.has(member)));
    for (const member of (lonely.length > 0 ? lonely : sides).flat()) isolated.add(member);
  }
  for (const member of isolated) {
    if (member !== device) for (const name of graph.namesOn(member)) names.add(name);
  }
  return { device, endpoints: sortedNames(names) };
}
