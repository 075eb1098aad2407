/** What the engine decides a device's next act from, and what it may decide. */
import type { Explained } from "../api/reasons.ts";
import type { Interval } from "../api/time.ts";
import type { StepName } from "../api/steps.ts";
import type { DeviceUpgradeStatus, DrainRecord, HealthRecord, Observation, StepRule } from "./step.ts";

/** `Test` only looks at the device. */
export type Desired = "Proceed" | "Hold" | "Land" | "Test";

export interface DeviceWorld {
  /** What is asked for: by the campaign, or by who deletes the object. */
  readonly desired: Desired;
  /** With `Test`: what the test is of; another value asks for another one. */
  readonly testOf?: string;
  /** Somebody has taken the device over, and why. */
  readonly abandoned?: string;
  /** The status as last written. */
  readonly status: DeviceUpgradeStatus;
  readonly procedure: readonly StepRule[];
  /** This controller's leadership of the fabric; intents carry it. */
  readonly leadership: Leadership;
  /** The Fabric's ledger names this run as the holder of the device. */
  readonly ledgerHeld: boolean;
  /** The times at which nobody led the fabric: they count in no deadline. */
  readonly gaps?: readonly Interval[];
  readonly gathered: Gathered;
}

export interface Leadership {
  /** A name that no other process has, nor this one after a restart. */
  readonly holder: string;
  /** The transition count of the fabric's Lease. */
  readonly epoch: number;
  /** Real time for which an intent may be sent after it was written. */
  readonly intentValidSeconds: number;
}

/** What was learned in this pass. Thrown away once the device was acted upon. */
export interface Gathered {
  readonly observation?: { readonly step: StepName; readonly seen: Observation };
  /** Whether the rest of the fabric was proven, just now, to carry the traffic without this device. */
  readonly proof?: Proof;
  /** It was proven a moment ago: enough to go on looking, not to begin anything. */
  readonly provenLately: boolean;
  /** The open intent was written in this very pass, by this process: it may be sent. */
  readonly intentFresh: boolean;
  /** Nobody can send the open intent any more. */
  readonly intentExpired: boolean;
  /** The step was begun in this pass. */
  readonly started: boolean;
  /** What a test of the device has come to. */
  readonly tested?: TestOutcome;
  /** What the device refused when the step was last begun. */
  readonly refused?: Explained;
}

export interface TestOutcome {
  readonly passed: boolean;
  /** In words: what would stand in the way of an upgrade. */
  readonly message: string;
  readonly health: readonly HealthRecord[];
  readonly drain?: DrainRecord;
}

export type Proof = { readonly proven: true } | { readonly proven: false; readonly because: Explained };

export const NOTHING_GATHERED: Gathered = {
  provenLately: false,
  intentFresh: false,
  intentExpired: false,
  started: false,
};

export type DeviceDecision =
  /** Look at the device, then decide again. */
  | { readonly do: "Observe"; readonly step: StepName }
  /** Look at all that an upgrade would need, and change nothing; then decide again. */
  | { readonly do: "Test" }
  /** Prove the rest of the fabric, then decide again. For an act it has to be proven from now on. */
  | { readonly do: "Prove"; readonly forAct: boolean }
  /** Prove the rest of the fabric and enter the device into the ledger, then decide again. */
  | { readonly do: "TakeOutOfService" }
  /** Strike the device from the ledger, then decide again. */
  | { readonly do: "ReturnToService" }
  /**
   * Write the status, then decide again. With `defer` it may be written together with what follows: whoever looks at
   * the device anew would find the same.
   */
  | { readonly do: "Record"; readonly status: DeviceUpgradeStatus; readonly defer?: true }
  /** Write the status with its intent, then decide again with `intentFresh`. */
  | { readonly do: "WriteIntent"; readonly status: DeviceUpgradeStatus }
  /**
   * Write the status, then begin the step. With `defer` it may be written later: the step does not have to happen once,
   * and whoever looks at the device finds out whether it has begun.
   */
  | {
      readonly do: "Start";
      readonly step: StepName;
      readonly status: DeviceUpgradeStatus;
      readonly defer?: true;
    }
  /**
   * Write the status if it changed, then come back after that much model time. With `progress` its words only say how
   * far something is that goes well: they need not be written each time. With `backsOff` something else has to change
   * first: as long as nothing does, it is looked at less and less often.
   */
  | {
      readonly do: "Wait";
      readonly seconds: number;
      readonly status: DeviceUpgradeStatus;
      readonly progress?: true;
      readonly backsOff?: true;
    }
  /** Nothing is left to do. */
  | { readonly do: "Nothing"; readonly status: DeviceUpgradeStatus };
