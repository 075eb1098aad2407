/** Commits, confirmed or not, and what a device does when its configuration changes. */
import { readIntent } from "../config/configIntent.ts";
import { checkTree, commitTarget, storeCommit } from "../config/configDatabase.ts";
import type { Editor } from "../config/configDatabase.ts";
import { cloneTree, setPath } from "../config/configTree.ts";
import { leakingPolicy } from "../config/policy.ts";
import { takeFault } from "../faults/takeFault.ts";
import { refuse } from "../rpcFailure.ts";
import { note } from "../world.ts";
import type { DeviceState, World } from "../world.ts";

export interface CommitRequest {
  readonly check: boolean;
  /** Rolled back by itself after so many minutes unless another commit comes. */
  readonly confirmMinutes: number | undefined;
  readonly log: string | undefined;
}

/**
 * Commits what the session edits. A commit or a check within the time of a confirmed commit confirms it, as on
 * the device. Throws `RpcFailure` where it is refused: errors of the check, a lock of another session, a
 * confirmed commit of a private copy.
 */
export function commit(
  world: World,
  device: DeviceState,
  options: { readonly editor: Editor; readonly request: CommitRequest },
): void {
  const { editor, request } = options;
  const database = device.config;
  if (request.confirmMinutes !== undefined && editor.privateCopy !== undefined) {
    throw refuse("commit confirmed is not supported in private configuration mode", "confirmed");
  }
  const target = commitTarget(database, editor);
  checkTree(target);
  const before = database.unconfirmed?.before ?? database.committed;
  if (request.check) {
    confirm(world, device);
    return;
  }
  const failing = takeFault(world, device.name, (fault) => fault.fault === "commitFails");
  if (failing?.fault === "commitFails") throw refuse(failing.message);
  confirm(world, device);
  if (request.confirmMinutes !== undefined) {
    const deadline = world.now + request.confirmMinutes * 60_000;
    const event = world.queue.schedule(deadline, { kind: "ConfirmTimeout", device: device.name });
    database.unconfirmed = { before, deadline, event };
  }
  const tree = cloneTree(target);
  setPath(tree, ["version", device.release]);
  storeCommit(database, { at: world.now, user: editor.user, client: "netconf", log: request.log, tree });
  if (editor.privateCopy === undefined) database.candidate = undefined;
  else editor.privateCopy = { tree: cloneTree(tree), commands: [], replacesAll: false };
  device.counters.commits += 1;
  note(world, { device: device.name, kind: "Committed", message: request.log ?? "" });
  applyCommitted(world, device);
}

/** The time of a confirmed commit is over: what was before it is committed again. */
export function rollBackUnconfirmed(world: World, device: DeviceState): void {
  const { unconfirmed } = device.config;
  if (unconfirmed === undefined) return;
  device.config.unconfirmed = undefined;
  storeCommit(device.config, {
    at: world.now,
    user: "root",
    client: "other",
    log: "rollback unconfirmed commit",
    tree: unconfirmed.before,
  });
  device.config.candidate = undefined;
  note(world, { device: device.name, kind: "RolledBack", message: "a commit was not confirmed in time" });
  applyCommitted(world, device);
}

function confirm(world: World, device: DeviceState): void {
  world.queue.cancel(device.config.unconfirmed?.event);
  device.config.unconfirmed = undefined;
}

function applyCommitted(world: World, device: DeviceState): void {
  device.intent = readIntent(device.config.committed);
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
