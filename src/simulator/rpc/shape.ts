/** How Junos writes things into XML: namespaces with the release in them, times with their seconds, wrappers. */
import type { Instant } from "../../api/time.ts";
import { element } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { ControlPlane } from "../controlPlane.ts";
import { rpcErrorElement } from "../rpcFailure.ts";
import type { DeviceState } from "../world.ts";

/** The namespace of a payload: the release without respin and service release, as `23.4R0`. */
export function payloadNamespace(plane: ControlPlane, schema: string): { readonly xmlns: string } {
  const train = /^\d+\.\d+/.exec(plane.release)?.[0] ?? "0.0";
  return { xmlns: `http://xml.juniper.net/junos/${train}R0/${schema}` };
}

/** The namespace of `junos:` attributes, with the whole release in it. */
export function junosNamespace(plane: ControlPlane): string {
  return `http://xml.juniper.net/junos/${plane.release}/junos`;
}

/** An element with a number. */
export function number(name: string, value: number): XmlNode {
  return element(name, String(Math.floor(value)));
}

/** An element whose text stands on a line of its own, as many old tables write it. */
export function ownLine(
  name: string,
  text: string,
  attributes: Readonly<Record<string, string>> = {},
): XmlNode {
  return element(name, `\n${text}\n`, attributes);
}

/** A point in time: `2024-06-01 12:00:00 UTC`, with its seconds since the epoch. */
export function dateTime(name: string, at: Instant): XmlNode {
  return element(name, formatDateTime(at), { "junos:seconds": String(Math.floor(at / 1000)) });
}

/** A length of time: `1d 01:05:11`, with its seconds. */
export function duration(name: string, milliseconds: number, format: "clock" | "words" = "clock"): XmlNode {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const text = format === "clock" ? formatClock(seconds) : formatWords(seconds);
  return element(name, text, { "junos:seconds": String(seconds) });
}

export function formatDateTime(at: Instant): string {
  const [day = "", time = ""] = new Date(at).toISOString().split("T");
  return `${day} ${time.slice(0, 8)} UTC`;
}

/** The prompt that follows the data: who answers, as the master or not. */
export function banner(state: "master" | "backup" = "master"): XmlNode {
  return element("cli", [element("banner", state === "master" ? "{master:0}" : "{backup}")]);
}

/**
 * Models that can be members of a Virtual Chassis wrap system-wide replies as if there were several routing
 * engines, even alone; others do not.
 */
export function perRoutingEngine(device: DeviceState, content: readonly XmlNode[]): readonly XmlNode[] {
  if (!wrapsReplies(device)) return content;
  return [
    element("multi-routing-engine-results", [
      element("multi-routing-engine-item", [element("re-name", "localre"), ...content]),
    ]),
    banner(),
  ];
}

export function wrapsReplies(device: DeviceState): boolean {
  return device.spec.model.includes("48y") || device.spec.model.startsWith("ex");
}

/** What several routing engines answer, each under its name. */
export function multiRoutingEngine(
  parts: readonly { readonly name: string; readonly content: readonly XmlNode[] }[],
): XmlNode {
  return element(
    "multi-routing-engine-results",
    parts.map(({ name, content }) =>
      element("multi-routing-engine-item", [element("re-name", name), ...content]),
    ),
  );
}

/**
 * What each node of a cluster answers; one that is away is an error beside what the other one says. On other devices
 * what the control plane answers that was asked.
 */
export function perNode(
  { device, plane }: { readonly device: DeviceState; readonly plane: ControlPlane },
  answer: (plane: ControlPlane) => readonly XmlNode[],
): readonly XmlNode[] {
  if (device.cluster === undefined) return perRoutingEngine(device, answer(plane));
  const up = device.planes.filter((each) => each === plane || each.management);
  return [
    ...device.planes
      .filter((each) => !up.includes(each))
      .map(({ name }) => rpcErrorElement({ message: `Could not connect to ${name} : No route to host` })),
    multiRoutingEngine(up.map((each) => ({ name: each.name, content: answer(each) }))),
    nodeBanner(device, plane),
  ];
}

/** What each member of a Virtual Chassis answers; of all other devices as `perNode`. */
export function perMember(
  { device, plane }: { readonly device: DeviceState; readonly plane: ControlPlane },
  answer: (plane: ControlPlane) => readonly XmlNode[],
): readonly XmlNode[] {
  const { virtualChassisMembers: members = 1 } = device.spec;
  if (members === 1) return perNode({ device, plane }, answer);
  const parts = Array.from({ length: members }, (_, index) => ({
    name: `fpc${String(index)}`,
    content: answer(plane),
  }));
  return [multiRoutingEngine(parts), banner()];
}

/** The prompt of a cluster node: `{primary:node0}`. */
export function nodeBanner(device: DeviceState, plane: ControlPlane): XmlNode {
  const state = plane === device.master ? "primary" : "secondary";
  return element("cli", [element("banner", `{${state}:${plane.name}}`)]);
}

/** Plain text output of an RPC. */
export function output(text: string): XmlNode {
  return element("output", `\n${text}\n`);
}

function formatClock(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const clock = `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  const days = Math.floor(seconds / 86_400);
  const weeks = Math.floor(days / 7);
  if (weeks > 0) return `${weeks}w${days % 7}d ${clock}`;
  return days > 0 ? `${days}d ${clock}` : clock;
}

function formatWords(seconds: number): string {
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), "day"],
    [Math.floor(seconds / 3600) % 24, "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ];
  const text = parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}${value === 1 ? "" : "s"}`)
    .join(", ");
  return text === "" ? "0 seconds" : text;
}
