/** Failures, what is done about them, and where that leads: the words in which a forecast is told. */
import type { DeviceState } from "../../api/deviceState.ts";
import type { StepName } from "../../api/steps.ts";
import type { DeviceUpgradeStatus } from "../../engine/step.ts";

/** The ways in which a step can go wrong. */
export const FAILURES = [
  /** The device says that it did not work. */
  "Fails",
  /** The device refuses the request. */
  "Refused",
  /** It goes on for longer than it may. */
  "Late",
  /** Something outside has to change first: a full disk, a locked configuration. */
  "Waits",
  /** The device does not answer any more. */
  "Silent",
  /** What the device did cannot be told. */
  "Unclear",
  /** A device that has to carry the traffic meanwhile is lost. */
  "PeerLost",
  /** Somebody holds, pauses or deletes the campaign. */
  "Stopped",
] as const;

export type Failure = (typeof FAILURES)[number];

/** One thing that is done about a failure. */
export type RecoveryAct =
  /** The step is begun again. */
  | { readonly do: "Retry"; readonly step: StepName; readonly times: number }
  /** Nothing but looking, for as long as this takes at most; null for as long as it takes. */
  | { readonly do: "Wait"; readonly seconds: number | null }
  /** A step takes back what an earlier one did. */
  | { readonly do: "UndoStep"; readonly step: StepName }
  /** The run goes on with the steps that are left. */
  | { readonly do: "FinishStep"; readonly step: StepName }
  /** The ledger forgets the device: it carries traffic again. */
  | { readonly do: "ReturnToService" }
  /** The run goes on by itself, once what stopped it is gone. */
  | { readonly do: "GoOn" }
  /** The device stays out of service until somebody mends it. */
  | { readonly do: "StayOut" }
  /** People are told: by the device's state, the campaign's conditions, an event and a metric. */
  | { readonly do: "Escalate"; readonly state: DeviceState };

export interface Foreseen {
  readonly failure: Failure;
  readonly acts: readonly RecoveryAct[];
  /**
   * From the failure until the device is where it stays, waiting without an end left out: as expected, and at most.
   * Null where nothing is known of a step.
   */
  readonly expectedSeconds: number | null;
  readonly atMostSeconds: number | null;
  readonly state: DeviceState;
  readonly inService: boolean;
  /** The run is over; otherwise it goes on looking. */
  readonly ended: boolean;
  /** The release on the device then: it cannot be told while a reboot was asked for and is not proven. */
  readonly release: "Old" | "New" | "Unknown";
  /** Steps that were done to the device and that nothing takes back. */
  readonly notTakenBack: readonly StepName[];
  /** As it would be written. */
  readonly status: DeviceUpgradeStatus;
}
