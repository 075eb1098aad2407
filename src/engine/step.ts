/**
 * What a step is: a piece of work on one device that can be observed at any time by any leader, and begun when
 * it is observed to be needed. The engine decides from the rules and the observations; drivers implement them.
 */
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import type { Explained, Reason } from "../api/reasons.ts";
import type { Landing, StepName } from "../api/steps.ts";

/** Model time between two looks at a device that has to wait for somebody. */
export const IDLE_SECONDS = 30;

export type DeviceUpgradeStatus = NonNullable<DeviceUpgrade["status"]>;
export type StepRecord = NonNullable<DeviceUpgradeStatus["steps"]>[number];
export type Intent = NonNullable<DeviceUpgradeStatus["intent"]>;
/** A device at one moment: what proves, together, that it has been rebooted since. */
export type DeviceMoment = Intent["before"];
export type HealthRecord = NonNullable<DeviceUpgradeStatus["health"]>[number];
export type DrainRecord = NonNullable<DeviceUpgradeStatus["drain"]>;
export type FoundState = NonNullable<DeviceUpgradeStatus["found"]>;

/** What the engine knows of a step without talking to a device. */
export interface StepRule {
  readonly name: StepName;
  /** An act that must never be sent twice (install, reboot): it needs an intent. */
  readonly once: boolean;
  /** Where the run may stop while this step is the current one. */
  readonly landing: Landing;
  /** Of a once-only step: where the run may stop before the act is announced. Default: `InService`. */
  readonly landingBefore?: Landing;
  /** Model time after which the step counts as overdue. */
  readonly deadlineSeconds: number;
  /**
   * Model time that it takes when nothing is wrong: what plans reckon with until earlier campaigns have shown how long
   * it takes. Absent for what a campaign says itself (the soak), and for what nobody knows.
   */
  readonly expectedSeconds?: number;
  /** What being overdue means: `Fail` ends the run by its landing, `Hang` tells people and goes on looking. */
  readonly onDeadline: "Fail" | "Hang";
  /** The device is out of service from this step on, until the last step that says so is done. */
  readonly outOfService: boolean;
  /** The rest of the fabric is proven anew right before this step begins. */
  readonly needsFreshProof: boolean;
  /** The device is expected not to answer while this step runs. */
  readonly silences: boolean;
  /** The step that takes this one back. */
  readonly undo?: StepName;
  /**
   * A landing that takes back that earlier step takes back this one, too, begun or not: its beginning needs no record of
   * its own. Its undoing has to be harmless where there is nothing to take back.
   */
  readonly takenBackWith?: StepName;
  /** Model time between two looks at the device. */
  readonly pollSeconds: number;
}

/** What a finished step leaves behind. */
export interface Evidence {
  /** What was seen, for people. */
  readonly message: string;
  readonly found?: FoundState;
  readonly health?: readonly HealthRecord[];
  readonly drain?: DrainRecord;
}

/** What a look at the device says of a step. */
export type Observation =
  | { readonly is: "Done"; readonly evidence: Evidence }
  /** Not begun, or begun and taken back; `before` is given by steps that happen once. */
  | { readonly is: "Needed"; readonly before?: DeviceMoment }
  /** `reason`: what is wrong if it still runs at the deadline. */
  | { readonly is: "Running"; readonly message: string; readonly reason?: Reason }
  /** It cannot begin or go on until something else changes. */
  | {
      readonly is: "Blocked";
      readonly reason: Reason;
      readonly message: string;
      /** Another device has to change: the time until it does counts in no deadline. */
      readonly clock?: "Stands";
    }
  /** What the device did cannot be told: stop and ask. */
  | { readonly is: "Unknown"; readonly reason: Reason; readonly message: string }
  /** It will not succeed by waiting. */
  | {
      readonly is: "Failed";
      readonly reason: Reason;
      readonly message: string;
      readonly health?: readonly HealthRecord[];
    }
  /** Of a step that takes another one back: that one has gone past the point where it can be. Only going on is safe. */
  | { readonly is: "TooLate"; readonly reason: Reason; readonly message: string }
  /** There is nothing to do on this device at all. */
  | {
      readonly is: "Skipped";
      readonly reason: Reason;
      readonly message: string;
      readonly health?: readonly HealthRecord[];
    }
  /** The engine's own observation: the device does not answer. */
  | { readonly is: "Unreachable"; readonly reason: Reason; readonly message: string };

/** A step as drivers implement it. `C` is what the driver needs to reach the device and the world. */
export interface Step<C> extends StepRule {
  /** Read-only; may be called by any leader at any time. */
  observe(context: C): Promise<Observation>;
  /** Sends. That it returns proves nothing; only the next observation does. */
  start?(context: C): Promise<void>;
}

/** A named, versioned list of steps. */
export interface Procedure<C> {
  /** Persisted, e.g. `qfx/v1`. */
  readonly name: string;
  readonly steps: readonly Step<C>[];
}

/** What `start` throws when the device refused; anything else thrown is a lost reply or a defect. */
export class StepRefused extends Error {
  readonly explained: Explained;

  constructor(explained: Explained, options?: ErrorOptions) {
    super(explained.message, options);
    this.name = "StepRefused";
    this.explained = explained;
  }
}
