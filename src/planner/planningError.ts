/** The one error of the planner: what a user wrote cannot be planned. It tells all problems at once. */
import { REASONS } from "../api/reasons.ts";
import type { Reason } from "../api/reasons.ts";

/** Why no plan can be made at all. Everything else ends as a skipped device, a problem or a blocker. */
export type PlanningErrorReason = Extract<
  Reason,
  | "FabricInvalid"
  | "CampaignInvalid"
  | "ImageNotFound"
  | "ImageNotReady"
  | "SelectorEmpty"
  | "SelectorMatchesNothing"
  | "DeviceInTwoAssignments"
  | "DeviceNotFound"
>;

/** One thing that is wrong. `field` is the path in the object. */
export interface PlanningProblem {
  readonly reason: PlanningErrorReason;
  readonly field: string;
  readonly message: string;
}

/** Whoever finds something wrong says so and goes on looking. */
export type Complain = (problem: PlanningProblem) => void;

/** Thrown for input that cannot be planned. Reason, field and hint are those of the first problem. */
export class PlanningError extends Error {
  override readonly name = "PlanningError";
  readonly problems: readonly PlanningProblem[];
  readonly reason: PlanningErrorReason;
  readonly field: string;
  readonly hint: string;

  constructor(first: PlanningProblem, ...others: readonly PlanningProblem[]) {
    const problems = [first, ...others];
    super(
      others.length === 0
        ? first.message
        : problems.map(({ field, message }) => `${field}: ${message}`).join("; "),
    );
    this.problems = problems;
    this.reason = first.reason;
    this.field = first.field;
    this.hint = REASONS[first.reason].hint;
  }
}

/** Throws when there is any problem. */
export function refuse([first, ...others]: readonly PlanningProblem[]): void {
  if (first !== undefined) throw new PlanningError(first, ...others);
}
