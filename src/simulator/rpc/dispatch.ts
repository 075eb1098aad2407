/** Executes one RPC on a device: counts it, lets faults have their say, and turns what comes out into a reply. */
import type { Clock } from "../../api/time.ts";
import { find, type XmlNode } from "../../netconf/xmlNode.ts";
import type { Editor } from "../config/configDatabase.ts";
import { triggerByRpc } from "../faults/faultEngine.ts";
import { withFaultyReadings } from "../faults/readings.ts";
import { takeFault } from "../faults/takeFault.ts";
import { isFaulty } from "../faults/faultQueries.ts";
import type { Fault } from "../fault.ts";
import type { ReplyFate } from "../management/netconfServerSession.ts";
import { failureElements, refuse, RpcFailure } from "../rpcFailure.ts";
import type { ControlPlane } from "../controlPlane.ts";
import type { DeviceState, RpcLogEntry, World } from "../world.ts";
import { findRpc } from "./registry.ts";
import type { OnBackup, RpcContext } from "./rpcHandler.ts";
import { output } from "./shape.ts";

/** Older entries are forgotten. */
const MAX_RPC_LOG = 5000;

/** Not counted as changes of the device, but not for those who may only look either. */
const EDITING = new Set([
  "lock-configuration",
  "unlock-configuration",
  "open-configuration",
  "close-configuration",
  "load-configuration",
  "kill-session",
]);

/** What nobody can do while somebody else holds the lock. */
const LOCKED_OUT = new Set([
  "lock-configuration",
  "open-configuration",
  "load-configuration",
  "commit-configuration",
]);

export interface Dispatch {
  readonly world: World;
  readonly device: DeviceState;
  readonly plane: ControlPlane;
  readonly clock: Clock;
  readonly session: Editor;
  readonly signal: AbortSignal;
  /** Brings the world up to the clock. */
  readonly advance: () => void;
  /** Lets everything follow that depends on what was changed. */
  readonly changed: () => void;
  readonly until: (condition: () => boolean) => Promise<void>;
  readonly kill: (sessionId: number) => boolean;
}

/** Never throws: whatever goes wrong is the reply. */
export async function dispatch(options: Dispatch, operation: XmlNode): Promise<ReplyFate> {
  const { world, device, plane } = options;
  options.advance();
  const definition = findRpc(operation.name);
  const write = (definition?.write ?? false) && !isMereCheck(operation);
  const entry = record(options, operation.name, write);
  const began = triggerByRpc(world, device.name, {
    name: operation.name,
    count: device.rpcCounts.get(operation.name) ?? 0,
  });
  if (began) options.changed();
  // A control plane that this very request finds dead does not execute it.
  if (!plane.management || isDropped(world, device, { rpc: operation.name, executed: false })) {
    entry.outcome = "lost";
    return { kind: "drop" };
  }
  const isSilent = (fault: Fault): boolean =>
    fault.fault === "silent" && (fault.rpc === undefined || fault.rpc === operation.name);
  if (isFaulty(world, device.name, isSilent)) {
    entry.outcome = "lost";
    return { kind: "swallow" };
  }
  await delay(options, operation.name);
  const content = await execute(options, operation, entry);
  if (definition?.write === true) options.changed();
  const lost = takeFault(
    world,
    device.name,
    (fault) => fault.fault === "replyLost" && fault.rpc === operation.name,
  );
  if (lost !== undefined) {
    entry.outcome = "lost";
    return { kind: "swallow" };
  }
  const rebootLost =
    (operation.name === "request-reboot" || operation.name === "request-vmhost-reboot") &&
    takeFault(world, device.name, (fault) => fault.fault === "rebootReplyLost") !== undefined;
  if (rebootLost || isDropped(world, device, { rpc: operation.name, executed: true })) {
    entry.outcome = "lost";
    return { kind: "drop" };
  }
  const truncated = takeFault(
    world,
    device.name,
    (fault) => fault.fault === "truncatedReply" && (fault.rpc === undefined || fault.rpc === operation.name),
  );
  if (truncated?.fault === "truncatedReply") {
    entry.outcome = "lost";
    return { kind: "truncate", content, ends: truncated.ends };
  }
  return { kind: "send", content };
}

async function execute(
  options: Dispatch,
  operation: XmlNode,
  entry: RpcLogEntry,
): Promise<readonly XmlNode[]> {
  const { world, device, plane, session } = options;
  try {
    const definition = findRpc(operation.name);
    if (definition === undefined) throw refuse("syntax error", operation.name);
    if (isReadOnly(world, session.user) && (definition.write || EDITING.has(operation.name))) {
      throw refuse("permission denied", operation.name);
    }
    if (isHeldByOther(options, operation.name)) {
      throw refuse(
        "configuration database locked by:\n  engineer terminal p0 (pid 4711) on since 08:15:03 UTC",
      );
    }
    const silence = plane === device.master ? undefined : definition.onBackup;
    if (silence !== undefined) return refusalOfBackup(silence, operation.name);
    const context: RpcContext = {
      world,
      device,
      plane,
      session,
      operation,
      until: options.until,
      kill: options.kill,
    };
    const running = definition.handle(context);
    // What the RPC has begun must count from now on, also while it is waited for. A look begins nothing.
    if (definition.write) options.changed();
    const content = await running;
    entry.outcome = "ok";
    return withFaultyReadings(world, { device: device.name, rpc: operation.name }, content);
  } catch (error) {
    entry.outcome = "error";
    if (error instanceof RpcFailure) return failureElements(error);
    return failureElements(
      refuse(`internal error: ${error instanceof Error ? error.message : String(error)}`),
    );
  }
}

/** Editing while somebody else holds the lock. Who holds it already keeps it. */
function isHeldByOther({ world, device, plane, session }: Dispatch, rpc: string): boolean {
  if (plane.config.lockedBy === session.sessionId || !LOCKED_OUT.has(rpc)) return false;
  return isFaulty(world, device.name, (fault) => fault.fault === "lockHeld");
}

/** `commit check` changes nothing. */
function isMereCheck(operation: XmlNode): boolean {
  return operation.name === "commit-configuration" && find(operation, "check") !== undefined;
}

/** A backup routing engine runs neither the routing process nor learns addresses, and says so in its own ways. */
function refusalOfBackup(silence: OnBackup, rpc: string): readonly XmlNode[] {
  switch (silence) {
    case "MasterOnly":
      return [output("Aborted! This command can only be used on the master routing engine.")];
    case "RoutingNotRunning":
      throw refuse("the routing subsystem is not running", rpc);
    case "LearningNotRunning":
      throw refuse("the l2-learning subsystem is not running", rpc);
  }
}

/** The user may look at everything and change nothing. */
export function isReadOnly(world: World, user: string): boolean {
  return user === world.topology.description.readOnlyCredentials.username;
}

function record({ world, device, plane, session }: Dispatch, rpc: string, write: boolean): RpcLogEntry {
  device.rpcCounts.set(rpc, (device.rpcCounts.get(rpc) ?? 0) + 1);
  if (write) device.counters.writes += 1;
  const entry: RpcLogEntry = {
    at: world.now,
    sessionId: session.sessionId,
    controlPlane: plane.name,
    rpc,
    write,
    outcome: "running",
  };
  device.rpcLog.push(entry);
  if (device.rpcLog.length > MAX_RPC_LOG) device.rpcLog.shift();
  return entry;
}

async function delay({ world, device, clock, signal, advance }: Dispatch, rpc: string): Promise<void> {
  let seconds = 0;
  isFaulty(world, device.name, (fault) => {
    if (fault.fault === "slowReply" && (fault.rpc === undefined || fault.rpc === rpc)) {
      seconds = Math.max(seconds, fault.seconds);
    }
    return false;
  });
  if (seconds === 0) return;
  await clock.sleepUntil(clock.now() + seconds * 1000, signal).catch(() => undefined);
  advance();
}

function isDropped(
  world: World,
  device: DeviceState,
  moment: { readonly rpc: string; readonly executed: boolean },
): boolean {
  const taken = takeFault(
    world,
    device.name,
    (fault) =>
      fault.fault === "dropSession" &&
      fault.executed === moment.executed &&
      (fault.rpc === undefined || fault.rpc === moment.rpc),
  );
  return taken !== undefined;
}
