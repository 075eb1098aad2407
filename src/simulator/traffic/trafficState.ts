/** Traffic as data: one flow from every server to every other, where it goes now, and what it has lost. */
import type { Instant } from "../../api/time.ts";

export interface TrafficState {
  readonly flows: readonly Flow[];
  /** By `device/port`: packets that have passed, and that pass in a second. */
  readonly ports: Map<string, PortTraffic>;
  readonly timeline: LossInterval[];
  /** Losses that go on, by reason and device. */
  readonly openLosses: Map<string, LossInterval>;
  /** Up to when ports and losses are counted. */
  countedUntil: Instant;
}

export interface Flow {
  readonly from: number;
  readonly to: number;
  readonly hash: number;
  /** Since when the outcome holds. */
  since: Instant;
  outcome: FlowOutcome;
  /** Lost before `since`. */
  lostPackets: number;
}

export type FlowOutcome =
  | { readonly delivered: true; readonly hops: readonly FlowHop[] }
  | {
      readonly delivered: false;
      readonly hops: readonly FlowHop[];
      readonly reason: LossReason;
      readonly device: string;
    };

/** A port that the flow passes, and in which direction. */
export interface FlowHop {
  readonly device: string;
  readonly port: string;
  readonly direction: "input" | "output";
}

/** Why packets are lost. */
export type LossReason =
  /** The server has no uplink left. */
  | "NoUplink"
  /** The server still sends to a leaf that does not forward, or into a port that is no longer up. */
  | "LeafNotForwarding"
  /** The leaf knows no leaf for the destination. */
  | "NoEvpnRoute"
  /** A device on the way knows no next hop to the remote leaf. */
  | "NoUnderlayRoute"
  /** A next hop that is still believed in does not forward. */
  | "NextHopNotForwarding"
  /** The remote leaf has no working port to the destination. */
  | "EgressPortDown"
  /** The redundancy groups of a cluster have moved, and frames still go to the other node. */
  | "ClusterFailover"
  /** The packet went in circles. */
  | "RoutingLoop";

export interface LossInterval {
  readonly from: Instant;
  /** Exclusive; moves while the loss goes on. */
  to: Instant;
  readonly reason: LossReason;
  readonly device: string;
  /** The most flows hit at once. */
  flows: number;
  lostPackets: number;
}

export interface PortTraffic {
  inputPackets: number;
  outputPackets: number;
  inputPacketsPerSecond: number;
  outputPacketsPerSecond: number;
}
