import type { Reason } from "./reasons.ts";
import type { ExplainedWarning } from "./warnings.ts";

/**
 * The plan of a campaign as it is stored in its ConfigMap and printed by `hitless plan -o json`. Immutable
 * once made; `hash` names it.
 */
export interface Plan {
  /** Names what the plan was made of and the batches that came out; null where nothing was read from a device. */
  readonly hash: string | null;
  readonly source: PlanSource;
  /** Nobody is cut off by any batch. */
  readonly hitless: boolean;
  /** No plan for these devices under these rules has fewer batches. */
  readonly lowerBound: number;
  /** No plan for these devices under these rules with as few batches takes less time. Plans made before 0.2 lack it. */
  readonly lowerBoundSeconds?: number;
  readonly batches: readonly PlannedBatch[];
  readonly devices: Readonly<Record<string, PlannedDevice>>;
  readonly skipped: readonly SkippedDevice[];
  readonly exposed: readonly ExposedDevice[];
  /** What upgrades cost although they succeed; absent when there is nothing of it. */
  readonly warnings?: readonly PlannedWarning[];
}

/** `devices`: versions and redundancy were read from the devices; `declarations`: from the objects alone. */
export type PlanSource = "devices" | "declarations";

export const TIERS = ["Leaf", "Border", "Firewall", "Spine", "SuperSpine"] as const;

/** The tiers, in the order in which they are upgraded. A device's tier is its role. */
export type Tier = (typeof TIERS)[number];

export interface PlannedBatch {
  /** Counted from 1. */
  readonly index: number;
  readonly tier: Tier;
  readonly canary: boolean;
  /** What its only device carries that is needed to upgrade the fabric, by `protectedEndpoints`; absent for nothing. */
  readonly protects?: readonly string[];
  /** Batches of a level wait for all of the levels before, by `dependsOn`; absent where no assignment has that. */
  readonly level?: number;
  readonly devices: readonly string[];
  readonly estimateSeconds: number;
}

export interface PlannedDevice {
  /** The release it runs; null where not known. */
  readonly from: string | null;
  readonly to: string;
  readonly batch: number;
  readonly estimateSeconds: number;
  /** Where the estimate comes from. Plans made before 0.2 lack it. */
  readonly estimatedBy?: EstimateSource;
  /** The devices that carry its traffic while it is out. */
  readonly peers: readonly string[];
  /** Why it stands in this batch and not in an earlier one, in words. */
  readonly reasons: readonly string[];
}

/** `Defaults`: what the driver expects. `EarlierCampaigns`: what steps took on devices of that model in this fabric. */
export type EstimateSource = "Defaults" | "EarlierCampaigns";

export interface SkippedDevice {
  readonly device: string;
  readonly reason: Reason;
  readonly message: string;
}

export interface PlannedWarning extends ExplainedWarning {
  readonly device: string;
}

export interface ExposedDevice {
  readonly device: string;
  /** The endpoints that are cut off while the device is out. */
  readonly endpoints: readonly string[];
}
