/** Counts packets: between two changes every flow has one outcome, so what is lost is rate × duration, exactly. */
import type { Instant } from "../../api/time.ts";
import type { Attachment, World } from "../world.ts";
import type { Topology } from "../topology.ts";
import { hashText, traceFlow } from "./forwarding.ts";
import type { Flow, FlowOutcome, LossInterval, PortTraffic, TrafficState } from "./trafficState.ts";

/** What was sent and lost since the start. Packets are whole; a part of a lost packet is a lost packet. */
export interface TrafficReport {
  readonly sent: number;
  readonly lost: number;
  readonly flows: readonly {
    readonly from: string;
    readonly to: string;
    readonly sent: number;
    readonly lost: number;
  }[];
  /** By server, for what it sends. */
  readonly endpoints: Readonly<Record<string, { readonly sent: number; readonly lost: number }>>;
}

/** One flow from every server to every other, with nothing sent yet. */
export function createTraffic(topology: Topology, startedAt: Instant): TrafficState {
  const flows = topology.servers.flatMap((from) =>
    topology.servers
      .filter((to) => to !== from)
      .map((to): Flow => ({
        from: from.index,
        to: to.index,
        hash: hashText(`${from.name}>${to.name}`),
        since: startedAt,
        outcome: { delivered: true, hops: [] },
        lostPackets: 0,
      })),
  );
  return { flows, ports: new Map(), timeline: [], openLosses: new Map(), countedUntil: startedAt };
}

/** Counts what has passed and what was lost until `at`, with the outcomes as they have been. */
export function countTraffic(world: World, at: Instant): void {
  const { traffic } = world;
  const seconds = (at - traffic.countedUntil) / 1000;
  if (seconds <= 0) return;
  traffic.countedUntil = at;
  for (const port of traffic.ports.values()) {
    port.inputPackets += port.inputPacketsPerSecond * seconds;
    port.outputPackets += port.outputPacketsPerSecond * seconds;
  }
  for (const loss of traffic.openLosses.values()) {
    loss.to = at;
    loss.lostPackets += loss.flows * world.topology.traffic.packetsPerSecond * seconds;
  }
}

/** Follows every flow again after a change. Call `countTraffic` up to now before. */
export function rerouteTraffic(world: World): void {
  const { traffic } = world;
  const attachmentsOf = attachmentsByServer(world);
  const rate = world.topology.traffic.packetsPerSecond;
  for (const port of traffic.ports.values()) {
    port.inputPacketsPerSecond = 0;
    port.outputPacketsPerSecond = 0;
  }
  const losses = new Map<string, LossInterval>();
  for (const flow of traffic.flows) {
    const outcome = traceFlow(world, flow, attachmentsOf);
    if (!sameOutcome(flow.outcome, outcome)) closeOutcome(world, flow, outcome);
    else flow.outcome = outcome;
    for (const hop of outcome.hops) {
      const port = portTraffic(traffic, `${hop.device}/${hop.port}`);
      if (hop.direction === "input") port.inputPacketsPerSecond += rate;
      else port.outputPacketsPerSecond += rate;
    }
    if (!outcome.delivered) noteLoss(world, losses, outcome);
  }
  replaceLosses(traffic, losses);
}

/** The sums up to now. */
export function reportTraffic(world: World): TrafficReport {
  const seconds = (world.now - world.startedAt) / 1000;
  const sent = Math.round(seconds * world.topology.traffic.packetsPerSecond);
  const endpoints: Record<string, { sent: number; lost: number }> = {};
  const flows = world.traffic.flows.map((flow) => {
    const from = world.topology.servers[flow.from]?.name ?? "";
    const lost = lostBy(world, flow);
    const endpoint = (endpoints[from] ??= { sent: 0, lost: 0 });
    endpoint.sent += sent;
    endpoint.lost += lost;
    return { from, to: world.topology.servers[flow.to]?.name ?? "", sent, lost };
  });
  return {
    sent: sent * flows.length,
    lost: flows.reduce((sum, flow) => sum + flow.lost, 0),
    flows,
    endpoints,
  };
}

/** Every interval in which something was lost, by reason and device, in order of their beginnings. */
export function lossTimeline(world: World): readonly LossInterval[] {
  return [...world.traffic.timeline, ...world.traffic.openLosses.values()]
    .filter((loss) => loss.to > loss.from)
    .map((loss) => ({ ...loss }))
    .toSorted((left, right) => left.from - right.from);
}

/** A server's cables, by the server's number. */
export function attachmentsByServer(world: World): readonly (readonly Attachment[])[] {
  const byServer: Attachment[][] = world.topology.servers.map(() => []);
  for (const attachment of world.attachments) byServer[attachment.server]?.push(attachment);
  return byServer;
}

function lostBy(world: World, flow: Flow): number {
  const open = flow.outcome.delivered
    ? 0
    : ((world.now - flow.since) / 1000) * world.topology.traffic.packetsPerSecond;
  // Sums of fractions of seconds are off by less than this.
  return Math.ceil(flow.lostPackets + open - 1e-6);
}

function closeOutcome(world: World, flow: Flow, next: FlowOutcome): void {
  if (!flow.outcome.delivered) {
    flow.lostPackets += ((world.now - flow.since) / 1000) * world.topology.traffic.packetsPerSecond;
  }
  flow.since = world.now;
  flow.outcome = next;
}

function sameOutcome(left: FlowOutcome, right: FlowOutcome): boolean {
  return left.delivered === right.delivered;
}

function noteLoss(
  world: World,
  losses: Map<string, LossInterval>,
  outcome: FlowOutcome & { delivered: false },
): void {
  const key = `${outcome.reason} ${outcome.device}`;
  const loss = losses.get(key);
  if (loss === undefined) {
    const { reason, device } = outcome;
    losses.set(key, { from: world.now, to: world.now, reason, device, flows: 1, lostPackets: 0 });
  } else loss.flows += 1;
}

/** A loss that goes on with as many flows is one interval. */
function replaceLosses(traffic: TrafficState, losses: ReadonlyMap<string, LossInterval>): void {
  for (const [key, open] of traffic.openLosses) {
    if (losses.get(key)?.flows === open.flows) continue;
    if (open.to > open.from) traffic.timeline.push(open);
    traffic.openLosses.delete(key);
  }
  for (const [key, loss] of losses) {
    if (!traffic.openLosses.has(key)) traffic.openLosses.set(key, loss);
  }
}

function portTraffic(traffic: TrafficState, key: string): PortTraffic {
  let port = traffic.ports.get(key);
  if (port === undefined) {
    port = { inputPackets: 0, outputPackets: 0, inputPacketsPerSecond: 0, outputPacketsPerSecond: 0 };
    traffic.ports.set(key, port);
  }
  return port;
}
