/**
 * The names of the steps that procedures are made of. Persisted in `DeviceUpgrade.status.steps`: never renamed,
 * so that a newer controller understands a run that an older one began.
 */
export const STEP_NAMES = [
  "Preflight",
  "Stage",
  "Backup",
  "DrainRoutes",
  "DrainAccess",
  "Quiet",
  "Install",
  "Reboot",
  "SuspendRedundancy",
  "InstallBackupEngine",
  "RebootBackupEngine",
  "SwitchMastership",
  "InstallFormerMaster",
  "RebootFormerMaster",
  // Both routing engines at once, where the campaign asks for it.
  "InstallEngines",
  "RebootEngines",
  "RestoreRedundancy",
  "ControlPlane",
  "UndrainAccess",
  "UndrainRoutes",
  "Compare",
  "Soak",
  // Of chassis clusters: an in-service upgrade of both nodes.
  "ValidateConfiguration",
  "ConsolidateGroups",
  "InServiceUpgrade",
  "SecondaryUpgrade",
  "LineCardsReady",
  "NodeSwitchover",
  "PrimaryUpgrade",
  "EndInServiceUpgrade",
  "RestoreGroups",
] as const;

export type StepName = (typeof STEP_NAMES)[number];

/** Where a run may stop from a step: undo the drain, stay out of service, or finish. */
export type Landing = "InService" | "Drained" | "Forward";
