/** The one error of the planner: what a user wrote cannot be planned. */
import { REASONS } from "../api/reasons.ts";
import type { Reason } from "../api/reasons.ts";

/** Why no plan can be made at all. Everything else ends as a skipped device, a problem or a blocker. */
export type PlanningErrorReason = Extract<
  Reason,
  | "FabricInvalid"
  | "ImageNotFound"
  | "ImageNotReady"
  | "SelectorEmpty"
  | "SelectorMatchesNothing"
  | "DeviceInTwoAssignments"
  | "DeviceNotFound"
>;

/** Thrown for input that cannot be planned. `field` is the path in the object, `hint` says what to do. */
export class PlanningError extends Error {
  override readonly name = "PlanningError";
  readonly reason: PlanningErrorReason;
  readonly field: string;
  readonly hint: string;

  constructor(reason: PlanningErrorReason, field: string, message: string) {
    super(message);
    this.reason = reason;
    this.field = field;
    this.hint = REASONS[reason].hint;
  }
}
