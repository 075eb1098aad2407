/**
 * Reachability by walking every path, device by device: slow, and with nothing in common with the product's
 * own ways of finding out.
 */
import type { Endpoint, Topology } from "../../src/planner/topology/topology.ts";

const HEIGHT = { Firewall: 0, Leaf: 1, Border: 1, Spine: 2, SuperSpine: 3 };

type Phase = "Up" | "Across" | "Down";

/** The devices in service, and of each the neighbours over links that are up. */
function neighboursOf(topology: Topology, out: ReadonlySet<string>): Map<string, string[]> {
  const neighbours = new Map<string, string[]>();
  for (const { name, knowledge } of topology.devices) {
    if (!out.has(name) && knowledge !== "Unknown") neighbours.set(name, []);
  }
  for (const { a, b, up } of topology.links) {
    if (!up || !neighbours.has(a.device) || !neighbours.has(b.device)) continue;
    neighbours.get(a.device)?.push(b.device);
    neighbours.get(b.device)?.push(a.device);
  }
  return neighbours;
}

/** Who is attached and who reaches whom with some devices out. */
export interface PlainReach {
  attached(endpoint: Endpoint): boolean;
  reaches(a: Endpoint, b: Endpoint): boolean;
  devicesReach(a: string, b: string): boolean;
}

export function plainReach(topology: Topology, out: ReadonlySet<string>): PlainReach {
  const neighbours = neighboursOf(topology, out);
  const height = new Map(topology.devices.map(({ name, role }) => [name, HEIGHT[role]]));
  const known = new Map<string, Set<string>>();
  function from(start: string): Set<string> {
    const reached = known.get(start) ?? reachable(start, height, neighbours);
    known.set(start, reached);
    return reached;
  }
  return {
    devicesReach: (a, b) => neighbours.has(a) && neighbours.has(b) && from(a).has(b),
    attached: (endpoint) => live(endpoint, neighbours).length > 0,
    reaches: (a, b) =>
      live(a, neighbours).some((start) => live(b, neighbours).some((end) => from(start).has(end))),
  };
}

function live({ attachments }: Endpoint, neighbours: ReadonlyMap<string, unknown>): string[] {
  return attachments.filter(({ device, up }) => up && neighbours.has(device)).map(({ device }) => device);
}

/** Up as long as one likes, across at the top (or one step to a neighbour), then only down. */
function reachable(
  start: string,
  height: ReadonlyMap<string, number>,
  neighbours: ReadonlyMap<string, readonly string[]>,
): Set<string> {
  const top = Math.max(...height.values());
  const found = new Set<string>();
  const queue: { device: string; phase: Phase }[] = [{ device: start, phase: "Up" }];
  const seen = new Set<string>();
  for (const { device, phase } of queue) {
    const key = `${device} ${phase}`;
    if (seen.has(key)) continue;
    seen.add(key);
    found.add(device);
    for (const next of neighbours.get(device) ?? []) {
      const step = (height.get(next) ?? 0) - (height.get(device) ?? 0);
      if (step > 0 && phase === "Up") queue.push({ device: next, phase: "Up" });
      else if (step < 0) queue.push({ device: next, phase: "Down" });
      else if (step === 0 && height.get(device) === top && phase !== "Down") {
        queue.push({ device: next, phase: "Across" });
      } else if (step === 0 && device === start) found.add(next);
    }
  }
  return found;
}
