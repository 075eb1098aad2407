/** Rules of redundancy in words, with the ports, neighbours and devices that witness them. */
import type { PlannedHeadroom } from "../../api/plan.ts";
import { listed, sortedNames } from "../../planner/naturalOrder.ts";
import {
  devicesOfRule as devicesIn,
  waysOfRuleLeft as waysLeft,
  type NamedRule as Requirement,
} from "../../planner/redundancy/namedRules.ts";
import { portText } from "../../planner/topology/ports.ts";
import type { Topology } from "../../planner/topology/topology.ts";

/** What a device is needed for. */
export interface Support {
  readonly kind: Requirement["kind"];
  /** Who needs it: an endpoint, a device, a role, a group; those that need the same are counted. */
  readonly subject: string;
  /** How many there are of the same. */
  readonly count: number;
  /** The devices that are left for it while the device is out. */
  readonly carriedBy: readonly string[];
  /** Ways that are left without the device, and how many must be. */
  readonly left: number;
  readonly needed: number;
}

const NAMED = 8;

/** What a device is needed for by one rule. */
export function describeSupport(
  rule: Requirement,
  { device, topology }: { readonly device: string; readonly topology: Topology },
): Support {
  // A cluster that is upgraded in service carries its part all the while.
  const away = staysInService(device, topology) ? [] : [device];
  const others = [...devicesIn(rule)].filter((other) => !away.includes(other));
  return {
    kind: rule.kind,
    subject: subjectText(rule, topology),
    count: 1 + rule.alike,
    carriedBy: sortedNames(others),
    left: waysLeft(rule, new Set(away)),
    needed: rule.minimum,
  };
}

/** Whether the device carries traffic while it is upgraded, as a chassis cluster does that is upgraded in service. */
export function staysInService(device: string, { devices }: Topology): boolean {
  return devices.find(({ name }) => name === device)?.staysInService === true;
}

/** Why devices cannot go together, by the rule that they break. */
export function describeConstraint(
  rule: Requirement,
  {
    removed,
    topology,
    headroom,
  }: {
    readonly removed: ReadonlySet<string>;
    readonly topology: Topology;
    readonly headroom?: PlannedHeadroom | undefined;
  },
): string {
  const { kind, minimum, alike } = rule;
  const left = waysLeft(rule, removed);
  const subject = subjectText(rule, topology);
  const counted = `${String(minimum)} must stay, ${left === 0 ? "none" : String(left)} would`;
  const like = alike > 0 ? `; ${String(alike)} more like it` : "";
  const all = named([...devicesIn(rule)]);
  switch (kind) {
    case "Endpoint":
      return `${subject} is attached at ${portsOf(rule, topology)}: ${counted}${like}`;
    case "Uplink":
      return `${subject} has uplinks to ${uplinksOf(rule, topology)}: ${counted}${roomText(rule, headroom)}${like}`;
    case "EvpnPeer":
      return `${subject} learns EVPN routes from ${all}: ${counted}${like}`;
    case "Path":
      return `${subject}: the way goes over ${waysText(rule)}; ${counted}${like}`;
    case "Role":
      return `the overlay role ${subject} is held by ${all}: ${counted}`;
    case "Group":
      return `group ${subject} has ${all} in service: ${counted}`;
    case "OneByOne":
      return `nothing proves that more than one of ${all} may be out`;
  }
}

/** Where more have to stay than half. */
function roomText({ subject }: Requirement, headroom: PlannedHeadroom | undefined): string {
  const needed = headroom?.uplinksNeeded;
  if (headroom === undefined || needed === undefined || !Object.hasOwn(needed, subject)) return "";
  return `, so that what it carries leaves ${String(headroom.percent)} % free`;
}

/** The endpoint with its segment; else the subject of the rule. */
function subjectText({ kind, subject, names }: Requirement, { endpoints }: Topology): string {
  if (kind !== "Endpoint") return subject;
  const [first] = names;
  const esi = endpoints.find(({ name }) => name === first)?.esi;
  return first === undefined || esi === undefined || esi === null || esi === first
    ? (first ?? subject)
    : `${first} (ESI ${esi})`;
}

/** The working ports of the first endpoint that the rule is about. */
function portsOf(rule: Requirement, { endpoints }: Topology): string {
  const endpoint = endpoints.find(({ name }) => name === rule.names[0]);
  const carrying = devicesIn(rule);
  const ports = (endpoint?.attachments ?? []).filter(({ up, device }) => up && carrying.has(device));
  return ports.length === 0 ? named([...carrying]) : listed(ports.map(portText), NAMED);
}

/** The neighbours above, each with the port that leads to it. */
function uplinksOf(rule: Requirement, { links }: Topology): string {
  const device = rule.isolates[0] ?? rule.subject;
  const texts = sortedNames(devicesIn(rule)).map((uplink) => {
    const ports = links.flatMap(({ a, b, up }) => {
      if (!up) return [];
      if (a.device === device && b.device === uplink) return [portText(a)];
      return b.device === device && a.device === uplink ? [portText(b)] : [];
    });
    return ports.length === 0 ? uplink : `${uplink} (${ports.join(", ")})`;
  });
  return listed(texts, NAMED);
}

function waysText({ ways }: Requirement): string {
  return listed(
    ways.map((way) => way.join(" and ")),
    NAMED,
  );
}

function named(devices: readonly string[]): string {
  return listed(sortedNames(devices), NAMED);
}
