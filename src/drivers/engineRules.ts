/** What a family demands of its routing engines, and how it tells whether one of them is a VM host. */
import type { RpcCaller } from "../junos/rpcCaller.ts";
import { isJunosError } from "../junos/replyErrors.ts";
import { isVmhostEngine } from "../junos/routingEngine.ts";
import { parseVmhostProbe, vmhostProbeRequest } from "../junos/vmhost.ts";
import type { Engine } from "./engines.ts";

export interface EngineRules {
  /** The oldest release that the procedure is for; every one where none is named. */
  readonly minimumRelease?: string;
  readonly isVmhost: (caller: RpcCaller, engine: Engine) => Promise<boolean>;
}

/** Model and reboot reason tell; where they do not, the kernel is asked. */
export async function isVmhost(caller: RpcCaller, engine: Engine): Promise<boolean> {
  if (isVmhostEngine(engine)) return true;
  try {
    return parseVmhostProbe(await caller.call(vmhostProbeRequest())) === true;
  } catch (error) {
    // Many logins may not start a shell; then the model stands.
    if (error instanceof Error && (isJunosError(error) || error.name === "RpcError")) return false;
    throw error;
  }
}
