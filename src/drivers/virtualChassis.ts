/**
 * Several switches that act as one. Their members have one configuration and reboot together, so that nobody behind them has a
 * second way; what is not hitless is refused by name.
 */
import { explain, type Explained } from "../api/reasons.ts";
import { isJunosError } from "../junos/replyErrors.ts";
import type { RpcCaller } from "../junos/rpcCaller.ts";
import { readVirtualChassis, type VirtualChassis } from "../junos/virtualChassis.ts";
import { isLargeSwitch } from "../release/platform.ts";
import type { FabricDevice } from "./driver.ts";

/** The members as the device lists them, itself included; null where its family or model has no Virtual Chassis. */
export async function readMembers(
  caller: RpcCaller,
  { family, model }: Pick<FabricDevice, "family" | "model">,
): Promise<VirtualChassis | null> {
  if (family !== "junos-qfx" || isLargeSwitch(model)) return null;
  try {
    return await readVirtualChassis(caller);
  } catch (error) {
    if (isJunosError(error, "UnknownRpc")) return null;
    throw error;
  }
}

/** Why a Virtual Chassis is left alone; null for a switch that stands alone, which lists one member. */
export function againstMembers(whose: string, members: number | undefined): Explained | null {
  if (members === undefined || members < 2) return null;
  const count = `${whose} is a Virtual Chassis of ${String(members)} members`;
  return explain("VirtualChassisUnsupported", `${count}, which reboot together`);
}
