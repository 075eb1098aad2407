/** Who forwards broadcast frames of a segment: by preference (RFC 8584 with the draft's preference) or by service carving (RFC 7432 §8.5). */
import type { TopologyServer } from "../topology.ts";
import { deviceState } from "../world.ts";
import type { World } from "../world.ts";
import { routeKey } from "./evpn.ts";

export interface Election {
  readonly algorithm: "MOD based" | "Preference based";
  /** The address of the forwarder; undefined where nobody has announced the segment. */
  readonly forwarder: string | undefined;
  readonly backup: string | undefined;
}

/** The election as that device sees it. */
export function designatedForwarder(world: World, device: string, server: TopologyServer): Election {
  const known = world.evpn.installed.get(device)?.keys ?? new Set<string>();
  const candidates = server.attachments
    .map((attachment) => attachment.device)
    .filter((name) =>
      name === device ? isForwarding(world, device, server) : known.has(routeKey(name, 4, server.segment)),
    );
  const preferences = candidates.map((name) => ({ name, preference: preferenceOf(world, name, server) }));
  const byPreference = preferences.some((each) => each.preference !== undefined);
  const address = (name: string): string => deviceState(world, name).spec.loopback;
  const ordered = byPreference
    ? preferences.toSorted((left, right) => (right.preference ?? 32_767) - (left.preference ?? 32_767))
    : carve(
        preferences.toSorted(
          (left, right) =>
            deviceState(world, left.name).spec.index - deviceState(world, right.name).spec.index,
        ),
        server.vlan,
      );
  const [first, second] = ordered;
  return {
    algorithm: byPreference ? "Preference based" : "MOD based",
    forwarder: first === undefined ? undefined : address(first.name),
    backup: second === undefined ? undefined : address(second.name),
  };
}

function carve<Item>(candidates: readonly Item[], vlan: number): readonly Item[] {
  const first = candidates.length === 0 ? 0 : vlan % candidates.length;
  return [...candidates.slice(first), ...candidates.slice(0, first)];
}

function isForwarding(world: World, device: string, server: TopologyServer): boolean {
  return world.attachments.some(
    (attachment) => attachment.device === device && attachment.server === server.index && attachment.leafUp,
  );
}

function preferenceOf(world: World, device: string, server: TopologyServer): number | undefined {
  return deviceState(world, device).intent.aggregates.get(server.aggregate ?? "")?.dfPreference;
}
