/** Faults of the way between us and the device: sessions, replies, silence, other people's locks, refused commits. */
import type { Reason } from "../../src/api/reasons.ts";
import { requestOf, type Place, type SweptFault } from "./sweptFault.ts";

const TWENTY_MINUTES = 1200;
/** More often than anybody asks. */
const AGAIN_AND_AGAIN = 40;

/** What a device that cannot be asked is called, whichever step finds it. */
const SILENCES: readonly Reason[] = [
  "Unreachable",
  "ReplyTimeout",
  "ConnectionLost",
  "DeadlinePassed",
  "TransferFailed",
];

const device = ({ subject }: Place): { readonly device: string } => ({ device: subject.device });
const isCommit = ({ where }: Place): boolean =>
  where.at === "request" && where.rpc === "commit-configuration";
/** Of the request that upgrades both nodes of a cluster. */
const isUpgradeOfCluster = ({ where }: Place): boolean =>
  where.at === "request" && where.rpc === "request-package-in-service-upgrade";
const times = <T>(count: number, each: T): readonly T[] => Array.from({ length: count }, () => each);

export const TRANSPORT_FAULTS: readonly SweptFault[] = [
  {
    name: "session dies before the request is executed",
    at: ["request"],
    make: (place) => [{ ...device(place), fault: "dropSession", ...requestOf(place), executed: false }],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "session dies after the request was executed",
    at: ["request"],
    make: (place) => [{ ...device(place), fault: "dropSession", ...requestOf(place), executed: true }],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "reply lost, but the effect happened",
    at: ["request"],
    make: (place) => [{ ...device(place), fault: "replyLost", ...requestOf(place) }],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "truncated reply to the request",
    at: ["request"],
    make: (place) => [{ ...device(place), fault: "truncatedReply", ...requestOf(place), ends: "Message" }],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "session dies in the middle of the reply",
    at: ["request"],
    make: (place) => [{ ...device(place), fault: "truncatedReply", ...requestOf(place), ends: "Session" }],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "request neither executed nor answered",
    at: ["request"],
    fits: (place) => !isUpgradeOfCluster(place),
    make: (place) => [{ ...device(place), fault: "silent", ...requestOf(place), forSeconds: 60 }],
    ends: ["Completed"],
    reasons: [],
  },
  {
    // The session lives on, so nobody can tell it from an upgrade that shows nothing yet. Sent again, it could run twice.
    name: "upgrade request neither executed nor answered",
    at: ["request"],
    fits: isUpgradeOfCluster,
    make: (place) => [{ ...device(place), fault: "silent", ...requestOf(place), forSeconds: 60 }],
    ends: ["Landed"],
    reasons: ["ReplyTimeout"],
    words: /no reply.*node1 has not rebooted/,
  },
  {
    name: "request executed late",
    at: ["request"],
    make: (place) => [
      { ...device(place), fault: "slowReply", ...requestOf(place), seconds: 150, forSeconds: 60 },
    ],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "commit refused once",
    at: ["request"],
    fits: isCommit,
    make: (place) => [
      { ...device(place), fault: "commitFails", message: "could not activate the configuration" },
    ],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "commit refused again and again",
    at: ["request"],
    fits: isCommit,
    make: (place) =>
      times(AGAIN_AND_AGAIN, {
        ...device(place),
        fault: "commitFails",
        message: "could not activate the configuration",
      }),
    ends: ["Completed", "Landed", "Drained", "Waiting"],
    reasons: ["CommitFailed", "DeadlinePassed"],
    words: /could not activate the configuration/,
  },
  {
    name: "commit synchronize fails once",
    at: ["request"],
    subjects: ["mx/v1", "mx/v1 vmhost", "mx-parallel/v1", "qfx-chassis/v1"],
    fits: isCommit,
    make: (place) => [{ ...device(place), fault: "commitSynchronizeFails" }],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "commit synchronize fails again and again",
    at: ["request"],
    subjects: ["mx/v1", "mx/v1 vmhost", "mx-parallel/v1", "qfx-chassis/v1"],
    fits: isCommit,
    make: (place) => times(AGAIN_AND_AGAIN, { ...device(place), fault: "commitSynchronizeFails" }),
    ends: ["Completed", "Landed", "Drained", "Waiting"],
    reasons: ["CommitFailed", "DeadlinePassed", "ConfigurationLocked"],
    words: /lock-configuration failed/,
  },
  {
    name: "session dies",
    at: ["look", "wait"],
    make: (place) => [{ ...device(place), fault: "dropSession", executed: false }],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "truncated reply",
    at: ["look", "wait"],
    make: (place) => [{ ...device(place), fault: "truncatedReply", ends: "Message" }],
    ends: ["Completed"],
    reasons: [],
  },
  {
    name: "silence for twenty minutes",
    at: ["look", "wait"],
    make: (place) => [{ ...device(place), fault: "silent", forSeconds: TWENTY_MINUTES }],
    ends: ["Completed", "Landed"],
    reasons: SILENCES,
  },
  {
    name: "lock held for twenty minutes",
    at: ["look"],
    make: (place) => [{ ...device(place), fault: "lockHeld", forSeconds: TWENTY_MINUTES }],
    ends: ["Completed", "Landed"],
    reasons: ["ConfigurationLocked"],
    words: /lock|engineer/i,
  },
  {
    name: "dirty candidate for twenty minutes",
    at: ["look"],
    make: (place) => [{ ...device(place), fault: "candidateDirty", forSeconds: TWENTY_MINUTES }],
    ends: ["Completed", "Landed"],
    reasons: ["CandidateDirty"],
    words: /uncommitted|modified|candidate/i,
  },
];
