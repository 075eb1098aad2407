/** The operations of NETCONF itself (RFC 6241) on the candidate, which Junos takes beside its own. */
import { element, find } from "../../netconf/xmlNode.ts";
import { loadStored, lock, unlock } from "../config/configDatabase.ts";
import { commit } from "../device/commit.ts";
import { refuse } from "../rpcFailure.ts";
import { reads, writes } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";

const OK = element("ok");
/** RFC 6241 §8.4.5: how long a confirmed commit waits where it names no time. */
const DEFAULT_CONFIRM_SECONDS = 600;

export const NETCONF_RPCS: RpcTable = {
  lock: reads(({ plane, session, operation }) => {
    requireCandidate(operation.name, find(operation, "target"));
    lock(plane.config, session);
    return [OK];
  }),
  unlock: reads(({ plane, session, operation }) => {
    requireCandidate(operation.name, find(operation, "target"));
    unlock(plane.config, session);
    return [OK];
  }),
  "discard-changes": writes(({ plane, session }) => {
    loadStored(plane.config, session, 0);
    return [OK];
  }),
  validate: reads((context) => {
    requireCandidate(context.operation.name, find(context.operation, "source"));
    return commitCandidate(context, { check: true });
  }),
  commit: writes((context) => commitCandidate(context, { check: false })),
};

function requireCandidate(operation: string, datastore: ReturnType<typeof find>): void {
  if (find(datastore, "candidate") === undefined) throw refuse("only the candidate is simulated", operation);
}

function commitCandidate({ world, plane, session, operation }: RpcContext, { check }: { check: boolean }) {
  const confirmed = find(operation, "confirmed") !== undefined;
  const seconds = Number(find(operation, "confirm-timeout")?.text ?? DEFAULT_CONFIRM_SECONDS);
  const confirmMinutes = confirmed ? Math.ceil(seconds / 60) : undefined;
  commit(world, plane, { editor: session, request: { check, confirmMinutes, log: undefined } });
  return [OK];
}
