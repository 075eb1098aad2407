/** The phases of a campaign, derived anew at every reconcile and persisted in `UpgradeCampaign.status.phase`. */
export const CAMPAIGN_PHASES = [
  "Planning",
  "Planned",
  "Testing",
  "Tested",
  "AwaitingApproval",
  "Running",
  "Soaking",
  "Landing",
  "Held",
  "Paused",
  "OutsideWindow",
  "Blocked",
  "Stale",
  "Hung",
  "Unknown",
  "Failed",
  "Completed",
] as const;

export type CampaignPhase = (typeof CAMPAIGN_PHASES)[number];

/** What a phase means to `kubectl wait`, kstatus and Argo CD. */
export interface PhaseConditions {
  readonly Ready: ConditionStatus;
  readonly Reconciling: ConditionStatus;
  readonly Stalled: ConditionStatus;
  readonly Succeeded: ConditionStatus;
}

export type ConditionStatus = "True" | "False" | "Unknown";

const MOVING: PhaseConditions = {
  Ready: "False",
  Reconciling: "True",
  Stalled: "False",
  Succeeded: "Unknown",
};
const WAITING: PhaseConditions = {
  Ready: "False",
  Reconciling: "False",
  Stalled: "False",
  Succeeded: "Unknown",
};
const STUCK: PhaseConditions = {
  Ready: "False",
  Reconciling: "False",
  Stalled: "True",
  Succeeded: "Unknown",
};
const LOST: PhaseConditions = { Ready: "False", Reconciling: "False", Stalled: "True", Succeeded: "False" };
const DONE: PhaseConditions = { Ready: "True", Reconciling: "False", Stalled: "False", Succeeded: "True" };

/** The table that campaigns, kstatus and Argo CD's health check agree on. */
export const PHASE_CONDITIONS: Readonly<Record<CampaignPhase, PhaseConditions>> = {
  Planning: MOVING,
  Testing: MOVING,
  Running: MOVING,
  Soaking: MOVING,
  Landing: MOVING,
  AwaitingApproval: WAITING,
  Held: WAITING,
  Paused: WAITING,
  OutsideWindow: WAITING,
  Blocked: STUCK,
  Stale: STUCK,
  Hung: STUCK,
  Unknown: STUCK,
  Failed: LOST,
  Planned: DONE,
  Tested: DONE,
  Completed: DONE,
};
