/** A fabric as a picture shows it: devices in rows by tier, links between them, each device in the batch of a plan. */
import type { Plan, Tier } from "../../api/plan.ts";
import { compareNames } from "../../planner/naturalOrder.ts";
import type { Topology } from "../../planner/topology/topology.ts";

export interface GraphNode {
  /** Unique in the picture; for a group of endpoints that of the first. */
  readonly name: string;
  readonly tier: Tier | "Endpoint";
  /** How many endpoints it stands for. */
  readonly count: number;
  /** The batch; null where the plan does not take it. */
  readonly batch: number | null;
  /** It is cut off while a device is out, or it is a device that cuts somebody off. */
  readonly exposed: boolean;
}

export interface GraphEdge {
  /** The upper end, or the first of two beside each other. */
  readonly a: string;
  readonly b: string;
  /** Parallel links are drawn as one. */
  readonly links: number;
  /** Any of them works. */
  readonly up: boolean;
}

export interface GraphBatch {
  readonly index: number;
  readonly tier: Tier;
  readonly canary: boolean;
  readonly devices: number;
  readonly estimateSeconds: number;
}

export interface FabricGraph {
  readonly title: string;
  /** From the top of the fabric down; rows without a node are left out. */
  readonly rows: readonly GraphRow[];
  readonly edges: readonly GraphEdge[];
  readonly batches: readonly GraphBatch[];
}

export interface GraphRow {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
}

export interface GraphInput {
  readonly title: string;
  /** Null where only a plan is known: then there are no links. */
  readonly topology: Topology | null;
  readonly plan: Plan | null;
  /** Draws what is attached, too. */
  readonly endpoints: boolean;
}

/** Tiers of one layer stand beside each other. */
const ROWS: readonly (readonly GraphNode["tier"][])[] = [
  ["SuperSpine"],
  ["Spine"],
  ["Leaf", "Border"],
  ["Firewall"],
  ["Endpoint"],
];

/** Builds the picture's graph. The order in each row is by name; a layout may find a better one. */
export function fabricGraph(input: GraphInput): FabricGraph {
  const { title, topology, plan } = input;
  const nodes = [...deviceNodes(input), ...(input.endpoints ? endpointNodes(input) : [])];
  const rows = ROWS.flatMap((tiers): GraphRow[] => {
    const members = nodes.filter(({ tier }) => tiers.includes(tier));
    const present = tiers.filter((tier) => members.some((node) => node.tier === tier));
    return members.length === 0 ? [] : [{ title: present.join(", "), nodes: members }];
  });
  return {
    title,
    rows,
    edges: topology === null ? [] : edgesOf(topology, { rows, endpoints: input.endpoints }),
    batches: (plan?.batches ?? []).map(({ devices, ...batch }) => ({ ...batch, devices: devices.length })),
  };
}

function deviceNodes({ topology, plan }: GraphInput): GraphNode[] {
  const tiers = new Map<string, Tier>();
  for (const { tier, devices } of plan?.batches ?? []) for (const name of devices) tiers.set(name, tier);
  for (const { name, role } of topology?.devices ?? []) tiers.set(name, role);
  const exposing = new Set((plan?.exposed ?? []).map(({ device }) => device));
  return [...tiers]
    .toSorted(([one], [other]) => compareNames(one, other))
    .map(([name, tier]) => ({
      name,
      tier,
      count: 1,
      batch: plan !== null && Object.hasOwn(plan.devices, name) ? (plan.devices[name]?.batch ?? null) : null,
      exposed: exposing.has(name),
    }));
}

/** Endpoints on the same devices are one node, unless one of them is exposed. */
function endpointNodes({ topology, plan }: GraphInput): GraphNode[] {
  const exposed = exposedEndpoints(plan);
  return endpointGroups(topology).map(([first, ...others]) => ({
    name: first ?? "",
    tier: "Endpoint",
    count: 1 + others.length,
    batch: null,
    exposed: [first ?? "", ...others].some((name) => exposed.has(name)),
  }));
}

function exposedEndpoints(plan: Plan | null): ReadonlySet<string> {
  return new Set((plan?.exposed ?? []).flatMap(({ endpoints }) => endpoints));
}

/** The names of endpoints by the devices that they are on. */
function endpointGroups(topology: Topology | null): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const { name, attachments } of topology?.endpoints ?? []) {
    const key = [...new Set(attachments.map(({ device }) => device))].toSorted().join(" ");
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return [...groups.values()];
}

function edgesOf(
  { links, endpoints }: Topology,
  options: { readonly rows: readonly GraphRow[]; readonly endpoints: boolean },
): GraphEdge[] {
  const rowOf = new Map(
    options.rows.flatMap(({ nodes }, row) => nodes.map(({ name }): [string, number] => [name, row])),
  );
  const edges = new Map<string, GraphEdge>();
  const add = (one: string, other: string, up: boolean): void => {
    const [rise, below] = [rowOf.get(one), rowOf.get(other)];
    if (rise === undefined || below === undefined) return;
    const isOrdered = rise < below || (rise === below && compareNames(one, other) <= 0);
    const [a, b] = isOrdered ? [one, other] : [other, one];
    const key = JSON.stringify([a, b]);
    const known = edges.get(key) ?? { a, b, links: 0, up: false };
    edges.set(key, { a, b, links: known.links + 1, up: known.up || up });
  };
  for (const { a, b, up } of links) add(a.device, b.device, up);
  if (options.endpoints) {
    for (const { name, attachments } of endpoints) {
      for (const { device, up } of attachments) add(device, name, up);
    }
  }
  return [...edges.values()].toSorted(
    (one, other) => compareNames(one.a, other.a) || compareNames(one.b, other.b),
  );
}

/** What stands on a node below its name; empty where nothing does. */
export function subtitleOf({ tier, batch, count, exposed }: GraphNode, hasPlan: boolean): string {
  if (tier === "Endpoint") {
    const more = count > 1 ? `and ${String(count - 1)} more` : "";
    return exposed ? [more, "cut off"].filter((text) => text !== "").join(", ") : more;
  }
  if (!hasPlan) return tier;
  return batch === null ? "not upgraded" : `batch ${String(batch)}`;
}
