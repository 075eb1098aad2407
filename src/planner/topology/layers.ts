/**
 * The layers of a fabric. Traffic goes up, then down; a device carries traffic for others of its layer or above
 * only at the top (a collapsed fabric without spines, spines joined with each other).
 */
import type { Tier } from "../../api/plan.ts";

const LAYERS = { Firewall: 0, Leaf: 1, Border: 1, Spine: 2, SuperSpine: 3 } as const satisfies Record<
  Tier,
  number
>;

/** How high a device stands; firewalls hang below leaves and borders. */
export function layerOf(role: Tier): number {
  return LAYERS[role];
}

/** The layer at which devices may carry for each other: the highest that the fabric has. */
export function topLayer(devices: readonly { readonly role: Tier }[]): number {
  return Math.max(...devices.map(({ role }) => layerOf(role)));
}
