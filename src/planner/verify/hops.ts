/**
 * What a plan claims of devices that install several images: that they are the last ones of what the assignment names,
 * in its order, and that release and time are those of the whole way.
 */
import type { Plan } from "../../api/plan.ts";
import type { ResolvedAssignment } from "./assignments.ts";
import type { Violation } from "./claims.ts";

export function checkHops(plan: Plan, assignments: readonly ResolvedAssignment[]): Violation[] {
  const ways = new Map(
    assignments.flatMap(({ images, devices }) =>
      images === undefined ? [] : devices.map((device) => [device, images] as const),
    ),
  );
  return Object.entries(plan.devices).flatMap(([device, { hops, to, batch, estimateSeconds }]) => {
    if (hops === undefined) return [];
    const object = (witness: string): Violation => ({ claim: "Hops", batch, devices: [device], witness });
    const found: Violation[] = [];
    const names = hops.map(({ image }) => image);
    const way = ways.get(device);
    if (way !== undefined && way.slice(-names.length).join(" ") !== names.join(" ")) {
      const got = `${device} gets ${names.join(", ")}`;
      found.push(object(`${got}, its assignment names ${way.join(", ")} in this order`));
    }
    const last = hops.at(-1)?.to;
    if (last !== to) found.push(object(`${device} ends with ${last ?? "nothing"}, the plan says ${to}`));
    const seconds = hops.reduce((sum, hop) => sum + hop.estimateSeconds, 0);
    if (seconds !== estimateSeconds) {
      found.push(object(`${device} takes ${String(estimateSeconds)} s, its images ${String(seconds)} s`));
    }
    return found;
  });
}
