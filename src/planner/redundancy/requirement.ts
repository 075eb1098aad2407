/**
 * The one shape of every redundancy rule: of some ways to stay in service, a number must remain. A way is lost
 * when any device on it is out.
 */

export type RequirementKind =
  /** An endpoint keeps attachments. A way: the device of one attachment. */
  | "Endpoint"
  /** Two parts of the fabric keep reaching each other. A way: the devices on one path. */
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
  /** Devices whose endpoints are cut off when it is broken; for a path, the two sides of it. */
  readonly sides: readonly (readonly string[])[];
  readonly ways: readonly (readonly string[])[];
  readonly minimum: number;
}

/** How many ways are left when devices go out. */
export function waysLeft({ ways }: Requirement, removed: ReadonlySet<string>): number {
  return ways.filter((way) => !way.some((device) => removed.has(device))).length;
}

/** Whether the removal takes a way and leaves too few. What is short already without it is not blamed on it. */
export function breaks(requirement: Requirement, removed: ReadonlySet<string>): boolean {
  const { ways, minimum } = requirement;
  const left = waysLeft(requirement, removed);
  return left < ways.length && left < minimum;
}

/** The devices named in any way. */
export function devicesIn({ ways }: Requirement): Set<string> {
  return new Set(ways.flat());
}

/** Joins requirements that are the same rule for different subjects; only one of them has to be looked at. */
export function mergeAlike(requirements: Iterable<Requirement>): Requirement[] {
  const merged = new Map<
    string,
    Requirement & { names: string[]; sides: (readonly string[])[]; alike: number }
  >();
  for (const requirement of requirements) {
    const ways = requirement.ways.map((way) =>
      way.length === 1 ? (way[0] ?? "") : [...way].toSorted().join("+"),
    );
    const key = `${requirement.kind} ${String(requirement.minimum)} ${ways.toSorted().join(" ")}`;
    const known = merged.get(key);
    if (known === undefined) {
      merged.set(key, { ...requirement, names: [...requirement.names], sides: [...requirement.sides] });
    } else {
      known.names.push(...requirement.names);
      known.sides.push(...requirement.sides);
      known.alike += 1 + requirement.alike;
    }
  }
  return [...merged.values()];
}
