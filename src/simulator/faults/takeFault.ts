/** Faults that happen once: who meets one uses it up. */
import type { Fault } from "../fault.ts";
import { note } from "../world.ts";
import type { ControlPlane } from "../controlPlane.ts";
import type { World } from "../world.ts";
import { concerns } from "./faultQueries.ts";

/** The first fault of that device that is armed and fits; it is over from now on. */
export function takeFault(world: World, device: string, fits: (fault: Fault) => boolean): Fault | undefined {
  const active = world.faults.find(
    (candidate) => candidate.state === "Armed" && candidate.fault.device === device && fits(candidate.fault),
  );
  if (active === undefined) return undefined;
  active.state = "Over";
  for (const event of active.events) world.queue.cancel(event);
  note(world, { device, kind: "FaultEnded", message: `${active.fault.fault} has happened` });
  return active.fault;
}

/** As `takeFault`, of that control plane or of the whole device. */
export function takePlaneFault(
  world: World,
  plane: ControlPlane,
  fits: (fault: Fault) => boolean,
): Fault | undefined {
  return takeFault(world, plane.device, (fault) => concerns(fault, plane) && fits(fault));
}
