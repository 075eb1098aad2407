/** Virtual chassis of EX and QFX (`show virtual-chassis`). Standalone switches answer, too: with one member. */
import { descendants, element, type XmlNode } from "../netconf/xmlNode.ts";
import { firstOf, numberOf, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

export type VirtualChassisRole = "Master" | "Backup" | "Linecard";

export interface VirtualChassisMember {
  readonly id: number;
  readonly present: boolean;
  /** Undefined for a member that is not there. */
  readonly role: VirtualChassisRole | undefined;
  /** The one that answered: Junos marks it with an asterisk. */
  readonly answering: boolean;
  readonly model: string | undefined;
  readonly serialNumber: string | undefined;
}

export interface VirtualChassis {
  /** `Enabled`, `Mixed`. */
  readonly mode: string | undefined;
  readonly fabric: boolean;
  readonly members: readonly VirtualChassisMember[];
}

/** `show virtual-chassis`. */
export function virtualChassisRequest(): XmlNode {
  return element("get-virtual-chassis-information");
}

/** Reads mode and members. */
export async function readVirtualChassis(caller: RpcCaller, options?: CallOptions): Promise<VirtualChassis> {
  return parseVirtualChassis(await ask(caller, virtualChassisRequest(), options));
}

/** Reads the reply of `virtualChassisRequest`. */
export function parseVirtualChassis(reply: XmlNode): VirtualChassis {
  const identity = firstOf(reply, "virtual-chassis-id-information");
  return {
    mode: firstOf(reply, "virtual-chassis-mode")?.text,
    fabric: identity?.attributes["style"] === "fabric",
    members: [...descendants(reply, "member")].map((node) => {
      const role = textOf(node, "member-role");
      return {
        id: numberOf(node, "member-id") ?? 0,
        present: textOf(node, "member-status") === "Prsnt",
        role: roleOf(role),
        answering: role?.endsWith("*") === true,
        model: textOf(node, "member-model"),
        serialNumber: textOf(node, "member-serial-number"),
      };
    }),
  };
}

/** Whether several switches act as one. The mode says `Enabled` on standalone switches as well. */
export function isMultiMember({ members }: VirtualChassis): boolean {
  return members.length > 1;
}

/** Whether a member is missing, or the chassis has fallen into two. */
export function isDegraded({ members }: VirtualChassis): boolean {
  const masters = members.filter(({ role }) => role === "Master").length;
  return members.some(({ present }) => !present) || (members.length > 0 && masters !== 1);
}

function roleOf(text: string | undefined): VirtualChassisRole | undefined {
  const role = text?.replace(/\*$/, "");
  return role === "Master" || role === "Backup" || role === "Linecard" ? role : undefined;
}
