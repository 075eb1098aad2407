/** What a removal changes, and the words for who loses service by it. */
import { liveAttachments } from "./reachability.ts";
import type { FabricState } from "./reachability.ts";
import type { Endpoint } from "../topology/topology.ts";

/**
 * How service is lost. `Detached`: fewer attachments are left than have to be. `Isolated`: its device has no
 * way into the fabric. `Partitioned`: two can't reach each other any more. `NoEvpnPeer`: its device has no
 * peer left to learn routes from. `GroupShort`, `RoleLost`: too few of a declared group, nobody of an overlay
 * role.
 */
export type CutOffKind = "Detached" | "Isolated" | "Partitioned" | "NoEvpnPeer" | "GroupShort" | "RoleLost";

export interface CutOff {
  readonly kind: CutOffKind;
  /** Who loses service: an endpoint, or the device, group or role where no endpoint is known. */
  readonly endpoint: string;
  /** Of the removed devices those that it takes. */
  readonly removed: readonly string[];
  /** The witness, in words. */
  readonly message: string;
}

/** A removal: the fabric before and after, and after the accepted devices alone. */
export interface Change {
  readonly before: FabricState;
  readonly after: FabricState;
  readonly affected: ReadonlySet<string>;
  readonly going: ReadonlySet<string>;
  readonly excuses: readonly FabricState[];
}

/** An endpoint with enough attachments in `state`. */
export function isServed(state: FabricState, endpoint: Endpoint): boolean {
  return liveAttachments(state, endpoint).length >= endpoint.minAvailable;
}

/** The endpoints with a live attachment on one of the devices. */
export function endpointsOn(state: FabricState, devices: Iterable<string>): Set<Endpoint> {
  const found = new Set<Endpoint>();
  for (const device of devices) {
    for (const endpoint of state.graph.endpointsOn.get(device) ?? []) {
      if (endpoint.attachments.some((one) => one.device === device && one.up)) found.add(endpoint);
    }
  }
  return found;
}

/** The endpoints of a device, or the device itself where none is known. */
export function namesOn(state: FabricState, device: string): string[] {
  const names = [...endpointsOn(state, [device])].map(({ name }) => name);
  return names.length === 0 ? [device] : names;
}
