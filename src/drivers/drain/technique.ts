/**
 * What a technique of a drain is: one way of making others prefer other paths. Several work together, one for each way
 * in which traffic comes to a device. A technique knows which commands it takes and how they are taken back; whether
 * traffic has moved is asked of the others, whatever the technique was.
 */
import type {
  DrainableConfiguration,
  DrainProblem,
  DrainProblemCode,
} from "../../junos/drain/drainableConfiguration.ts";
import type { DrainMark, ExistingDrain } from "../../junos/drain/existingDrain.ts";
import type { WantedPolicies } from "./exportPolicies.ts";

/** Stands in the marks of drained devices and in `DeviceUpgrade.status.drain`: never renamed. */
export type DrainTechniqueName =
  "Policy" | "GracefulShutdown" | "ForwarderPreference" | "Overload" | "LinksDown" | "EvpnMaintenanceMode";

/** A device as it is while it carries a drain. */
export type DrainedConfiguration = DrainableConfiguration & { readonly existingDrain: ExistingDrain };

export interface DrainTechnique {
  readonly name: DrainTechniqueName;
  /** What it needs is configured on the device; without it there is nothing for it to do. */
  readonly applies: (configuration: DrainableConfiguration) => boolean;
  /** Why it cannot be used on this device; none where only the device itself can tell (`commit check`). */
  readonly problems: (configuration: DrainableConfiguration) => readonly DrainProblem[];
  /** Policies that have to stand first in export chains. */
  readonly policies?: (configuration: DrainableConfiguration) => readonly WantedPolicies[];
  /** The other commands; empty where all is as it has to be. */
  readonly commands: (configuration: DrainableConfiguration) => readonly string[];
  /** Takes the other commands back, as the marks say. */
  readonly undo: (drained: DrainedConfiguration) => readonly string[];
  /** The marks that go with its being taken back. */
  readonly marks: (drain: ExistingDrain) => readonly DrainMark[];
}

/** A technique for one device, and why this one. */
export interface ChosenTechnique {
  readonly technique: DrainTechnique;
  readonly why: string;
}

/** A problem in the words of the configuration. */
export function problem(code: DrainProblemCode, statement: string): DrainProblem {
  return { code, statement };
}
