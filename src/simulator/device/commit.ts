/** Commits, confirmed or not, and what a device does when its configuration changes. */
import { isInEffect, readIntent } from "../config/configIntent.ts";
import { checkTree, commitTarget, storeCommit } from "../config/configDatabase.ts";
import type { Editor } from "../config/configDatabase.ts";
import { sameTree } from "../config/configDiff.ts";
import { cloneTree, setPath } from "../config/configTree.ts";
import type { ConfigTree } from "../config/configTree.ts";
import { leakingPolicy } from "../config/policy.ts";
import { isUp } from "../controlPlane.ts";
import type { ControlPlane } from "../controlPlane.ts";
import { takeFault } from "../faults/takeFault.ts";
import { refuse } from "../rpcFailure.ts";
import { deviceState, note } from "../world.ts";
import type { DeviceState, World } from "../world.ts";

export interface CommitRequest {
  readonly check: boolean;
  /** Rolled back by itself after so many minutes unless another commit comes. */
  readonly confirmMinutes: number | undefined;
  readonly log: string | undefined;
  /** On the other routing engine, too. The configuration can ask for it always. */
  readonly synchronize?: boolean;
}

/**
 * Commits what the session edits. A commit or a check within the time of a confirmed commit confirms it, as on
 * the device. Throws `RpcFailure` where it is refused: errors of the check, a lock of another session, a
 * confirmed commit of a private copy.
 */
export function commit(
  world: World,
  plane: ControlPlane,
  options: { readonly editor: Editor; readonly request: CommitRequest },
): void {
  const { editor, request } = options;
  const device = deviceState(world, plane.device);
  const database = plane.config;
  if (request.confirmMinutes !== undefined && editor.privateCopy !== undefined) {
    throw refuse("commit confirmed is not supported in private configuration mode", "confirmed");
  }
  const target = commitTarget(database, editor);
  checkTree(target);
  const other = synchronizedWith(world, device, { plane, target, request });
  const before = database.unconfirmed?.before ?? database.committed;
  if (request.check) {
    confirm(world, plane);
    return;
  }
  const failing = takeFault(world, device.name, (fault) => fault.fault === "commitFails");
  if (failing?.fault === "commitFails") throw refuse(failing.message);
  confirm(world, plane);
  if (request.confirmMinutes !== undefined) {
    const deadline = world.now + request.confirmMinutes * 60_000;
    const event = world.queue.schedule(deadline, {
      kind: "ConfirmTimeout",
      device: device.name,
      controlPlane: plane.name,
    });
    database.unconfirmed = { before, deadline, event };
  }
  const tree = cloneTree(target);
  setPath(tree, ["version", plane.release]);
  const record = { at: world.now, user: editor.user, client: "netconf", log: request.log };
  storeCommit(database, { ...record, tree });
  if (other !== undefined) storeCommit(other.config, { ...record, tree: cloneTree(tree) });
  if (editor.privateCopy === undefined) database.candidate = undefined;
  else editor.privateCopy = { tree: cloneTree(tree), commands: [], replacesAll: false };
  device.counters.commits += 1;
  note(world, { device: device.name, kind: "Committed", message: request.log ?? "" });
  if (device.master === plane) applyCommitted(world, device);
}

/** The other routing engine that takes the commit, too. Throws `RpcFailure` where it refuses. */
function synchronizedWith(
  world: World,
  device: DeviceState,
  { plane, target, request }: { plane: ControlPlane; target: ConfigTree; request: CommitRequest },
): ControlPlane | undefined {
  // A cluster is one configuration, whichever node it is written on.
  if (device.cluster !== undefined) return device.planes.find((each) => each !== plane && isUp(each));
  const wanted = request.synchronize === true || isInEffect(target, ["system", "commit", "synchronize"]);
  const other = device.planes.find((each) => each !== plane);
  if (!wanted || other === undefined || other.power === "Absent") return undefined;
  if (other.power !== "Running") throw refuse(`could not connect to ${other.name} : No route to host`);
  // The schema of another release checks it differently, or not at all.
  if (other.release !== plane.release) {
    throw refuse(
      `${other.name}: error: remote commit-configuration failed on ${other.name}: different version`,
    );
  }
  const failing = request.check
    ? undefined
    : takeFault(world, device.name, (fault) => fault.fault === "commitSynchronizeFails");
  if (failing !== undefined)
    throw refuse(`${other.name}: error: remote lock-configuration failed on ${other.name}`);
  return other;
}

/** The time of a confirmed commit is over: what was before it is committed again. */
export function rollBackUnconfirmed(world: World, plane: ControlPlane): void {
  const { unconfirmed } = plane.config;
  if (unconfirmed === undefined) return;
  const device = deviceState(world, plane.device);
  plane.config.unconfirmed = undefined;
  const record = { at: world.now, user: "root", client: "other", log: "rollback unconfirmed commit" };
  for (const each of sharing(device, plane)) {
    storeCommit(each.config, { ...record, tree: cloneTree(unconfirmed.before) });
  }
  plane.config.candidate = undefined;
  note(world, { device: device.name, kind: "RolledBack", message: "a commit was not confirmed in time" });
  if (device.master === plane) applyCommitted(world, device);
}

/** The control planes that run the configuration that is rolled back. */
function sharing(device: DeviceState, plane: ControlPlane): readonly ControlPlane[] {
  return device.planes.filter(
    (each) =>
      each === plane || (each.power === "Running" && sameTree(each.config.committed, plane.config.committed)),
  );
}

function confirm(world: World, { config }: ControlPlane): void {
  world.queue.cancel(config.unconfirmed?.event);
  config.unconfirmed = undefined;
}

function applyCommitted(world: World, device: DeviceState): void {
  device.intent = readIntent(device.master.config.committed);
  world.stale.underlay = true;
  world.stale.evpn = true;
  world.stale.flows = true;
  const chains = new Set([...device.intent.neighbours.values()].map((neighbour) => neighbour.exportChain));
  for (const chain of chains) {
    const leak = leakingPolicy(device.intent.policies, chain);
    if (leak === undefined) continue;
    note(world, {
      device: device.name,
      kind: "ExportLeak",
      message: `policy ${leak} accepts every route and hides the policies after it`,
    });
    return;
  }
}
