/** What can happen by itself, as data, and what is written down about it. */
import type { Instant } from "../api/time.ts";
import type { EvpnTables, UnderlayTables } from "./network/routingState.ts";

export type ModelEvent =
  | {
      readonly kind: "DeviceDown" | "ManagementUp" | "ScheduledReboot" | "InstallDone" | "ConfirmTimeout";
      readonly device: string;
      readonly controlPlane: string;
    }
  | { readonly kind: "ForwardingUp" | "UpgradePhase" | "ClusterForwards"; readonly device: string }
  | { readonly kind: "SessionUp"; readonly session: number }
  | {
      readonly kind: "SessionSideDown";
      readonly session: number;
      readonly side: "a" | "b";
      readonly error: string;
    }
  | { readonly kind: "AttachmentUp"; readonly attachment: number }
  | { readonly kind: "ServerNotices"; readonly attachment: number }
  | { readonly kind: "UnderlayInstalled"; readonly tables: UnderlayTables }
  | { readonly kind: "EvpnInstalled"; readonly tables: EvpnTables }
  /** Nothing happens; somebody waits for this moment. */
  | { readonly kind: "Wake" }
  | { readonly kind: "FaultBegins"; readonly fault: number }
  | { readonly kind: "FaultEnds"; readonly fault: number };

/** The kinds of entries in the world's log. */
export type WorldLogKind =
  | "RebootRequested"
  | "WentDown"
  | "ManagementUp"
  | "ForwardingUp"
  | "InstallStarted"
  | "InstallFinished"
  | "InstallFailed"
  | "Committed"
  | "RolledBack"
  | "ExportLeak"
  | "SessionUp"
  | "SessionDown"
  | "MemberUp"
  | "MemberDown"
  | "FaultBegan"
  | "FaultEnded"
  | "MastershipMoved"
  | "GroupMoved"
  | "UpgradeStarted"
  | "UpgradePhase"
  | "UpgradeFinished"
  | "UpgradeFailed";

export interface WorldLogEntry {
  readonly at: Instant;
  readonly device: string;
  readonly kind: WorldLogKind;
  readonly message: string;
}
