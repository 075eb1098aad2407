/**
 * Links between devices of the fabric. LLDP is the witness: a declared link that a read end does not confirm
 * carries nothing, and a neighbour seen from one side only carries nothing either.
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import { compareNames } from "../naturalOrder.ts";
import { carries, neighboursOn, viewOf } from "./deviceViews.ts";
import type { DeviceView, FabricViews, Neighbour, PortView } from "./deviceViews.ts";
import { parsePort, portText } from "./ports.ts";
import type { Port } from "./ports.ts";
import type { TopologyLink, TopologyProblem } from "./topology.ts";

interface Links {
  readonly links: readonly TopologyLink[];
  readonly problems: readonly TopologyProblem[];
}

/** A port with the device it is on. */
interface LinkEnd {
  readonly view: DeviceView;
  readonly interface: string;
}

const NOBODY: readonly Neighbour[] = [];

interface Context {
  readonly views: FabricViews;
  readonly links: Map<string, TopologyLink>;
  readonly problems: TopologyProblem[];
}

export function buildLinks(spec: Fabric["spec"], views: FabricViews): Links {
  const problems: TopologyProblem[] = [];
  const links = new Map<string, TopologyLink>();
  for (const view of views.byName.values()) addDiscovered(view, { views, links, problems });
  for (const { a, b } of spec.links ?? []) {
    addDeclared({ a: endOf(parsePort(a), views), b: endOf(parsePort(b), views) }, { views, links, problems });
  }
  const sorted = [...links.values()]
    .map((link) => ({ link, from: viewOf(views, link.a.device).rank, to: viewOf(views, link.b.device).rank }))
    .toSorted(
      (x, y) =>
        x.from - y.from ||
        x.to - y.to ||
        compareNames(x.link.a.interface, y.link.a.interface) ||
        compareNames(x.link.b.interface, y.link.b.interface),
    )
    .map(({ link }) => link);
  return { links: sorted, problems };
}

function endOf(port: Port, views: FabricViews): LinkEnd {
  return { view: viewOf(views, port.device), interface: port.interface };
}

function addDiscovered(view: DeviceView, { views, links, problems }: Context): void {
  for (const port of view.towards) {
    const { name } = port;
    for (const neighbour of port.neighbours ?? NOBODY) {
      if (neighbour.is !== "Device" || neighbour.device === view.name) continue;
      const far = viewOf(views, neighbour.device);
      const farPort = far.ports.get(neighbour.interface);
      // What both ends see the first of them tells.
      if (far.rank < view.rank && showsPort(farPort, view.name, name)) continue;
      const key = linkKey(view, name, { view: far, interface: neighbour.interface });
      if (links.has(key)) continue;
      const seenBack = far.said === null || far.sees.has(view.name);
      if (!seenBack) {
        const message = `${view.name} sees ${far.name} on ${name}, but ${far.name} does not see ${view.name}`;
        problems.push({ device: view.name, reason: "TopologyContradiction", message });
      }
      const up = seenBack && carries(port) !== false && carries(farPort) !== false;
      const ends = ordered({ view, interface: name }, { view: far, interface: neighbour.interface });
      links.set(key, { ...ends, up, provenance: "discovered" });
    }
  }
}

function showsPort(port: PortView | undefined, device: string, name: string): boolean {
  const neighbours = port?.neighbours ?? NOBODY;
  return neighbours.some((each) => each.is === "Device" && each.device === device && each.interface === name);
}

function addDeclared({ a, b }: { a: LinkEnd; b: LinkEnd }, { views, links, problems }: Context): void {
  const confirmed = confirmedLinks({ a, b }, { views, links });
  for (const [key, link] of confirmed) links.set(key, { ...link, provenance: "both" });
  if (confirmed.size > 0) return;
  let denied = false;
  for (const [near, far] of [
    [a, b],
    [b, a],
  ] as const) {
    if (near.view.said === null) continue;
    denied = true;
    const contradiction = describeContradiction(near, far);
    if (contradiction !== null) {
      const { name } = near.view;
      problems.push({ device: name, reason: "TopologyContradiction", message: contradiction });
    }
  }
  links.set(linkKey(a.view, a.interface, b), { ...ordered(a, b), up: !denied, provenance: "declared" });
}

/** The discovered links that a declared one stands for: itself, or the members of its aggregates. */
function confirmedLinks(
  { a, b }: { a: LinkEnd; b: LinkEnd },
  { links }: Pick<Context, "views" | "links">,
): Map<string, TopologyLink> {
  const confirmed = new Map<string, TopologyLink>();
  for (const [near, far] of [
    [a, b],
    [b, a],
  ] as const) {
    const port = near.view.ports.get(near.interface);
    for (const local of port === undefined ? [] : [port, ...(port.members ?? [])]) {
      for (const neighbour of local.neighbours ?? NOBODY) {
        if (neighbour.is !== "Device" || neighbour.device !== far.view.name) continue;
        if (!isPort(far, neighbour.interface)) continue;
        const key = linkKey(near.view, local.name, { view: far.view, interface: neighbour.interface });
        const link = links.get(key);
        if (link !== undefined) confirmed.set(key, link);
      }
    }
  }
  return confirmed;
}

/**
 * Whether LLDP's name for the far port means the declared one. LLDP may name it by a description or a number
 * instead; then the device it leads to has to do. A name that the far device knows must be the declared port or
 * a member of it.
 */
function isPort(declared: LinkEnd, said: string): boolean {
  if (said === declared.interface) return true;
  const port = declared.view.ports.get(said)?.said ?? null;
  return port === null ? declared.view.said !== null : port.aggregate === declared.interface;
}

function describeContradiction(near: LinkEnd, far: LinkEnd): string | null {
  const port = near.view.ports.get(near.interface);
  const seen = neighboursOn(port).map((neighbour) =>
    neighbour.is === "Device" ? `${neighbour.device}/${neighbour.interface}` : neighbour.system,
  );
  const declared = `${portText(portOf(near))} is declared as a link to ${portText(portOf(far))}`;
  if (seen.length > 0) return `${declared}, but LLDP sees ${seen.join(", ")} there`;
  const up = carries(port);
  if (up === undefined) return `${declared}, but the device has no such interface`;
  return up ? `${declared}, but LLDP sees nobody there` : null;
}

function portOf({ view, interface: name }: LinkEnd): Port {
  return { device: view.name, interface: name };
}

/** Equal for the same two ports, whichever end is named first. */
function linkKey(view: DeviceView, name: string, far: LinkEnd): string {
  const one = `${String(view.rank)}/${name}`;
  const other = `${String(far.view.rank)}/${far.interface}`;
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

/** The device that comes first by name, first; no device has a link to itself. */
function ordered(a: LinkEnd, b: LinkEnd): { a: Port; b: Port } {
  return a.view.rank < b.view.rank ? { a: portOf(a), b: portOf(b) } : { a: portOf(b), b: portOf(a) };
}
