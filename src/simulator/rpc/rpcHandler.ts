/** What an RPC is to the simulated device: a name, whether it changes the device, and what it answers. */
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { Editor } from "../config/configDatabase.ts";
import type { DeviceState, World } from "../world.ts";

export interface RpcContext {
  readonly world: World;
  readonly device: DeviceState;
  readonly session: Editor;
  /** The operation itself, the element within `<rpc>`. */
  readonly operation: XmlNode;
  /** Waits in model time until the condition holds. Rejects when the session is gone by then. */
  readonly until: (condition: () => boolean) => Promise<void>;
  /** Ends another session of this device. False where there is none. */
  readonly kill: (sessionId: number) => boolean;
}

export interface RpcDefinition {
  /** It changes the device. */
  readonly write: boolean;
  /** Returns what stands in `<rpc-reply>`. Throws `RpcFailure` to refuse. */
  handle(context: RpcContext): readonly XmlNode[] | Promise<readonly XmlNode[]>;
}

/** The RPCs of one topic, by the name of the operation. */
export type RpcTable = Readonly<Record<string, RpcDefinition>>;

/** An RPC that only reads. */
export function reads(handle: (context: RpcContext) => readonly XmlNode[]): RpcDefinition {
  return { write: false, handle };
}

/** An RPC that changes the device. */
export function writes(
  handle: (context: RpcContext) => readonly XmlNode[] | Promise<readonly XmlNode[]>,
): RpcDefinition {
  return { write: true, handle };
}
