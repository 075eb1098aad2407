/** What the processes of the benchmark tell their parent, one JSON object a line on standard output. */

export interface ClockAnchors {
  readonly anchorModel: number;
  readonly anchorReal: number;
  /** Model seconds in a second. */
  readonly speed: number;
}

/** Of the process with the simulated devices. */
export type DevicesMessage =
  | { readonly event: "serving"; readonly port: number }
  | {
      readonly event: "counted";
      /** Devices that were not installed and rebooted exactly once. */
      readonly wrong: readonly string[];
      readonly lostPackets: number;
    };

/** Of the process with the controller, when it has stopped. */
export interface ControllerMessage {
  readonly reconciles: number;
  readonly failedReconciles: number;
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
  /** How late timers were: the longest time for which nothing else could run, and what 99 % were below. */
  readonly eventLoopDelayMilliseconds: { readonly max: number; readonly p99: number };
  /** Requests to devices, by name. */
  readonly rpcs: Readonly<Record<string, number>>;
}
