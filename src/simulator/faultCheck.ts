/**
 * Whether a fault can happen in the fabric that is described. One that never could, for a name is misspelt or the device is of
 * another kind, would let a rehearsal succeed that was meant to fail.
 */
import { isIP } from "node:net";
import { describedGroups, isDescribedCluster } from "./cluster/clusterState.ts";
import type { DescribedDevice, SimulationDescription } from "./description.ts";
import type { Fault, FaultName } from "./fault.ts";
import { rpcNames } from "./rpc/registry.ts";

/** What is wrong with a fault, by the field of it, and what would be right. */
export interface FaultMistake {
  readonly field: string;
  readonly found: string;
  readonly hint: string;
}

/** Faults that only a chassis cluster meets. */
const OF_CLUSTERS: ReadonlySet<FaultName> = new Set([
  "priorityZero",
  "interfaceMonitorFails",
  "fabricLinkDown",
  "controlLinkDown",
  "upgradeNotReady",
  "upgradeAborts",
  "upgradeStalls",
]);

/** Faults that only a device with two routing engines meets. */
const OF_TWO_ENGINES: ReadonlySet<FaultName> = new Set(["mastershipMoves", "commitSynchronizeFails"]);

/** Words that stand in the names of most RPCs and say nothing of what they are about. */
const COMMON_WORDS: ReadonlySet<string> = new Set(["get", "information", "request"]);

/** Undefined where the fault can happen. Its device is one of the description. */
export function mistakeOf(fault: Fault, description: SimulationDescription): FaultMistake | undefined {
  const device = description.devices.find(({ name }) => name === fault.device);
  if (device === undefined) {
    const known = description.devices.map(({ name }) => name).join(", ");
    return { field: "device", found: `"${fault.device}" is no device`, hint: `known are ${known}` };
  }
  return (
    placeMistake(fault, description) ?? kindMistake(fault, description) ?? nameMistake(fault, description)
  );
}

/** A cable or a control plane that the device has not. */
export function placeMistake(fault: Fault, description: SimulationDescription): FaultMistake | undefined {
  const device = description.devices.find(({ name }) => name === fault.device);
  const planes = (device?.controlPlanes ?? [{ name: "re0" }]).map(({ name }) => name);
  if (fault.controlPlane !== undefined && !planes.includes(fault.controlPlane)) {
    return {
      field: "controlPlane",
      found: `${fault.device} has no ${fault.controlPlane}`,
      hint: `it has ${planes.join(", ")}`,
    };
  }
  if (fault.fault !== "linkDown") return undefined;
  const ports = cabledPorts(fault.device, description);
  if (ports.includes(fault.interface)) return undefined;
  return {
    field: "interface",
    found: `${fault.device} has no cable in ${fault.interface}`,
    hint: `there are cables in ${ports.join(", ")}`,
  };
}

/** A fault that this kind of device cannot meet. */
function kindMistake(fault: Fault, { devices }: SimulationDescription): FaultMistake | undefined {
  const mistake = (what: string, fits: (device: DescribedDevice) => boolean): FaultMistake | undefined => {
    const fitting = devices.filter(fits).map(({ name }) => name);
    if (fitting.includes(fault.device)) return undefined;
    return {
      field: "fault",
      found: `${fault.fault} needs ${what}, and ${fault.device} is none`,
      hint: fitting.length === 0 ? "this fabric has none" : `such are ${fitting.join(", ")}`,
    };
  };
  if (OF_CLUSTERS.has(fault.fault)) return mistake("a chassis cluster", isDescribedCluster);
  return OF_TWO_ENGINES.has(fault.fault)
    ? mistake(
        "a device with two routing engines",
        (device) => device.controlPlanes?.length === 2 && !isDescribedCluster(device),
      )
    : undefined;
}

/** A name or a number of something that is not there. */
function nameMistake(fault: Fault, description: SimulationDescription): FaultMistake | undefined {
  const rpc = fault.when !== undefined && "onRpc" in fault.when ? fault.when.onRpc : undefined;
  const waited = rpc === undefined ? undefined : rpcMistake("when.onRpc", rpc);
  if (waited !== undefined) return waited;
  switch (fault.fault) {
    case "replyLost":
    case "oddReply":
    case "reading":
    case "slowReply":
    case "dropSession":
    case "silent":
    case "truncatedReply":
      return fault.rpc === undefined ? undefined : rpcMistake("rpc", fault.rpc);
    case "lacpDown":
      return absent("interface", fault.interface, aggregatesAndPorts(fault.device, description));
    case "bgpDown": {
      const others = description.devices.map(({ name }) => name).filter((name) => name !== fault.device);
      return isIP(fault.peer) === 0 ? absent("peer", fault.peer, others) : undefined;
    }
    case "lineCardDead":
      return absent("slot", String(fault.slot), slots(fault.device, description));
    case "priorityZero": {
      const device = description.devices.find(({ name }) => name === fault.device);
      const groups = device === undefined ? [] : describedGroups(device).map(({ id }) => String(id));
      return fault.group === undefined ? undefined : absent("group", String(fault.group), groups);
    }
    default:
      return undefined;
  }
}

function absent(field: string, given: string, known: readonly string[]): FaultMistake | undefined {
  if (known.includes(given)) return undefined;
  const hint = known.length === 0 ? "there is none" : `known are ${known.join(", ")}`;
  return { field, found: `found "${given}"`, hint };
}

/** Of the RPCs those are told that share a word with the one that is not known, for there are many. */
function rpcMistake(field: string, given: string): FaultMistake | undefined {
  const known = rpcNames();
  if (known.includes(given)) return undefined;
  const words = given.split(/[^a-z]+/i).filter((word) => word.length > 2 && !COMMON_WORDS.has(word));
  const near = known.filter((name) => words.some((word) => name.includes(word.toLowerCase())));
  return {
    field,
    found: `found "${given}"`,
    hint: `known are ${(near.length === 0 ? known : near).join(", ")}`,
  };
}

function cabledPorts(device: string, { links, servers }: SimulationDescription): readonly string[] {
  const ends = [...links.flatMap(({ a, b }) => [a, b]), ...servers.flatMap(({ attachments }) => attachments)];
  return ends.filter((end) => end.device === device).map(({ port }) => port);
}

function aggregatesAndPorts(device: string, { servers }: SimulationDescription): readonly string[] {
  return servers.flatMap(({ attachments, aggregate }) =>
    attachments
      .filter((end) => end.device === device)
      .flatMap(({ port }) => (aggregate === undefined ? [port] : [aggregate, port])),
  );
}

/** Of the line cards that are described, and of the ports in use (`et-2/0/0` is in slot 2). */
function slots(device: string, description: SimulationDescription): readonly string[] {
  const cards = description.devices.find(({ name }) => name === device)?.lineCards ?? [{ slot: 0 }];
  const used = cabledPorts(device, description).flatMap((port) => /-(\d+)\//.exec(port)?.[1] ?? []);
  return [...new Set([...cards.map(({ slot }) => String(slot)), ...used])];
}
