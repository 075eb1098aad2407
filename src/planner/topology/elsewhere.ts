/** Members of redundancy groups that are devices of other fabrics: two sites that share a gateway count on each other. */
import type { Fabric } from "../../api/fabric.gen.ts";

/** A device of another fabric of the same namespace. */
export interface ElsewhereDevice {
  readonly fabric: string;
  readonly device: string;
}

/** `dc2/border1`. No device has a name with a slash, so that this is nobody of the own fabric. */
export function elsewhereName({ fabric, device }: ElsewhereDevice): string {
  return `${fabric}/${device}`;
}

/** What such a name means. */
export function elsewhereDevice(name: string): ElsewhereDevice {
  const slash = name.indexOf("/");
  return { fabric: name.slice(0, slash), device: name.slice(slash + 1) };
}

/** The names of all devices of other fabrics that the groups name. */
export function namesElsewhere({ redundancyGroups = [] }: Fabric["spec"]): string[] {
  const names = redundancyGroups.flatMap(({ elsewhere = [] }) =>
    elsewhere.flatMap(({ fabricRef, devices }) =>
      devices.map((device) => elsewhereName({ fabric: fabricRef.name, device })),
    ),
  );
  return [...new Set(names)];
}
