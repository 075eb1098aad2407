/** What an RPC is to the simulated device: a name, whether it changes the device, and what it answers. */
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { Editor } from "../config/configDatabase.ts";
import type { ControlPlane } from "../controlPlane.ts";
import type { DeviceState, World } from "../world.ts";

export interface RpcContext {
  readonly world: World;
  readonly device: DeviceState;
  /** The control plane that the session ends on. */
  readonly plane: ControlPlane;
  readonly session: Editor;
  /** The operation itself, the element within `<rpc>`. */
  readonly operation: XmlNode;
  /** Waits in model time until the condition holds. Rejects when the session is gone by then. */
  readonly until: (condition: () => boolean) => Promise<void>;
  /** Ends another session of this device. False where there is none. */
  readonly kill: (sessionId: number) => boolean;
}

/** Why a backup does not answer: the daemon does not run there, or Junos keeps the command to the master. */
export type OnBackup = "RoutingNotRunning" | "LearningNotRunning" | "MasterOnly";

export interface RpcDefinition {
  /** It changes the device. */
  readonly write: boolean;
  /** What a backup says of it: nothing to say where it answers for itself. */
  readonly onBackup?: OnBackup;
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

/** RPCs that a backup does not answer. */
export function masterAnswers(onBackup: OnBackup, table: RpcTable): RpcTable {
  return Object.fromEntries(Object.entries(table).map(([name, rpc]) => [name, { ...rpc, onBackup }]));
}
