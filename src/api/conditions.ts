/** Conditions as Kubernetes means them (`metav1.Condition`): a list with one entry per type, read by type. */
import type { ConditionStatus } from "./campaignPhase.ts";
import type { Reason } from "./reasons.ts";
import type { Instant } from "./time.ts";
import { formatInstant } from "./time.ts";

export interface Condition {
  type: string;
  status: ConditionStatus;
  /** Why, for machines. */
  reason: string;
  /** Why, for people. */
  message: string;
  /** When `status` last changed; RFC 3339. */
  lastTransitionTime: string;
  /** The generation of the object that this was said of. */
  observedGeneration?: number;
}

/** What is to be said of one type of condition. */
export interface ConditionUpdate {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: Reason;
  readonly message: string;
  readonly observedGeneration: number;
}

/**
 * The list with one condition set; the others and their order stay. `lastTransitionTime` moves only when the
 * status does, otherwise every reconcile would be a write, and every write another reconcile.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  update: ConditionUpdate,
  now: Instant,
): Condition[] {
  const before = findCondition(conditions, update.type);
  const lastTransitionTime =
    before?.status === update.status ? before.lastTransitionTime : formatInstant(now);
  const condition: Condition = { ...update, lastTransitionTime };
  if (before === undefined) return [...(conditions ?? []), condition];
  return (conditions ?? []).map((other) => (other.type === update.type ? condition : other));
}

/** The condition of that type; undefined where it is not there. */
export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition is there and `True`; absent and `Unknown` are not. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return findCondition(conditions, type)?.status === "True";
}
