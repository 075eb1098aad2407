/** What the engine decides a campaign's next act from, and what it may decide. */
import type { CampaignPhase } from "../api/campaignPhase.ts";
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import type { Plan } from "../api/plan.ts";
import type { Explained } from "../api/reasons.ts";
import type { Interval } from "../api/time.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import type { Desired } from "./deviceWorld.ts";
import type { ProbeAnswer, ProbeOccasion } from "./probes.ts";
import type { Hop } from "./stopovers.ts";

export type CampaignStatus = NonNullable<UpgradeCampaign["status"]>;

export interface CampaignWorld {
  readonly campaign: UpgradeCampaign;
  /** The campaign is being deleted: what runs lands, and then it goes. */
  readonly deleted?: boolean;
  /** Why no plan can be made: a missing fabric, an image that is not verified, an empty selector. */
  readonly obstacle?: Explained;
  /** Every device of the fabric was read, or tried: false until then. Redundancy is proven on that reading. */
  readonly fabricRead?: boolean;
  /** The plan as stored; undefined while there is none. */
  readonly stored?: StoredPlan;
  /** The DeviceUpgrades of this campaign, for each device the one that it has come to. */
  readonly children: readonly DeviceUpgrade[];
  /** Those of images on the way that devices have behind them (`isPassed`). */
  readonly passed?: readonly DeviceUpgrade[];
  /** The campaign, or its fabric, carries the hold annotation: its value. */
  readonly hold?: string;
  /**
   * The maintenance window that is open, or opens next; null when none opens any more. Undefined where the campaign has
   * no windows and may run at any time.
   */
  readonly window?: Interval | null;
  /** Another campaign that is under way on the same fabric. */
  readonly otherCampaign?: string;
  /** What the probes have answered that are asked now; undefined as long as they were not asked. */
  readonly probed?: ProbeAnswer;
}

export interface StoredPlan {
  readonly hash: string;
  readonly plan: Plan;
  readonly configMapName: string;
  /** What keeps the plan as a whole from being approved. */
  readonly blockers: readonly Blocker[];
  /** The objects the plan was made of have changed since. */
  readonly outdated: boolean;
}

export interface Blocker extends Explained {
  readonly device: string;
}

/** What one device's upgrade shall be told. The controller makes the object where it is missing. */
export interface ChildWish {
  readonly device: string;
  readonly batch: number;
  readonly desired: Desired;
  /** Where the device installs several images: the one that it is about, and which of them it is. */
  readonly next?: { readonly image: string; readonly hop: Hop };
  /** With `Test`. */
  readonly testOf?: string;
}

export interface CampaignDecision {
  /** The plan is to be made (again). */
  readonly makePlan: boolean;
  readonly status: CampaignStatus;
  readonly children: readonly ChildWish[];
  /** Probes that have to pass before anything starts. */
  readonly ask?: readonly ProbeOccasion[];
}

/** What there is to say of a campaign, and what its devices are told. */
export interface Judged {
  readonly phase: CampaignPhase;
  readonly because: Explained;
  readonly orders: Orders;
  readonly ask?: readonly ProbeOccasion[];
}

/**
 * `Go`: the current batch proceeds. `Finish`: what has begun goes on, nothing else starts. `Land`: what has begun
 * is brought to a safe place. `Test`: nothing begins; the devices are only looked at.
 */
export type Orders = "Go" | "Finish" | "Land" | "Test";
