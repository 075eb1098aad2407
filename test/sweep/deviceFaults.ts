/** Faults of the device itself: disks, packages, boots, routing engines and nodes, line cards, its clock. */
import type { StepName } from "../../src/api/steps.ts";
import type { Fault } from "../../src/simulator/fault.ts";
import { UPGRADE_PHASES } from "../../src/simulator/cluster/clusterState.ts";
import type { SubjectName } from "./subjects.ts";
import type { Place, SweptFault } from "./sweptFault.ts";

const TWO_HOURS = 7200;
const TWENTY_MINUTES = 1200;
const TWO_ENGINES: readonly SubjectName[] = ["mx/v1", "mx/v1 vmhost", "mx-parallel/v1", "qfx-chassis/v1"];
const TWO_CONTROL_PLANES: readonly SubjectName[] = [...TWO_ENGINES, "srx/v1"];
const CLUSTER: readonly SubjectName[] = ["srx/v1"];
const WITH_EVPN: readonly SubjectName[] = ["qfx/v1", "mx-single/v1"];

const INSTALLS: ReadonlySet<StepName> = new Set([
  "Install",
  "InstallBackupEngine",
  "InstallFormerMaster",
  "InstallEngines",
  "InServiceUpgrade",
]);
const REBOOTS: ReadonlySet<StepName> = new Set([
  "Reboot",
  "RebootBackupEngine",
  "RebootFormerMaster",
  "RebootEngines",
  "InServiceUpgrade",
]);
const isIn =
  (steps: ReadonlySet<StepName>) =>
  ({ rule }: Place): boolean =>
    steps.has(rule.name);

/** Up to the last of those steps: afterwards nobody asks any more. */
const isBefore =
  (steps: ReadonlySet<StepName>) =>
  ({ subject, rule }: Place): boolean => {
    const names = subject.driver.procedure.steps.map(({ name }) => name);
    return names.indexOf(rule.name) <= names.findLastIndex((name) => steps.has(name));
  };

/** What a fault of a device is, of the routing engine or node that goes first or second where it has two. */
const of = ({ subject }: Place, which?: "first" | "second"): Pick<Fault, "device" | "controlPlane"> => ({
  device: subject.device,
  ...(which === undefined || subject.controlPlanes === undefined
    ? {}
    : { controlPlane: subject.controlPlanes[which] }),
});

/** The one that the step is about. */
const concerned = (place: Place): Pick<Fault, "device" | "controlPlane"> =>
  of(place, place.rule.name.includes("FormerMaster") ? "second" : "first");

export const DEVICE_FAULTS: readonly SweptFault[] = [
  {
    name: "disk full",
    at: ["look", "wait"],
    fits: isBefore(REBOOTS),
    make: (place) => [{ ...of(place), fault: "diskFull" }],
    ends: ["Completed", "Landed", "Drained", "Waiting"],
    reasons: [
      "DiskFull",
      "InstallFailed",
      "HealthCheckFailed",
      "InServiceUpgradeFailed",
      "DeadlinePassed",
      "TransferFailed",
      "DifferentFromBaseline",
    ],
    words: /bytes free|bytes are free|space|storage|disk|full/i,
  },
  {
    name: "checksum wrong",
    at: ["look", "wait"],
    fits: isBefore(INSTALLS),
    make: (place) => [{ ...of(place), fault: "packageCorrupt" }],
    ends: ["Completed", "Landed", "Waiting"],
    reasons: ["ChecksumMismatch"],
    words: /sha256/,
  },
  {
    name: "installation fails",
    at: ["look"],
    subjects: ["qfx/v1", "mx/v1", "mx/v1 vmhost", "mx-single/v1"],
    fits: isIn(INSTALLS),
    make: (place) => [{ ...concerned(place), fault: "installFails" }],
    ends: ["Landed", "Drained", "Waiting"],
    reasons: ["InstallFailed", "InServiceUpgradeFailed"],
  },
  {
    name: "boots from the other slice",
    at: ["look"],
    fits: isIn(REBOOTS),
    make: (place) => [{ ...concerned(place), fault: "bootsOldRelease" }],
    ends: ["Drained", "Waiting"],
    reasons: ["VersionUnexpected"],
    words: /booted with 2/,
  },
  {
    name: "wrong version after the boot",
    at: ["look"],
    fits: isIn(REBOOTS),
    make: (place) => [{ ...concerned(place), fault: "bootsRelease", release: "22.2R3-S1.9" }],
    ends: ["Drained", "Waiting"],
    reasons: ["VersionUnexpected"],
    words: /22\.2R3-S1\.9/,
  },
  {
    name: "reboot slower than its deadline",
    at: ["look"],
    fits: isIn(REBOOTS),
    make: (place) => [{ ...concerned(place), fault: "bootsSlowly", seconds: 3600 }],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "never boots",
    at: ["look"],
    fits: isIn(REBOOTS),
    make: (place) => [{ ...concerned(place), fault: "bootsNever" }],
    ends: ["Waiting"],
    reasons: [
      "DeadlinePassed",
      "NotBackAfterReboot",
      "Unreachable",
      "BackupNotReady",
      "Blocked",
      "ClusterUnhealthy",
    ],
  },
  {
    name: "host key changed over the reboot",
    at: ["look"],
    fits: isIn(REBOOTS),
    make: (place) => [{ ...concerned(place), fault: "hostKeyChangesOnReboot" }],
    ends: ["Waiting"],
    reasons: ["HostKeyChanged", "StateUnknown", "DeadlinePassed", "Blocked"],
    words: /host key/,
  },
  {
    name: "clock stepped forward by NTP",
    at: ["look", "wait"],
    make: (place) => [{ ...of(place), fault: "clockSteps", seconds: TWO_HOURS }],
    ends: ["Completed", "Waiting"],
    reasons: ["StateUnknown"],
    words: /contradict/,
  },
  {
    name: "clock stepped back by NTP",
    at: ["look", "wait"],
    make: (place) => [{ ...of(place), fault: "clockSteps", seconds: -TWO_HOURS }],
    ends: ["Completed", "Waiting"],
    reasons: ["StateUnknown"],
    words: /contradict/,
  },
  ...(["first", "second"] as const).flatMap((which): readonly SweptFault[] => [
    {
      name: `the ${which} engine or node halts for twenty minutes`,
      at: ["look", "wait"],
      subjects: TWO_CONTROL_PLANES,
      make: (place) => [{ ...of(place, which), fault: "engineHalted", forSeconds: TWENTY_MINUTES }],
      ends: ["Completed", "Landed", "Drained", "Waiting"],
      reasons: [
        "BackupNotReady",
        "MastershipMoved",
        "ClusterUnhealthy",
        "StateUnknown",
        "DeadlinePassed",
        "Unreachable",
        "InServiceUpgradeFailed",
        "InstallFailed",
        "ConfigurationDiffers",
        "DifferentFromBaseline",
        "VersionUnexpected",
        "HealthCheckFailed",
        "Blocked",
      ],
      loses: true,
    },
    {
      name: `the ${which} engine is absent`,
      at: ["look", "wait"],
      subjects: TWO_ENGINES,
      make: (place) => [{ ...of(place, which), fault: "engineAbsent" }],
      ends: ["Completed", "Landed", "Drained", "Waiting"],
      reasons: [
        "BackupNotReady",
        "MastershipMoved",
        "StateUnknown",
        "DeadlinePassed",
        "Unreachable",
        "InstallFailed",
        "ControlPlanesUndeclared",
        "DifferentFromBaseline",
        "HealthCheckFailed",
        "Blocked",
      ],
      loses: true,
    },
  ]),
  {
    // Who the master should be is recorded once the device is found fit. Without redundancy (a QFX chassis has none here) its
    // sessions fall with the old master, and the preflight, which knows no other master, names what is down.
    name: "mastership moves by itself before the preflight",
    at: ["look"],
    subjects: TWO_ENGINES,
    fits: ({ rule }) => rule.name === "Preflight",
    make: (place) => [{ ...of(place), fault: "mastershipMoves" }],
    ends: ["Completed", "Landed"],
    reasons: ["HealthCheckFailed"],
    words: /BGP peers down/,
    loses: true,
  },
  {
    // Not touched yet, the device is waited for until it is read whole and as healthy as the preflight found it.
    name: "mastership moves by itself before the device is recorded",
    at: ["look", "wait"],
    subjects: TWO_ENGINES,
    fits: ({ rule }) => ["Stage", "Backup"].includes(rule.name),
    make: (place) => [{ ...of(place), fault: "mastershipMoves" }],
    ends: ["Completed"],
    reasons: [],
    loses: true,
  },
  {
    name: "mastership moves by itself",
    at: ["look", "wait"],
    subjects: TWO_ENGINES,
    fits: ({ rule }) => !["Preflight", "Stage", "Backup"].includes(rule.name),
    make: (place) => [{ ...of(place), fault: "mastershipMoves" }],
    ends: ["Completed", "Landed", "Drained", "Waiting"],
    reasons: ["MastershipMoved", "BackupNotReady", "DeadlinePassed"],
    // Without redundancy, and in service, nobody can help it.
    loses: true,
  },
  {
    name: "line cards stay down",
    at: ["look"],
    fits: ({ rule }) => REBOOTS.has(rule.name) || rule.name === "SwitchMastership",
    subjects: ["qfx/v1", "mx/v1", "mx/v1 vmhost", "mx-single/v1"],
    make: (place) => [{ ...of(place), fault: "lineCardsStuck" }],
    ends: ["Completed", "Waiting", "Drained"],
    reasons: ["ControlPlaneNotReady", "DeadlinePassed"],
  },
  {
    name: "BGP comes back without EVPN",
    at: ["look"],
    subjects: WITH_EVPN,
    fits: isIn(REBOOTS),
    make: (place) => [{ ...of(place), fault: "evpnMissing", when: { afterReboot: 1 } }],
    ends: ["Waiting", "Drained"],
    reasons: ["ControlPlaneNotReady", "DeadlinePassed"],
    words: /EVPN/i,
  },
  {
    name: "a major alarm",
    at: ["look"],
    make: (place) => [
      { ...of(place), fault: "alarm", class: "Major", description: "Fan tray 0 failure", source: "chassis" },
    ],
    ends: ["Completed", "Landed", "Waiting"],
    reasons: ["HealthCheckFailed", "DifferentFromBaseline", "ClusterUnhealthy"],
    words: /alarm|Fan tray/i,
  },
  {
    name: "ISSU not ready",
    at: ["look"],
    subjects: CLUSTER,
    fits: ({ rule }) => rule.name === "InServiceUpgrade",
    make: (place) => [{ ...of(place), fault: "upgradeNotReady" }],
    ends: ["Landed"],
    reasons: ["InServiceUpgradeFailed"],
    words: /not ready for ISSU/,
  },
  ...UPGRADE_PHASES.flatMap((phase): readonly SweptFault[] => [
    {
      name: `ISSU aborts: ${phase}`,
      at: ["look"],
      subjects: CLUSTER,
      fits: ({ rule }) => rule.name === "InServiceUpgrade",
      make: (place) => [{ ...of(place), fault: "upgradeAborts", phase }],
      // With both nodes on the target there is nothing left to give up; after the switchover nobody hears why it ends.
      ends: [
        ...(phase === "PrimaryRebooting" || phase === "Resynchronising" ? (["Completed"] as const) : []),
        ...(phase === "InstallingPrimary" ? (["Waiting"] as const) : []),
        "Landed",
        "Drained",
      ],
      reasons: ["InServiceUpgradeFailed"],
    },
    {
      name: `ISSU stalls: ${phase}`,
      at: ["look"],
      subjects: CLUSTER,
      fits: ({ rule }) => rule.name === "InServiceUpgrade",
      make: (place) => [{ ...of(place), fault: "upgradeStalls", phase }],
      ends: [
        ...(phase === "PrimaryRebooting" || phase === "Resynchronising" ? (["Completed"] as const) : []),
        "Landed",
        "Waiting",
      ],
      reasons: ["DeadlinePassed", "InServiceUpgradeFailed"],
    },
  ]),
  {
    name: "the new release does not take the configuration",
    at: ["look"],
    subjects: CLUSTER,
    fits: ({ rule }) => ["ValidateConfiguration", "InServiceUpgrade"].includes(rule.name),
    make: (place) => [{ ...of(place), fault: "validationFails" }],
    ends: ["Landed"],
    reasons: ["ConfigurationInvalid", "InServiceUpgradeFailed"],
  },
];

/** Faults of the devices around: what would have to carry the traffic. */
export const NEIGHBOUR_FAULTS: readonly SweptFault[] = [
  {
    name: "the peer dies for twenty minutes",
    at: ["look", "wait"],
    subjects: ["qfx/v1", "mx/v1", "mx/v1 vmhost", "mx-single/v1"],
    make: ({ subject }) => [{ device: subject.peer ?? "", fault: "deviceDead", forSeconds: TWENTY_MINUTES }],
    ends: ["Completed", "Landed"],
    reasons: ["PeerLost", "RedundancyLost", "DifferentFromBaseline", "HealthCheckFailed"],
    loses: true,
  },
  {
    name: "others go on sending through the drained device",
    at: ["look"],
    subjects: ["qfx/v1", "mx/v1", "mx/v1 vmhost", "mx-single/v1"],
    fits: ({ rule }) => ["DrainRoutes", "DrainAccess"].includes(rule.name),
    make: ({ subject }) =>
      ["leaf1", "leaf2", "leaf3", "spine1", "spine2"]
        .filter((name) => name !== subject.device)
        .map((device) => ({ device, fault: "stuckFlow" as const })),
    // Whoever does not follow the drain does not follow its end either.
    ends: ["Landed", "Completed", "Waiting"],
    reasons: ["DrainUnproven", "NotQuiet", "DeadlinePassed"],
    words: /through it|goes through|still/,
  },
];
