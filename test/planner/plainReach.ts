/**
 * Reachability by walking every path, device by device: slow, and with nothing in common with the product's
 * own ways of finding out.
 */
import type { Endpoint, Topology } from "../../src/planner/topology.ts";

const HEIGHT = { Firewall: 0, Leaf: 1, Border: 1, Spine: 2, SuperSpine: 3 };

type Phase = "Up" | "Across" | "Down";

function works(topology: Topology, device: string, out: ReadonlySet<string>): boolean {
  return !out.has(device) && topology.devices.find(({ name }) => name === device)?.knowledge !== "Unknown";
}

/** Whether an endpoint has any attachment left. */
export function attached(topology: Topology, { attachments }: Endpoint, out: ReadonlySet<string>): boolean {
  return attachments.some(({ device, up }) => up && works(topology, device, out));
}

/** Pairs of endpoints that reached each other with `before` out and do not with `after` out. */
export function lostPairs(
  topology: Topology,
  before: ReadonlySet<string>,
  after: ReadonlySet<string>,
): string[] {
  const reach = [before, after].map((out) => {
    const from = new Map(topology.devices.map(({ name }) => [name, reachable(topology, name, out)]));
    return (a: Endpoint, b: Endpoint): boolean =>
      live(topology, a, out).some((start) => live(topology, b, out).some((end) => from.get(start)?.has(end)));
  });
  const [was, is] = reach;
  const lost: string[] = [];
  for (const a of topology.endpoints) {
    for (const b of topology.endpoints) {
      if (was?.(a, b) === true && is?.(a, b) !== true) lost.push(`${a.name} - ${b.name}`);
    }
  }
  return lost;
}

function live(topology: Topology, { attachments }: Endpoint, out: ReadonlySet<string>): string[] {
  return attachments
    .filter(({ device, up }) => up && works(topology, device, out))
    .map(({ device }) => device);
}

/** Up as long as one likes, across at the top (or one step to a neighbour), then only down. */
function reachable(topology: Topology, start: string, out: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  if (!works(topology, start, out)) return found;
  const height = new Map(topology.devices.map(({ name, role }) => [name, HEIGHT[role]]));
  const top = Math.max(...height.values());
  const queue: { device: string; phase: Phase }[] = [{ device: start, phase: "Up" }];
  const seen = new Set<string>();
  for (const { device, phase } of queue) {
    const key = `${device} ${phase}`;
    if (seen.has(key)) continue;
    seen.add(key);
    found.add(device);
    for (const link of topology.links) {
      if (!link.up || (link.a.device !== device && link.b.device !== device)) continue;
      const next = link.a.device === device ? link.b.device : link.a.device;
      if (!works(topology, next, out)) continue;
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
