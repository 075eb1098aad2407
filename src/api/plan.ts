/** The plan of a campaign, as it is stored, printed and hashed. Part of the persisted API. */
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
  /** What people should know before they approve; nothing of it blocks. Plans made before 0.2 lack it. */
  readonly warnings?: readonly PlanWarning[];
  /** What `minHeadroomPercent` asked for by the loads of that moment; absent where it asked for nothing. */
  readonly headroom?: PlannedHeadroom;
  /** What upgrades cost although they succeed, to be accepted by name; absent when there is nothing of it. */
  readonly deviceWarnings?: readonly PlannedWarning[];
}

export interface PlannedHeadroom {
  readonly percent: number;
  /** Of the devices that have to keep more than half of their uplinks for it: how many. */
  readonly uplinksNeeded: Readonly<Record<string, number>>;
}

export interface PlanWarning {
  readonly reason: Reason;
  readonly devices: readonly string[];
  readonly message: string;
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
  /**
   * The maintenance window that it would run in if the campaign began when the plan was made; absent where the campaign
   * has no windows. RFC 3339.
   */
  readonly window?: { readonly from: string; readonly until: string };
  /** What it means for the fabric. Plans made before 0.2 lack it. */
  readonly impact?: BatchImpact;
}

/** A batch while it is out (PL-16). */
export interface BatchImpact {
  /** Endpoints, roles and groups that are cut off; nobody where the batch is hitless. */
  readonly cutOff: readonly string[];
  /** How many endpoints keep just what they need: whatever fails next cuts them off. */
  readonly withoutSpare: number;
  /** Overlay roles and declared groups that members are missing of. */
  readonly kept: readonly KeptMembers[];
  /** The least that a device keeps of its uplinks; absent where none loses any. */
  readonly uplinksLeftPercent?: number;
  /** From the beginning of the drain until the slowest carries traffic again, as expected. */
  readonly outSeconds: number;
  /** To bring it back to the releases that it ran, as expected. */
  readonly goBackSeconds: number;
  /** What is kept of each device outside of it before anything is changed. */
  readonly backup: readonly string[];
}

export interface KeptMembers {
  readonly kind: "Role" | "Group";
  readonly name: string;
  readonly left: number;
  /** In service now. */
  readonly of: number;
  readonly needed: number;
}

export interface PlannedDevice {
  /** The release it runs; null where not known. */
  readonly from: string | null;
  readonly to: string;
  /** The images that it installs one after the other, where they are several; the last one brings it to `to`. */
  readonly hops?: readonly PlannedHop[];
  readonly batch: number;
  /** Of all its images together. */
  readonly estimateSeconds: number;
  /** Where the estimate comes from. Plans made before 0.2 lack it. */
  readonly estimatedBy?: EstimateSource;
  /** The devices that carry its traffic while it is out. */
  readonly peers: readonly string[];
  /** Why it stands in this batch and not in an earlier one, in words. */
  readonly reasons: readonly string[];
  /**
   * How it will be drained, by its configuration at that moment; its own check has the last word. Not part of the hash.
   * Absent where it was not read, and for what is not drained.
   */
  readonly drain?: readonly PlannedTechnique[];
}

/** One technique of a drain; several work together. */
export interface PlannedTechnique {
  readonly name: string;
  readonly why: string;
}

/** One image of several on the way: a whole upgrade of the device. */
export interface PlannedHop {
  /** The name of the DeviceImage. */
  readonly image: string;
  readonly to: string;
  readonly estimateSeconds: number;
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
