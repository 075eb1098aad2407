/** Asks which faults are in effect. */
import type { Fault } from "../fault.ts";
import type { World } from "../world.ts";

/** True where a fault of that device is in effect that fits. */
export function isFaulty(world: World, device: string, fits: (fault: Fault) => boolean): boolean {
  return world.faults.some(
    (active) => active.state === "Armed" && active.fault.device === device && fits(active.fault),
  );
}
