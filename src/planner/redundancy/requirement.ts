/**
 * The one shape of almost every redundancy rule: of some ways to stay in service, a number must remain. A way is
 * lost when any device on it is out. Only who reaches whom is asked otherwise, in `pathRules.ts`.
 */

export type RequirementKind =
  /** An endpoint keeps attachments. A way: the device of one attachment. */
  | "Endpoint"
  /** Two endpoints keep reaching each other. A way: the devices on one path. */
  | "Path"
  /** A device keeps working links upwards. A way: the neighbour at the other end. */
  | "Uplink"
  /** A device keeps an EVPN peer to learn routes from. */
  | "EvpnPeer"
  /** An overlay role keeps holders. */
  | "Role"
  /** A declared group keeps members. */
  | "Group"
  /** Devices that carry for each other beside the layers, or of which no link is known, go one at a time. */
  | "OneByOne";

export interface Requirement {
  readonly kind: RequirementKind;
  /** Who needs it, for people: an endpoint, a device, a role, a group. */
  readonly subject: string;
  /** How many further subjects need exactly the same. */
  readonly alike: number;
  /** Endpoints, roles or groups that are cut off when it is broken. */
  readonly names: readonly string[];
  /** Devices whose endpoints are cut off when it is broken. */
  readonly isolates: readonly number[];
  readonly ways: readonly (readonly number[])[];
  readonly minimum: number;
}

/** How many ways are left when devices go out. */
export function waysLeft({ ways }: Requirement, isOut: (device: number) => boolean): number {
  let left = 0;
  for (const way of ways) if (!way.some(isOut)) left += 1;
  return left;
}

/** Whether the removal takes a way and leaves too few. What is short already without it is not blamed on it. */
export function breaks(requirement: Requirement, isOut: (device: number) => boolean): boolean {
  const left = waysLeft(requirement, isOut);
  return left < requirement.ways.length && left < requirement.minimum;
}

/** The devices named in any way, each once. */
export function devicesIn({ ways }: Requirement): readonly number[] {
  return [...new Set(ways.flat())];
}
