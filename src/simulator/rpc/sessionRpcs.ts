/** RPCs about sessions themselves. */
import { element, textAt } from "../../netconf/xmlNode.ts";
import { refuse } from "../rpcFailure.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcTable } from "./rpcHandler.ts";

export const SESSION_RPCS: RpcTable = {
  // The session itself closes after the reply.
  "close-session": reads(() => [element("ok")]),
  "kill-session": reads(({ operation, kill }) => {
    const id = textAt(operation, "session-id");
    if (id === undefined || !kill(Number(id)))
      throw refuse("Unable to kill session: no such session", "session-id");
    return [element("ok")];
  }),
};
