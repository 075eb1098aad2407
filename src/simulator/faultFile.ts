/** Reads one fault of `simulation.yaml`. */
import { UPGRADE_PHASES } from "./cluster/clusterState.ts";
import type { FieldReader } from "./descriptionReader.ts";
import { FAULT_NAMES } from "./fault.ts";
import type { Fault, FaultKind, FaultTrigger } from "./fault.ts";

/** What every fault has or may have. */
export const COMMON_FAULT_FIELDS = ["device", "controlPlane", "fault", "when", "forSeconds"];

/** When a fault may begin: one of these. */
const MOMENTS = ["atSeconds", "onRpc", "afterReboot"] as const;

/** Throws `SimulationError` when a field is missing, wrong, or does not belong to that kind of fault. */
export function readFault(reader: FieldReader): Fault {
  const kind = readKind(reader);
  return {
    ...kind,
    device: reader.string("device"),
    ...(reader.has("controlPlane") ? { controlPlane: reader.string("controlPlane") } : {}),
    ...(reader.has("when") ? { when: readTrigger(reader.reader("when")) } : {}),
    ...(reader.has("forSeconds") ? { forSeconds: reader.number("forSeconds") } : {}),
  };
}

function readKind(reader: FieldReader): FaultKind {
  const fault = reader.oneOf("fault", FAULT_NAMES);
  const allow = (...names: readonly string[]): void => {
    reader.allow([...COMMON_FAULT_FIELDS, ...names]);
  };
  switch (fault) {
    case "linkDown":
    case "lacpDown":
      allow("interface");
      return { fault, interface: reader.string("interface") };
    case "bgpDown":
      allow("peer");
      return { fault, peer: reader.string("peer") };
    case "alarm":
      allow("class", "description", "source");
      return {
        fault,
        class: reader.oneOf("class", ["Major", "Minor"], "Minor"),
        description: reader.string("description"),
        source: reader.oneOf("source", ["chassis", "system"], "chassis"),
      };
    case "replyLost":
    case "oddReply":
      allow("rpc");
      return { fault, rpc: reader.string("rpc") };
    case "reading": {
      allow("rpc", "element", "text", "into");
      const into = reader.optionalString("into");
      return {
        fault,
        rpc: reader.string("rpc"),
        element: reader.string("element"),
        text: reader.string("text"),
        ...(into === undefined ? {} : { into }),
      };
    }
    case "commitFails":
      allow("message");
      return { fault, message: reader.string("message", "configuration check-out failed") };
    case "slowReply": {
      allow("rpc", "seconds");
      const rpc = reader.optionalString("rpc");
      return { fault, ...(rpc === undefined ? {} : { rpc }), seconds: reader.number("seconds") };
    }
    case "dropSession": {
      allow("rpc", "executed");
      const rpc = reader.optionalString("rpc");
      return { fault, ...(rpc === undefined ? {} : { rpc }), executed: reader.boolean("executed", false) };
    }
    case "silent": {
      allow("rpc");
      const rpc = reader.optionalString("rpc");
      return { fault, ...(rpc === undefined ? {} : { rpc }) };
    }
    case "truncatedReply": {
      allow("rpc", "ends");
      const rpc = reader.optionalString("rpc");
      const ends = reader.oneOf("ends", ["Message", "Session"], "Session");
      return { fault, ...(rpc === undefined ? {} : { rpc }), ends };
    }
    case "bootsRelease":
      allow("release");
      return { fault, release: reader.string("release") };
    case "clockSteps":
      allow("seconds");
      return { fault, seconds: reader.number("seconds", undefined, -Infinity) };
    case "bootsSlowly":
      allow("seconds");
      return { fault, seconds: reader.number("seconds") };
    case "lineCardDead":
      allow("slot");
      return { fault, slot: reader.number("slot") };
    case "priorityZero":
      allow("group");
      return { fault, ...(reader.has("group") ? { group: reader.number("group") } : {}) };
    case "upgradeAborts":
    case "upgradeStalls":
      allow("phase");
      return { fault, phase: reader.oneOf("phase", UPGRADE_PHASES) };
    case "interfaceMonitorFails":
    case "fabricLinkDown":
    case "controlLinkDown":
    case "upgradeNotReady":
    case "validationFails":
    case "packageCorrupt":
    case "lockHeld":
    case "candidateDirty":
    case "evpnMissing":
    case "lineCardsStuck":
    case "engineAbsent":
    case "engineHalted":
    case "mastershipMoves":
    case "commitSynchronizeFails":
    case "deviceDead":
    case "diskFull":
    case "installFails":
    case "bootsOldRelease":
    case "bootsNever":
    case "rebootReplyLost":
    case "stuckFlow":
    case "hostKeyChangesOnReboot":
      allow();
      return { fault };
  }
}

function readTrigger(reader: FieldReader): FaultTrigger {
  reader.allow(["atSeconds", "onRpc", "occurrence", "afterReboot"]);
  const given = MOMENTS.filter((name) => reader.has(name));
  if (given.length !== 1)
    throw reader.invalid(
      "",
      `found ${given.length === 0 ? "nothing" : given.join(" and ")}`,
      `one of ${MOMENTS.join(", ")} is expected`,
    );
  if (!reader.has("onRpc") && reader.has("occurrence"))
    throw reader.invalid("occurrence", "found without onRpc", "it counts that RPC");
  if (reader.has("atSeconds")) return { atSeconds: reader.number("atSeconds") };
  if (reader.has("afterReboot")) return { afterReboot: reader.number("afterReboot", undefined, 1) };
  return { onRpc: reader.string("onRpc"), occurrence: reader.number("occurrence", 1, 1) };
}
