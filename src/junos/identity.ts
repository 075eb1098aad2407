/** Which piece of hardware a device is (`show chassis hardware`). Only the master routing engine answers. */
import { element, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { firstOf, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

export interface ChassisIdentity {
  readonly serialNumber: string | undefined;
  /** `MX480`, `QFX5120-48Y-8C`. */
  readonly description: string | undefined;
}

/** `show chassis hardware`. */
export function inventoryRequest(): XmlNode {
  return element("get-chassis-inventory");
}

/** Reads the serial number. Throws `JunosError` `NotMaster` on a backup routing engine. */
export async function readIdentity(caller: RpcCaller, options?: CallOptions): Promise<ChassisIdentity> {
  return parseIdentity(await ask(caller, inventoryRequest(), options));
}

/** Reads the reply of `inventoryRequest`. Old chassis carry the number on a backplane or midplane. */
export function parseIdentity(reply: XmlNode): ChassisIdentity {
  const chassis = firstOf(reply, "chassis");
  const plane = findAll(chassis, "chassis-module").find((module) =>
    /^(?:Backplane|Midplane)$/.test(textOf(module, "name") ?? ""),
  );
  return {
    serialNumber: textOf(chassis, "serial-number") ?? textOf(plane, "serial-number"),
    description: textOf(chassis, "description"),
  };
}
