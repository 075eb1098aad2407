/** Declared redundancy groups: who belongs to them now, and how many of those must stay. */
import type { Fabric } from "../../api/fabric.gen.ts";
import { compareNames, sortedNames } from "../naturalOrder.ts";
import type { Complain } from "../planningError.ts";
import { resolveSelector } from "../selector.ts";
import { elsewhereName } from "./elsewhere.ts";
import type { TopologyGroup } from "./topology.ts";

/** The groups by name. A group that can never be kept is complained of. */
export function resolveGroups(spec: Fabric["spec"], complain: Complain): TopologyGroup[] {
  return (spec.redundancyGroups ?? [])
    .map(({ name, members = [], selector, elsewhere: others = [], minAvailable }, index) => {
      const field = `spec.redundancyGroups[${String(index)}]`;
      const fail = (at: string, message: string): void => {
        complain({ reason: "FabricInvalid", field: `${field}.${at}`, message: `group ${name}${message}` });
      };
      const selected =
        selector === undefined
          ? []
          : resolveSelector(selector, {
              devices: spec.devices,
              field: `${field}.selector`,
              what: `group ${name}`,
              complain,
              reasons: { DeviceNotFound: "FabricInvalid", SelectorMatchesNothing: "FabricInvalid" },
            });
      if (selector !== undefined && members.length > 0) fail("selector", " has members and a selector, too");
      const unique = sortedNames([...members, ...selected.map((device) => device.name)]);
      const elsewhere = sortedNames(
        others.flatMap(({ fabricRef, devices }) =>
          devices.map((device) => elsewhereName({ fabric: fabricRef.name, device })),
        ),
      );
      const count = unique.length + elsewhere.length;
      if (count === 1) {
        const [only = ""] = unique;
        fail(selector === undefined ? "members" : "selector", ` is ${only} alone: nobody can stay for it`);
      }
      const minimum = resolveMinimum(minAvailable, count);
      if (count > 1 && (minimum === null || minimum < 1 || minimum > count)) {
        const wanted = `minAvailable ${String(minAvailable)}`;
        fail(
          "minAvailable",
          minimum !== null && minimum > count
            ? `: ${wanted} can never be kept: it has ${String(count)} members`
            : `: ${wanted} is not a number or percentage of ${String(count)} members`,
        );
      }
      return {
        name,
        members: unique,
        ...(elsewhere.length === 0 ? {} : { elsewhere }),
        minAvailable: minimum ?? count,
      };
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
