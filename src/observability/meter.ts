/**
 * What is counted and measured, in the product's own words. The rest of the house speaks to this; how it is shown
 * to a monitoring system is in `prometheus.ts`, so that only the controller's process loads a library for it.
 */
import type { CampaignPhase } from "../api/campaignPhase.ts";
import type { DeviceState } from "../api/deviceState.ts";
import type { Kind } from "../api/kinds.ts";

/** What became of a call of a reconciler. `Conflict`: somebody else wrote in between, which is no fault. */
export type ReconcileResult = "Success" | "Conflict" | "Error";

export type ApiVerb = "get" | "list" | "create" | "update" | "updateStatus" | "delete";

/** `Repeated`: said a moment ago, or too often. `Dropped`: the API was too slow, or refused it. */
export type EventResult = "Written" | "Repeated" | "Dropped";

/** One fabric, as it is right now. */
export interface FabricGauges {
  readonly namespace: string;
  readonly fabric: string;
  /** Whether this process leads it. */
  readonly isLed: boolean;
  /** Campaigns by phase; those at 0 may be left out. */
  readonly campaigns: Readonly<Partial<Record<CampaignPhase, number>>>;
  /** Devices by the state of their latest upgrade; those at 0 may be left out. */
  readonly devices: Readonly<Partial<Record<DeviceState, number>>>;
  readonly outOfService: number;
  /** How long the one that is out of service longest has been, in model time; 0 when none is. */
  readonly longestOutOfServiceSeconds: number;
  /** Acts that may happen once only and of which it is not known yet what became. */
  readonly openIntents: number;
}

/** What is read at the moment somebody asks, rather than counted. */
export interface Gauges {
  readonly fabrics: readonly FabricGauges[];
  readonly queues: readonly { readonly kind: Kind; readonly waiting: number; readonly running: number }[];
}

/** Durations are in seconds of real time, but for `step`. */
export interface Meter {
  reconcile(report: { kind: Kind; result: ReconcileResult; seconds: number }): void;
  /** `code`: `OK` or the code of the store's error. */
  apiRequest(report: { kind: Kind; verb: ApiVerb; code: string; seconds: number }): void;
  /** `code`: `OK`, `RpcError` where the device answered with one, or the code of the transport's error. */
  deviceRpc(report: { rpc: string; code: string; seconds: number }): void;
  /** A connection was made, or could not be made. */
  deviceConnection(report: { code: string }): void;
  /** A step of a device's upgrade has ended, after so much model time. */
  step(report: { step: string; result: "Done" | "Failed"; seconds: number }): void;
  /** An act that may happen once only is about to be sent. */
  intent(report: { step: string }): void;
  event(report: { result: EventResult }): void;
  /** From now on these are read whenever somebody asks. */
  readGauges(read: () => Gauges): void;
}

/** Measures nothing. */
export const NO_METER: Meter = {
  reconcile: () => undefined,
  apiRequest: () => undefined,
  deviceRpc: () => undefined,
  deviceConnection: () => undefined,
  step: () => undefined,
  intent: () => undefined,
  event: () => undefined,
  readGauges: () => undefined,
};
