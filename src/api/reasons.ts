/**
 * The closed catalogue of reasons. A reason is what a machine reads in a condition, an event, a plan or a log
 * line (`code`); the message beside it is for people. Persisted: never renamed. Each entry says what it means
 * and what to do about it, and `hint` puts the latter into messages.
 */
interface ReasonEntry {
  readonly meaning: string;
  readonly hint: string;
}

export const REASONS = {
  // What a user wrote.
  FabricNotFound: {
    meaning: "the campaign names a Fabric that does not exist",
    hint: "create it, or correct spec.fabricRef.name",
  },
  ImageNotFound: {
    meaning: "an assignment names a DeviceImage that does not exist",
    hint: "create it, or correct the imageRef",
  },
  ImageNotReady: {
    meaning: "an assigned DeviceImage is not verified",
    hint: "see the conditions of that DeviceImage",
  },
  ImageChanged: { meaning: "an image was edited after the plan was approved", hint: "approve the new plan" },
  ImageFamilyMismatch: {
    meaning: "the image's device family is not the device's",
    hint: "assign an image of the device's family",
  },
  ImagePlatformMismatch: {
    meaning: "the image does not list the device's model in supportedPlatforms",
    hint: "assign another image, or add the model if the vendor supports it",
  },
  ImageNameUnreadable: {
    meaning: "deviceImageName is not the name of a Junos package",
    hint: "use the package's file name as Juniper publishes it",
  },
  ImageVersionMismatch: {
    meaning: "osVersion disagrees with the release in deviceImageName",
    hint: "write the exact release, e.g. 23.4R2-S3.9",
  },
  SelectorEmpty: {
    meaning: "a selector names nothing",
    hint: "set matchLabels, roles, overlayRoles or devices",
  },
  SelectorMatchesNothing: {
    meaning: "a selector matches no device of the fabric",
    hint: "compare it with the names, roles and labels in the Fabric",
  },
  DeviceInTwoAssignments: {
    meaning: "two assignments select the same device",
    hint: "narrow one of the selectors",
  },
  DeviceNotFound: { meaning: "a device is named that the Fabric does not have", hint: "correct the name" },
  CampaignInvalid: { meaning: "the campaign contradicts itself", hint: "see the message" },
  HealthChecksInvalid: {
    meaning: "the campaign sets a health check that does not exist, or a limit that it does not have",
    hint: "see docs/health-checks.md",
  },
  FabricInvalid: { meaning: "the Fabric contradicts itself", hint: "see the message" },
  UnsupportedVendor: { meaning: "no driver for this vendor", hint: "vendorName must be Juniper" },
  UnsupportedFamily: {
    meaning: "no driver for this device family",
    hint: "supported today: junos-qfx, junos-mx, junos-srx",
  },
  UnsupportedModel: {
    meaning: "the driver does not know this model",
    hint: "see the driver's list of models",
  },
  VirtualChassisUnsupported: {
    meaning: "several switches act as one Virtual Chassis, and would reboot together",
    hint: "upgrade it by hand (nonstop software upgrade), or leave it out; a fabric of single switches has no need of one",
  },
  ModelUntested: {
    meaning: "the driver was not tested with this model",
    hint: "set spec.strategy.allowUntestedModels to upgrade it all the same",
  },
  ReleaseNotSupported: {
    meaning: "the release is older than what the driver supports",
    hint: "bring the device to the minimum by hand, or leave it out",
  },
  // What a plan says of a device.
  SameVersion: { meaning: "the device runs the image's release already", hint: "nothing to do" },
  DowngradeRefused: {
    meaning: "the image is older than what the device runs",
    hint: "a downgrade is a campaign of its own",
  },
  VersionIncomparable: {
    meaning: "the two releases are of different trains and have no order",
    hint: "check with the vendor which path is supported",
  },
  VersionUnknown: {
    meaning: "the release of the device is not known",
    hint: "plan with --live, or make the device reachable",
  },
  CapacityShort: {
    meaning: "the links that stay are too slow for the traffic of now",
    hint: "choose a quieter time, or keep more room with strategy.minHeadroomPercent",
  },
  MixedReleases: {
    meaning: "devices that back each other up run different releases",
    hint: "ask the vendor whether both work beside each other",
  },
  NotHitless: {
    meaning: "taking the device out cuts somebody off",
    hint: "add a second link, take it out of the selection, or accept it by name in strategy.acceptNonHitless",
  },
  // What the network says.
  Unreachable: {
    meaning: "the device does not answer",
    hint: "check power, cabling and the management network",
  },
  AuthenticationFailed: {
    meaning: "the device refuses the credentials",
    hint: "check the Secret named in spec.connection.credentialsSecretRef",
  },
  HostKeyUnknown: {
    meaning: "no known host key for this address",
    hint: "compare the fingerprint on the console, then add the key to the ConfigMap of known hosts",
  },
  HostKeyChanged: {
    meaning: "the device presents another host key than the one known",
    hint: "find out why before you accept it: a reinstalled device and an attack look the same",
  },
  SubsystemRefused: { meaning: "the device does not speak NETCONF", hint: "set system services netconf ssh" },
  HelloMissing: {
    meaning: "no NETCONF hello came in time",
    hint: "check which service listens at that port",
  },
  ReplyTooLarge: {
    meaning: "a reply is larger than allowed",
    hint: "this should not happen with the requests made here; please report it",
  },
  ReplyMalformed: {
    meaning: "a reply is not the XML that was expected",
    hint: "please report it with the evidence of the step",
  },
  ReplyTimeout: { meaning: "no reply came in time", hint: "look at the load of the device" },
  ConnectionLost: { meaning: "the connection broke", hint: "it is tried again" },
  PermissionDenied: {
    meaning: "the login may not do this",
    hint: "give its class the permissions the documentation lists",
  },
  RpcFailed: { meaning: "the device answered with an error", hint: "see the message" },
  CredentialsMissing: {
    meaning: "the Secret or the ConfigMap of known hosts is missing or incomplete",
    hint: "create it with the keys the documentation lists",
  },
  TopologyContradiction: {
    meaning: "what is declared and what the devices say differ",
    hint: "see the problems in the Fabric's status",
  },
  TopologyUnproven: {
    meaning: "the redundancy of the fabric is not proven by its devices",
    hint: "make all devices reachable",
  },
  OutOfTraffic: {
    meaning: "the device's own configuration keeps traffic off it, and no campaign of this fabric says so",
    hint: "find who overloaded or drained it, and take that back; until then nobody else's upgrade may count on it",
  },
  // Guards.
  HealthCheckFailed: {
    meaning: "a health check is outside its limits",
    hint: "mend it, or set the check's limit in spec.healthChecks",
  },
  HealthCheckOverridden: {
    meaning: "a failed health check was passed over as the campaign asks",
    hint: "abortOnFailure is false",
  },
  BaselineNotRead: {
    meaning: "what the device is compared with afterwards could not be read, so it is not touched",
    hint: "it is read again and goes on by itself; what this device never says, disable in spec.healthChecks",
  },
  ProbeFailed: {
    meaning: "a probe of the campaign says no",
    hint: "mend what it looks at; a Job is run again once it is deleted",
  },
  ProbeUnanswered: {
    meaning: "a probe of the campaign could not be answered",
    hint: "see the message, and spec.healthChecks.probes of the campaign",
  },
  ProbeRunning: { meaning: "a probe of the campaign has not answered yet", hint: "" },
  PeerLost: {
    meaning: "a device that has to carry the traffic is not fit for it",
    hint: "restore it; the campaign goes on by itself",
  },
  RedundancyLost: {
    meaning: "without this device somebody would be cut off right now",
    hint: "restore what is down; the campaign goes on by itself",
  },
  LedgerBusy: {
    meaning: "another device that this one backs up is out of service",
    hint: "wait, or see status.outOfService of the Fabric",
  },
  CandidateDirty: {
    meaning: "somebody's uncommitted changes are in the candidate configuration",
    hint: "commit or roll them back on the device",
  },
  ConfigurationLocked: {
    meaning: "somebody holds the lock of the configuration",
    hint: "ask the session's owner to leave configuration mode",
  },
  ForeignDrain: {
    meaning: "the device carries a drain that is not of this campaign",
    hint: "find its owner; remove the apply-macro hitless when it is void",
  },
  InstallPending: {
    meaning: "a software package waits for a reboot already",
    hint: "reboot the device, or request system software rollback",
  },
  RebootScheduled: { meaning: "a reboot is scheduled on the device", hint: "clear system reboot" },
  DiskFull: { meaning: "not enough free space in /var", hint: "request system storage cleanup" },
  ImageMissingOnDevice: {
    meaning: "the package is not in /var/tmp of the device",
    hint: "copy it there, or set spec.source of the DeviceImage",
  },
  TransferFailed: {
    meaning: "the device could not fetch the package",
    hint: "see the device's words; correct spec.source of the DeviceImage, or copy the package there",
  },
  ChecksumMismatch: { meaning: "the package on the device has another checksum", hint: "copy it again" },
  Blocked: {
    meaning: "a device waits for something outside of it",
    // What to do stands in the device's own message.
    hint: "",
  },
  ProcedureUnknown: {
    meaning: "the upgrade was begun by a controller that knows more than this one",
    hint: "run a controller of that version or later",
  },
  LeaseLost: { meaning: "another controller leads this fabric", hint: "nothing to do" },
  ClusterUnhealthy: {
    meaning: "a node of the chassis cluster is not fit to take over",
    hint: "see 'show chassis cluster status' and 'show chassis cluster interfaces' on the device",
  },
  WarningsNotAccepted: {
    meaning: "the upgrade of this device has effects that nobody has accepted",
    hint: "mend them, or accept them by name in strategy.acceptWarnings",
  },
  InServiceUpgradeUnsupported: {
    meaning: "this model or release has no in-service upgrade that keeps traffic",
    hint: "upgrade it by hand in a maintenance window, or take it out of the selection",
  },
  // Steps.
  DrainUnproven: {
    meaning: "traffic still goes through the device",
    hint: "see which peer's best path it is in the message",
  },
  DrainTechniqueUnsupported: {
    meaning: "the device cannot be drained as the campaign asks for",
    hint: "see docs/draining.md; take another strategy.drain.technique, or leave the device out",
  },
  NotQuiet: {
    meaning: "the links of the drained device are not quiet",
    hint: "see the rates in the message",
  },
  CommitFailed: { meaning: "the device refused the configuration", hint: "see the message" },
  InstallFailed: {
    meaning: "the package was not installed",
    hint: "see the message, and 'show log install' on the device",
  },
  ConfigurationInvalid: {
    meaning: "the new release does not take the device's configuration",
    hint: "see the message, and 'request system software validate' on the device",
  },
  InServiceUpgradeFailed: {
    meaning: "the device gave its in-service upgrade up",
    hint: "see the message; with nodes on two releases, finish or roll back the other node by hand",
  },
  TooLateToAbort: {
    meaning: "a node has rebooted already, so that the in-service upgrade can only be finished",
    hint: "it goes on by itself",
  },
  ControlPlanesUndeclared: {
    meaning: "the device has another number of routing engines than the Fabric says",
    hint: "name both in controlPlanes of the device, each with its own address, or none",
  },
  BackupNotReady: {
    meaning: "the other routing engine cannot take over",
    hint: "look at show chassis routing-engine, and at its console",
  },
  EnginesDiffer: {
    meaning: "the routing engines run different releases, and a commit does not reach both",
    hint: "bring both to one release by hand, on the backup first",
  },
  MastershipMoved: {
    meaning: "another routing engine is the master than should be",
    hint: "request chassis routing-engine master switch, when it is clear why it moved",
  },
  ReplicationIncomplete: {
    meaning: "the backup has not copied the state of all protocols",
    hint: "look at show task replication",
  },
  SnapshotFailed: {
    meaning: "the upgraded device has no recovery snapshot of its new software",
    hint: "request system snapshot (of a VM host: request vmhost snapshot), or set strategy.recoverySnapshot to false",
  },
  VersionUnexpected: {
    meaning: "the device runs another release than it should",
    hint: "it stays drained; look at its console",
  },
  NotBackAfterReboot: { meaning: "the device did not come back in time", hint: "look at its console" },
  ControlPlaneNotReady: { meaning: "line cards, BGP or EVPN are not back yet", hint: "see the message" },
  DifferentFromBaseline: { meaning: "the device is not as it was found", hint: "see which readings differ" },
  OthersOutOfService: {
    meaning: "what differs may be missing because another device is out of service",
    hint: "it is compared again until that one is back",
  },
  ConfigurationDiffers: {
    meaning: "the configuration is not as it was found",
    hint: "compare it with the backup",
  },
  DeadlinePassed: {
    meaning: "a step took longer than it may",
    hint: "look at the device; the step goes on when it ends",
  },
  StateUnknown: {
    meaning: "what the device did cannot be told",
    hint: "look at the device, then release it",
  },
  InternalError: { meaning: "a defect of the controller", hint: "please report it with the log" },
  // Campaign.
  PlanStale: {
    meaning: "what the plan was made of has changed since the approval",
    hint: "approve the new plan",
  },
  PlanChanged: {
    meaning: "the stored plan is not the one that was made",
    hint: "find out who changed it, then delete the ConfigMap; the plan is made anew",
  },
  HashMismatch: {
    meaning: "the approved hash is not the plan's",
    hint: "look at the plan again, then approve its hash",
  },
  AwaitingApproval: { meaning: "the plan waits for an approval", hint: "hitless approve" },
  Held: { meaning: "the annotation hitless.dev/hold stops this", hint: "remove it to go on" },
  CampaignStopped: {
    meaning: "its campaign does not want it to go on",
    hint: "see the campaign's conditions for why",
  },
  Paused: { meaning: "spec.paused stops this", hint: "set it to false to go on" },
  OutsideWindow: {
    meaning: "no maintenance window is open, or what is left of it is too short",
    hint: "it goes on by itself in the next window",
  },
  DoesNotFit: {
    meaning: "a batch takes longer than any maintenance window",
    hint: "make a window longer, or the batch smaller",
  },
  Deleted: { meaning: "it is being deleted, so nothing new starts", hint: "" },
  Abandoned: {
    meaning: "somebody has taken the device over; nothing here cares for it any more",
    hint: "see the annotation hitless.dev/abandon",
  },
  DeviceFailed: { meaning: "a device failed; nothing new starts", hint: "see status.failed" },
  CampaignActive: {
    meaning: "another campaign is active on this fabric",
    hint: "it starts when that one has ended",
  },
  // What goes well.
  Planning: { meaning: "the plan is being made", hint: "" },
  Planned: { meaning: "the plan is made", hint: "" },
  Testing: { meaning: "the devices are being tested; nothing is changed on them", hint: "" },
  Tested: { meaning: "all devices have passed the test run", hint: "" },
  Running: { meaning: "devices are being upgraded", hint: "" },
  Soaking: { meaning: "upgraded devices are watched before the next batch", hint: "" },
  Landing: { meaning: "what runs is brought to a safe place", hint: "" },
  Completed: { meaning: "all devices run their image", hint: "" },
  Approved: { meaning: "the plan is approved", hint: "" },
  Verified: { meaning: "the declared facts agree", hint: "" },
  Discovering: { meaning: "the devices are being read", hint: "" },
  Reachable: { meaning: "all devices answer", hint: "" },
  Proven: { meaning: "the redundancy was read from the devices", hint: "" },
  Declared: { meaning: "the redundancy is only declared", hint: "" },
  Hitless: { meaning: "nobody is cut off by this plan", hint: "" },
  EvidenceKept: { meaning: "what the device says of itself was kept", hint: "" },
  Pending: { meaning: "not begun", hint: "" },
  Succeeded: { meaning: "done", hint: "" },
} as const satisfies Record<string, ReasonEntry>;

export type Reason = keyof typeof REASONS;

/** Whether a persisted text is a reason that this version knows. */
export function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}

/** A reason with the words for people that go with it. */
export interface Explained {
  readonly reason: Reason;
  readonly message: string;
}

/** Builds an explanation; without words of its own the catalogue's meaning is used. */
export function explain(reason: Reason, message?: string): Explained {
  return { reason, message: message ?? REASONS[reason].meaning };
}

/** What to do about a reason, for people. */
export function hintOf(reason: Reason): string {
  return REASONS[reason].hint;
}

/** The message followed by what to do about it. */
export function withHint({ reason, message }: Explained): string {
  const { hint } = REASONS[reason];
  return hint === "" ? message : `${message} (${hint})`;
}
