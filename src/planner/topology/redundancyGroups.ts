/** Declared redundancy groups, resolved to numbers. */
import type { Fabric } from "../../api/fabric.gen.ts";
import { compareNames, sortedNames } from "../naturalOrder.ts";
import { PlanningError } from "../planningError.ts";
import type { TopologyGroup } from "./topology.ts";

/** The groups by name. Throws `PlanningError` for a minimum that is no number, no percentage, or too high. */
export function resolveGroups(spec: Fabric["spec"]): TopologyGroup[] {
  const groups = spec.redundancyGroups ?? [];
  return groups
    .map(({ name, members, minAvailable }, index) => {
      const unique = sortedNames(members);
      const minimum = resolveMinimum(minAvailable, unique.length);
      if (minimum === null || minimum > unique.length) {
        const field = `spec.redundancyGroups[${String(index)}].minAvailable`;
        const message = `group ${name}: minAvailable ${String(minAvailable)} is not a number or percentage of ${String(unique.length)} members`;
        throw new PlanningError("FabricInvalid", field, message);
      }
      return { name, members: unique, minAvailable: minimum };
    })
    .toSorted((a, b) => compareNames(a.name, b.name));
}

/** A percentage is rounded up: half of three devices is two. Null where the text is neither. */
function resolveMinimum(minAvailable: number | string, members: number): number | null {
  const text = String(minAvailable);
  if (/^\d{1,4}$/.test(text)) return Number(text);
  const percent = /^(\d{1,3})%$/.exec(text)?.[1];
  return percent === undefined ? null : Math.ceil((members * Number(percent)) / 100);
}
