/** The routing state of the fabric as data: BGP sessions, and what every device forwards by. */
import type { Instant } from "../../api/time.ts";
import type { InteriorProtocolName } from "../config/configIntent.ts";
import type { PolicyRoute } from "../config/policy.ts";

export type SessionSideName = "a" | "b";

/** A BGP session that the cabling and the loopbacks allow; whether it exists is up to the two configurations. */
export interface BgpSession {
  readonly index: number;
  readonly kind: "underlay" | "overlay";
  readonly a: SessionEnd;
  readonly b: SessionEnd;
  /** Of an underlay session: the cable it runs over. */
  readonly link: number | undefined;
  upEvent: number | undefined;
  readonly sides: { readonly a: SessionSide; readonly b: SessionSide };
}

export interface SessionEnd {
  readonly device: string;
  readonly address: string;
}

/** What one end believes of a session; the two ends may differ for as long as it takes to notice. */
export interface SessionSide {
  state: "Established" | "Active";
  since: Instant;
  flaps: number;
  lastError: string;
  downEvent: number | undefined;
  /** Underlay: what this end received, by the device whose loopback it is. */
  readonly routes: Map<string, PolicyRoute>;
  /** Overlay: the EVPN routes this end received, as `routeKey` writes them. */
  readonly evpnRoutes: Set<string>;
}

/** For each device, its routes to the loopbacks of the others. */
export type UnderlayTables = ReadonlyMap<string, DeviceRoutes>;

export interface DeviceRoutes {
  readonly toDevice: ReadonlyMap<string, UnderlayEntry>;
  /** Equal for equal tables. */
  readonly signature: string;
}

export interface UnderlayEntry {
  readonly nextHops: readonly UnderlayPath[];
  /** Received, but not as good. */
  readonly others: readonly UnderlayPath[];
}

export interface UnderlayPath {
  readonly session: number;
  readonly side: SessionSideName;
  readonly neighbour: string;
  readonly neighbourAddress: string;
  readonly port: string;
  readonly learned: LearnedRoute;
}

/** By BGP with its attributes, or by an interior protocol with a metric. */
export type LearnedRoute =
  | { readonly by: "bgp"; readonly route: PolicyRoute }
  | { readonly by: InteriorProtocolName; readonly metric: number };

/** For each tunnel endpoint, what EVPN tells it. */
export type EvpnTables = ReadonlyMap<string, EvpnView>;

export interface EvpnView {
  /** By segment (ESI or `mac:` and the server's name): the remote leaves that frames for it may be sent to. */
  readonly leavesOfSegment: ReadonlyMap<string, readonly string[]>;
  readonly keys: ReadonlySet<string>;
  readonly signature: string;
}

/** The ends of a session by side. */
export function otherSide(side: SessionSideName): SessionSideName {
  return side === "a" ? "b" : "a";
}

export const SESSION_SIDES: readonly SessionSideName[] = ["a", "b"];
