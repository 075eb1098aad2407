/**
 * Where a flow goes now: every device chooses by what it believes, and the packet arrives only if the chosen
 * path works in truth.
 */
import { isDark } from "../cluster/clusterState.ts";
import { canCarry } from "../network/access.ts";
import { isPortUp } from "../network/ports.ts";
import { usableNextHops } from "../network/underlay.ts";
import type { TopologyServer } from "../topology.ts";
import { deviceState } from "../world.ts";
import type { Attachment, World } from "../world.ts";
import type { Flow, FlowHop, FlowOutcome, LossReason } from "./trafficState.ts";

/** Longer than any path through a fabric. */
const MAX_HOPS = 12;

/** Follows the flow from server to server. */
export function traceFlow(
  world: World,
  flow: Flow,
  attachmentsOf: readonly (readonly Attachment[])[],
): FlowOutcome {
  const hops: FlowHop[] = [];
  const lost = (reason: LossReason, device: string): FlowOutcome => ({
    delivered: false,
    hops,
    reason,
    device,
  });
  const from = world.topology.servers[flow.from];
  const to = world.topology.servers[flow.to];
  if (from === undefined || to === undefined) return lost("NoUplink", "");
  const uplink = choose(
    (attachmentsOf[flow.from] ?? []).filter((attachment) => attachment.serverUp),
    flow.hash,
  );
  if (uplink === undefined) return lost("NoUplink", from.name);
  if (!canCarry(world, uplink) || !uplink.leafUp) return lost("LeafNotForwarding", uplink.device);
  if (isDark(world, deviceState(world, uplink.device))) return lost("ClusterFailover", uplink.device);
  hops.push({ device: uplink.device, port: uplink.port, direction: "input" });

  const local = exitPorts(attachmentsOf[flow.to] ?? [], uplink.device);
  if (local.length > 0) return leave(world, { hops, ports: local, device: uplink.device, hash: flow.hash });

  const target = choose(remoteLeaves(world, uplink.device, to), mix(flow.hash, 1));
  if (target === undefined) return lost("NoEvpnRoute", uplink.device);
  let current = uplink.device;
  while (current !== target) {
    if (hops.length > MAX_HOPS * 2) return lost("RoutingLoop", current);
    const hop = choose(
      usableNextHops(world, current, target),
      mix(flow.hash, 2 + deviceState(world, current).spec.index),
    );
    if (hop === undefined) return lost("NoUnderlayRoute", current);
    hops.push({ device: current, port: hop.port, direction: "output" });
    if (!isPortUp(world, current, hop.port)) return lost("NextHopNotForwarding", hop.neighbour);
    const session = world.sessions[hop.session];
    const link = world.topology.links[session?.link ?? -1];
    const farPort = link?.[hop.side === "a" ? "b" : "a"].port ?? "";
    hops.push({ device: hop.neighbour, port: farPort, direction: "input" });
    current = hop.neighbour;
    if (isDark(world, deviceState(world, current))) return lost("ClusterFailover", current);
  }
  const exits = exitPorts(attachmentsOf[flow.to] ?? [], target);
  return leave(world, { hops, ports: exits, device: target, hash: flow.hash });
}

/** The leaves that `device` may send frames for that server to: announced by EVPN, and reachable in the underlay. */
export function remoteLeaves(world: World, device: string, server: TopologyServer): readonly string[] {
  const leaves = world.evpn.installed.get(device)?.leavesOfSegment.get(server.segment) ?? [];
  return leaves.filter((leaf) => usableNextHops(world, device, leaf).length > 0);
}

/** A number that spreads flows, different for every place where one is chosen. */
export function mix(hash: number, salt: number): number {
  let value = (hash ^ Math.imul(salt + 1, 0x9e3779b1)) >>> 0;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b) >>> 0;
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35) >>> 0;
  return (value ^ (value >>> 16)) >>> 0;
}

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

function exitPorts(attachments: readonly Attachment[], device: string): readonly Attachment[] {
  return attachments.filter((attachment) => attachment.device === device && attachment.leafUp);
}

function leave(
  world: World,
  options: { hops: FlowHop[]; ports: readonly Attachment[]; device: string; hash: number },
): FlowOutcome {
  const { hops, ports, device, hash } = options;
  const exit = choose(ports, mix(hash, 0));
  if (exit === undefined || !canCarry(world, exit))
    return { delivered: false, hops, reason: "EgressPortDown", device };
  hops.push({ device, port: exit.port, direction: "output" });
  return { delivered: true, hops };
}

function choose<Item>(items: readonly Item[], hash: number): Item | undefined {
  return items[hash % Math.max(items.length, 1)];
}
