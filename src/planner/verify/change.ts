/** What a removal changes, and the words for who loses service by it. */
import { nameOf, of, without } from "./graph.ts";
import type { State } from "./graph.ts";
import { reachOf } from "./reach.ts";
import type { Reach } from "./reach.ts";
import type { Survey } from "./survey.ts";

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
  /** Whom it can't reach any more, where it is only that. */
  readonly far?: string;
  /** Of the removed devices those that it takes. */
  readonly removed: readonly string[];
  /** The witness, in words. */
  readonly message: string;
}

/** A removal: the fabric before and after, and after the accepted devices alone. */
export interface Change {
  readonly before: State;
  /** Who reaches whom before; worked out when it is first asked for. */
  readonly survey: () => Survey;
  readonly after: Reach;
  readonly going: ReadonlySet<number>;
  readonly excuses: readonly Reach[];
}

/** `survey` must be of the state before. Of the removed devices only those count that are in service. */
export function changeOf(
  before: State,
  {
    survey,
    removed,
    accepted,
  }: { survey: () => Survey; removed: Iterable<number>; accepted: ReadonlySet<number> },
): Change {
  const going = new Set([...removed].filter(before.isIn));
  return {
    before,
    survey,
    going,
    after: reachOf(without(before, going)),
    excuses: [...going]
      .filter((device) => accepted.has(device))
      .map((device) => reachOf(without(before, new Set([device])))),
  };
}

export function goingNames({ before, going }: Change): string[] {
  return Array.from(going, (device) => nameOf(before.graph, device));
}

/** The endpoints that a removal takes an attachment from. */
export function touchedEndpoints({ before, going }: Change): Iterable<number> {
  const [only = -1] = going;
  if (going.size < 2) return of(before.graph.endpointsOn, only);
  const touched = new Set<number>();
  for (const device of going)
    for (const endpoint of of(before.graph.endpointsOn, device)) touched.add(endpoint);
  return touched;
}
