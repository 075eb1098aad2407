/** Which devices cannot be taken out without cutting somebody off, and whom. */
import type { ExposedDevice } from "../../api/plan.ts";
import { sortedNames } from "../naturalOrder.ts";
import { nameOf, namesOn } from "./fabricGraph.ts";
import { breaks } from "./requirement.ts";
import type { TierRules } from "./tierRules.ts";

/** Whom a device cuts off when it goes out alone; null for nobody. */
export function exposureOf(device: number, rules: TierRules): ExposedDevice | null {
  const { graph, paths, partings } = rules;
  const broken = rules.of(device).filter((requirement) => breaks(requirement, (other) => other === device));
  const pairs = paths.lost([device]);
  const parted = partings.get(device) ?? [];
  if (broken.length + pairs.length + parted.length === 0) return null;
  const isolated = new Set(broken.flatMap(({ isolates }) => isolates));
  const isCutOff = (devices: readonly number[]): boolean => devices.every((each) => isolated.has(each));
  const sides = new Set(pairs.flat());
  for (const side of sides) {
    if (paths.isAlone(side, [device])) for (const each of side.devices) isolated.add(each);
  }
  const all = [...pairs.map(([side, far]) => [side.devices, far.devices] as const), ...parted];
  // Where one side is cut off from everybody, the other has not lost anything of its own.
  const both = all.filter((pair) => !pair.some(isCutOff)).flat(2);
  for (const each of both) isolated.add(each);
  const names = new Set(broken.flatMap((requirement) => requirement.names));
  for (const each of isolated) for (const name of namesOn(graph, each)) names.add(name);
  return { device: nameOf(graph, device), endpoints: sortedNames(names) };
}
