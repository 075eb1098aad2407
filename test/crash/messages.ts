/** What a controller process of the crash tests and its parent say to each other: one JSON object a line. */
import type { Instant } from "../../src/api/time.ts";

/** A moment in a controller's own work, which no other process could hit in time. */
export interface Moment {
  /**
   * - `before` and `after` an effect, at the controller's own door;
   * - `dial`: when it reaches for the device by a new connection while the effect is under way;
   * - `sending`: when an RPC of that name is handed to the session, past the last fence.
   */
  readonly when: "before" | "after" | "dial" | "sending";
  /** An effect's action, or the name of an RPC; any by default. */
  readonly action?: string;
  /** On these only; on any device or object by default. */
  readonly devices?: readonly string[];
  /** The how-manieth of them from now on; the first by default. */
  readonly nth?: number;
}

/** What a process does to itself when it comes to a moment: SIGKILL, SIGSTOP, or waiting for the parent's word. */
export type Fate = "die" | "stop" | "wait";

/** Said to a process on its standard input; the end of which ends it. */
export type Order =
  | { readonly order: "arm"; readonly moment: Moment; readonly fate: Fate }
  | { readonly order: "disarm" }
  /** To one that waits. */
  | { readonly order: "go on" };

/** Where a process was when it came to its moment. */
export interface Reached {
  readonly event: "reached";
  /** A device, or `kind/name`. */
  readonly object: string;
  readonly action: string;
  readonly when: Moment["when"];
  /** Model time. */
  readonly at: Instant;
}

/** The machine's monotonic clock, which all processes share. */
export function monotonicMilliseconds(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Said by a process on its standard output. `atMilliseconds` is `monotonicMilliseconds`. An act is what leaves the
 * process: a write to the API or an RPC that changes a device.
 */
export type Message =
  /** It has read all objects. */
  | { readonly event: "ready" }
  /** The API server has accepted its claim to lead in that epoch. */
  | { readonly event: "claimed"; readonly epoch: number; readonly holder: string }
  | { readonly event: "leads"; readonly leads: boolean }
  | {
      readonly event: "begins";
      readonly act: number;
      /** `updateStatus DeviceUpgrade/x` or `request-reboot leaf1`. */
      readonly what: string;
      /** Of its newest claim; undefined before the first. */
      readonly epoch?: number;
      readonly atMilliseconds: number;
    }
  | {
      readonly event: "ends";
      readonly act: number;
      readonly outcome: string;
      readonly atMilliseconds: number;
    }
  | Reached;
