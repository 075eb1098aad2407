/** Asks which faults are in effect. */
import type { Fault } from "../fault.ts";
import type { ControlPlane } from "../controlPlane.ts";
import type { World } from "../world.ts";

/** True where a fault of that device is in effect that fits. */
export function isFaulty(world: World, device: string, fits: (fault: Fault) => boolean): boolean {
  return world.faults.some(
    (active) => active.state === "Armed" && active.fault.device === device && fits(active.fault),
  );
}

/** True where a fault is in effect that fits, and that is of that control plane or of the whole device. */
export function isFaultyPlane(world: World, plane: ControlPlane, fits: (fault: Fault) => boolean): boolean {
  return isFaulty(world, plane.device, (fault) => concerns(fault, plane) && fits(fault));
}

/** A fault that names no control plane is of each. */
export function concerns(fault: Fault, plane: ControlPlane): boolean {
  return fault.controlPlane === undefined || fault.controlPlane === plane.name;
}

/** True where the line card in that slot is dead. */
export function isCardDead(world: World, device: string, slot: number): boolean {
  return isFaulty(world, device, (fault) => fault.fault === "lineCardDead" && fault.slot === slot);
}

/** By how many seconds faults delay a boot. */
export function slowestBoot(world: World, plane: ControlPlane): number {
  let seconds = 0;
  isFaultyPlane(world, plane, (fault) => {
    if (fault.fault === "bootsSlowly") seconds = Math.max(seconds, fault.seconds);
    return false;
  });
  return seconds;
}
