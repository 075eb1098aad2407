/** The one error type of the simulator's own doors: descriptions that make no sense, faults that cannot be, dead devices. */

/** What went wrong. `ConnectionRefused` is what a client meets while a device is down. */
export type SimulationErrorCode =
  "DescriptionInvalid" | "UnknownDevice" | "FaultInvalid" | "ConnectionRefused" | "AddressInUse" | "Closed";

/** An error with a code to branch on and a hint for people. */
export class SimulationError extends Error {
  readonly code: SimulationErrorCode;
  /** What to do about it. */
  readonly hint: string;

  constructor(code: SimulationErrorCode, message: string, options: { hint: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SimulationError";
    this.code = code;
    this.hint = options.hint;
  }
}
