/**
 * Links between devices of the fabric. LLDP is the witness: a declared link that a read end does not confirm
 * carries nothing, and a neighbour seen from one side only carries nothing either.
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import { carries, neighboursOn, viewOf } from "./deviceViews.ts";
import type { DeviceView, FabricViews } from "./deviceViews.ts";
import { compareNames } from "../naturalOrder.ts";
import { parsePort, portText } from "./ports.ts";
import type { Port } from "./ports.ts";
import type { TopologyLink, TopologyProblem } from "./topology.ts";

interface Links {
  readonly links: readonly TopologyLink[];
  readonly problems: readonly TopologyProblem[];
}

export function buildLinks(spec: Fabric["spec"], views: FabricViews): Links {
  const problems: TopologyProblem[] = [];
  const links = new Map<string, TopologyLink>();
  for (const view of views.byName.values()) addDiscovered(view, { views, links, problems });
  for (const declared of spec.links ?? []) {
    addDeclared({ a: parsePort(declared.a), b: parsePort(declared.b) }, { views, links, problems });
  }
  const sorted = [...links.values()].toSorted(
    (x, y) => compareNames(portText(x.a), portText(y.a)) || compareNames(portText(x.b), portText(y.b)),
  );
  return { links: sorted, problems };
}

interface Context {
  readonly views: FabricViews;
  readonly links: Map<string, TopologyLink>;
  readonly problems: TopologyProblem[];
}

function addDiscovered(view: DeviceView, { views, links, problems }: Context): void {
  for (const [localInterface, neighbours] of view.neighbours) {
    for (const neighbour of neighbours) {
      if (neighbour.is !== "Device" || neighbour.device === view.name) continue;
      const local: Port = { device: view.name, interface: localInterface };
      const remote: Port = { device: neighbour.device, interface: neighbour.interface };
      const key = linkKey(local, remote);
      if (links.has(key)) continue;
      const far = viewOf(views, remote.device);
      const seenBack = far.said === null || sees(far, view.name);
      if (!seenBack) {
        const message = `${view.name} sees ${remote.device} on ${localInterface}, but ${remote.device} does not see ${view.name}`;
        problems.push({ device: view.name, reason: "TopologyContradiction", message });
      }
      const up =
        seenBack && carries(view, localInterface) !== false && carries(far, remote.interface) !== false;
      links.set(key, { ...ordered(local, remote), up, provenance: "discovered" });
    }
  }
}

function sees(view: DeviceView, device: string): boolean {
  for (const neighbours of view.neighbours.values()) {
    if (neighbours.some((neighbour) => neighbour.is === "Device" && neighbour.device === device)) return true;
  }
  return false;
}

function addDeclared({ a, b }: { a: Port; b: Port }, { views, links, problems }: Context): void {
  const confirmed = confirmedLinks({ a, b }, { views, links });
  for (const key of confirmed) {
    const link = links.get(key);
    if (link !== undefined) links.set(key, { ...link, provenance: "both" });
  }
  let denied = false;
  for (const [near, far] of [
    [a, b],
    [b, a],
  ] as const) {
    const view = viewOf(views, near.device);
    if (view.said === null || confirmed.length > 0) continue;
    denied = true;
    const contradiction = describeContradiction(view, near, far);
    if (contradiction !== null) {
      problems.push({ device: near.device, reason: "TopologyContradiction", message: contradiction });
    }
  }
  if (confirmed.length === 0) {
    links.set(linkKey(a, b), { ...ordered(a, b), up: !denied, provenance: "declared" });
  }
}

/** The discovered links that a declared one stands for: itself, or the members of its aggregates. */
function confirmedLinks(
  { a, b }: { a: Port; b: Port },
  { views, links }: Omit<Context, "problems">,
): string[] {
  const keys = new Set<string>();
  for (const [near, far] of [
    [a, b],
    [b, a],
  ] as const) {
    const view = viewOf(views, near.device);
    for (const local of [
      near.interface,
      ...(view.members.get(near.interface) ?? []).map(({ name }) => name),
    ]) {
      for (const neighbour of view.neighbours.get(local) ?? []) {
        if (neighbour.is !== "Device" || neighbour.device !== far.device) continue;
        if (!samePort(viewOf(views, far.device), { said: neighbour.interface, declared: far.interface }))
          continue;
        const remote = { device: far.device, interface: neighbour.interface };
        keys.add(linkKey({ device: near.device, interface: local }, remote));
      }
    }
  }
  return [...keys].filter((key) => links.has(key));
}

/**
 * LLDP may name the far port by a description or a number instead of its name; then the device it leads to
 * has to do. A name that the far device knows must be the declared port or a member of it.
 */
function samePort(far: DeviceView, { said, declared }: { said: string; declared: string }): boolean {
  if (said === declared) return true;
  const port = far.interfaces.get(said);
  return port === undefined ? far.said !== null : port.aggregate === declared;
}

function describeContradiction(view: DeviceView, near: Port, far: Port): string | null {
  const seen = neighboursOn(view, near.interface).map((neighbour) =>
    neighbour.is === "Device" ? `${neighbour.device}/${neighbour.interface}` : neighbour.system,
  );
  const declared = `${portText(near)} is declared as a link to ${portText(far)}`;
  if (seen.length > 0) return `${declared}, but LLDP sees ${seen.join(", ")} there`;
  const up = carries(view, near.interface);
  if (up === undefined) return `${declared}, but the device has no such interface`;
  return up ? `${declared}, but LLDP sees nobody there` : null;
}

function linkKey(a: Port, b: Port): string {
  const ends = ordered(a, b);
  return `${portText(ends.a)} ${portText(ends.b)}`;
}

function ordered(a: Port, b: Port): { a: Port; b: Port } {
  return compareNames(portText(a), portText(b)) <= 0 ? { a, b } : { a: b, b: a };
}
