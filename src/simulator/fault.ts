/** Faults as data: what can break on a simulated device, and when. `faultEngine.ts` makes them happen. */

import type { UpgradePhase } from "./cluster/clusterState.ts";

/** When a fault begins. Without any of it: at once. */
export type FaultTrigger =
  | { readonly atSeconds: number }
  /** When the device receives that RPC for the n-th time (1 = first, the default), before it is executed. */
  | { readonly onRpc: string; readonly occurrence?: number }
  /** When the device has come up from its n-th reboot, before it answers. */
  | { readonly afterReboot: number };

/** The kinds of faults, with what each needs to know. */
export type FaultKind =
  /** No power: no forwarding, no management, all its ports dark. `forSeconds` gives the power back. */
  | { readonly fault: "deviceDead" }
  /** The cable in that port is cut. */
  | { readonly fault: "linkDown"; readonly interface: string }
  /** The BGP session to that device (name) or address stays down. */
  | { readonly fault: "bgpDown"; readonly peer: string }
  /** LACP does not come up on that port or aggregate. */
  | { readonly fault: "lacpDown"; readonly interface: string }
  /** A raised alarm. `source` says which of the two alarm tables shows it. */
  | {
      readonly fault: "alarm";
      readonly class: "Major" | "Minor";
      readonly description: string;
      readonly source: "chassis" | "system";
    }
  /** No room is left in /var. */
  | { readonly fault: "diskFull" }
  /** The next installation ends with an error. */
  | { readonly fault: "installFails" }
  /** The next boot comes up with the release that ran before. */
  | { readonly fault: "bootsOldRelease" }
  /** The next boot never ends. */
  | { readonly fault: "bootsNever" }
  /** The next reboot is executed, but the connection dies before the reply. */
  | { readonly fault: "rebootReplyLost" }
  /** That RPC is executed the next time, but its reply never comes; the connection stays open and silent. */
  | { readonly fault: "replyLost"; readonly rpc: string }
  /** The next commit (not a mere check) is refused. */
  | { readonly fault: "commitFails"; readonly message: string }
  /** The device ignores what its neighbours withdraw: its forwarding tables stay as they are. */
  | { readonly fault: "stuckFlow" }
  /** After the next reboot the device presents another SSH host key. */
  | { readonly fault: "hostKeyChangesOnReboot" }
  /** That RPC (every RPC where none is named) is answered late. */
  | { readonly fault: "slowReply"; readonly rpc?: string; readonly seconds: number }
  /** Boots take that much longer. */
  | { readonly fault: "bootsSlowly"; readonly seconds: number }
  /** Line cards that restart do not come up again. */
  | { readonly fault: "lineCardsStuck" }
  /** A line card of a chassis is dead: it is offline, and its ports are dark. */
  | { readonly fault: "lineCardDead"; readonly slot: number }
  /** The routing engine's slot is empty. */
  | { readonly fault: "engineAbsent" }
  /** The routing engine is in its slot and does not talk: Junos shows it as `Present`. */
  | { readonly fault: "engineHalted" }
  /** Mastership moves without anybody having asked; once. */
  | { readonly fault: "mastershipMoves" }
  /** A cluster node is not fit for a redundancy group, or for any. */
  | { readonly fault: "priorityZero"; readonly group?: number }
  /** An interface that a cluster monitors is down on a node. */
  | { readonly fault: "interfaceMonitorFails" }
  /** The nodes of a cluster do not see each other's data plane, or each other's control plane. */
  | { readonly fault: "fabricLinkDown" }
  | { readonly fault: "controlLinkDown" }
  /** A cluster refuses the next upgrade in service. */
  | { readonly fault: "upgradeNotReady" }
  /** An upgrade in service gives itself up at the end of that phase, or never gets through it. */
  | { readonly fault: "upgradeAborts"; readonly phase: UpgradePhase }
  | { readonly fault: "upgradeStalls"; readonly phase: UpgradePhase }
  /** The new release does not take the configuration. */
  | { readonly fault: "validationFails" }
  /** The next commit that goes to both routing engines is refused by the other one. */
  | { readonly fault: "commitSynchronizeFails" }
  /**
   * Replies to that RPC say something else in every element of that name, or lack it where the text is empty; where a
   * device has none, it is added to each element named by `into`.
   */
  | {
      readonly fault: "reading";
      readonly rpc: string;
      readonly element: string;
      readonly text: string;
      readonly into?: string;
    }
  /** That RPC is answered with something that nobody knows. */
  | { readonly fault: "oddReply"; readonly rpc: string }
  /** That RPC (every RPC where none is named) is neither executed nor answered; connections stay open. */
  | { readonly fault: "silent"; readonly rpc?: string }
  /** That RPC (any, where none is named) is executed, and its reply breaks off: the message ends there, or the session. */
  | { readonly fault: "truncatedReply"; readonly rpc?: string; readonly ends: "Message" | "Session" }
  /** The next boot comes up with that release, whatever was staged. */
  | { readonly fault: "bootsRelease"; readonly release: string }
  /** Packages that lie in /var/tmp have another checksum than they should. */
  | { readonly fault: "packageCorrupt" }
  /** Somebody holds the lock of the configuration, or has left uncommitted changes in the candidate. */
  | { readonly fault: "lockHeld" }
  | { readonly fault: "candidateDirty" }
  /** BGP sessions are up, and no EVPN route is sent or taken on them. */
  | { readonly fault: "evpnMissing" }
  /** NTP sets the clock by so many seconds, forward or back; once. The boot time moves with it, the uptime does not. */
  | { readonly fault: "clockSteps"; readonly seconds: number }
  /** The connection dies when that RPC (any, where none is named) arrives, before or after it is executed. */
  | { readonly fault: "dropSession"; readonly rpc?: string; readonly executed: boolean };

/** One fault of one device. */
export type Fault = FaultKind & {
  readonly device: string;
  /** Of which control plane; of each, or of whichever meets it first, where none is named. */
  readonly controlPlane?: string;
  readonly when?: FaultTrigger;
  /** Ends by itself after so many seconds of model time. Without it the fault stays until it is cleared. */
  readonly forSeconds?: number;
};

export type FaultName = FaultKind["fault"];

/** Every kind of fault, for messages and validation. */
export const FAULT_NAMES = [
  "deviceDead",
  "linkDown",
  "bgpDown",
  "lacpDown",
  "alarm",
  "diskFull",
  "installFails",
  "bootsOldRelease",
  "bootsNever",
  "rebootReplyLost",
  "replyLost",
  "commitFails",
  "stuckFlow",
  "hostKeyChangesOnReboot",
  "slowReply",
  "dropSession",
  "reading",
  "oddReply",
  "bootsSlowly",
  "lineCardsStuck",
  "lineCardDead",
  "engineAbsent",
  "engineHalted",
  "mastershipMoves",
  "commitSynchronizeFails",
  "priorityZero",
  "interfaceMonitorFails",
  "fabricLinkDown",
  "controlLinkDown",
  "upgradeNotReady",
  "upgradeAborts",
  "upgradeStalls",
  "validationFails",
  "silent",
  "truncatedReply",
  "bootsRelease",
  "packageCorrupt",
  "lockHeld",
  "candidateDirty",
  "evpnMissing",
  "clockSteps",
] as const satisfies readonly FaultName[];

/** Faults that lie in wait until somebody meets them, who uses them up. */
export const FAULTS_MET_ONCE: ReadonlySet<FaultName> = new Set<FaultName>([
  "installFails",
  "bootsOldRelease",
  "bootsRelease",
  "bootsNever",
  "hostKeyChangesOnReboot",
  "rebootReplyLost",
  "replyLost",
  "truncatedReply",
  "dropSession",
  "commitFails",
  "commitSynchronizeFails",
  "upgradeNotReady",
]);
