/** What a fault of the sweep is: where it begins, what it does, and what it may lead to. */
import type { Reason } from "../../src/api/reasons.ts";
import type { StepRule } from "../../src/engine/step.ts";
import type { Fault } from "../../src/simulator/fault.ts";
import type { Subject, SubjectName } from "./subjects.ts";

/** At the first look at a step, at the first look after it was begun, or at one request of its beginning. */
export type Where =
  | { readonly at: "look" | "wait" }
  /** The n-th of that name since the step began; `what` tells it from the others for people. */
  | { readonly at: "request"; readonly rpc: string; readonly nth: number };

export interface Place {
  readonly subject: Subject;
  readonly rule: StepRule;
  readonly where: Where;
}

/**
 * How a run ends. `Completed`: the target release, in service as found. `Landed`: back in service, and failed.
 * `Drained`: failed and out of service. `Waiting`: nothing happens until somebody mends something.
 */
export const ENDS = ["Completed", "Landed", "Drained", "Waiting"] as const;
export type End = (typeof ENDS)[number];

export interface SweptFault {
  /** In the words of people. */
  readonly name: string;
  readonly at: readonly Where["at"][];
  /** Default: all. */
  readonly subjects?: readonly SubjectName[];
  /** Where it makes sense. Default: everywhere. */
  readonly fits?: (place: Place) => boolean;
  readonly make: (place: Place) => readonly Fault[];
  /** The only ends that are right. */
  readonly ends: readonly End[];
  /** What an end other than `Completed` may give as its reason; the message has to fit, too. */
  readonly reasons: readonly Reason[];
  readonly words?: RegExp;
  /** The fault alone loses packets, whatever anybody does about it. */
  readonly loses?: true;
}

/** The request that the fault is about, and when it comes; for faults at requests only. */
export function requestOf({ where }: Place): { readonly rpc: string } {
  if (where.at !== "request") throw new RangeError("this fault begins with a request");
  return { rpc: where.rpc };
}
