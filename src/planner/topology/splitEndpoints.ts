/**
 * When attachments that look like one endpoint are not: the devices see different systems behind them, or EVPN
 * on one device does not know the other. Each part then has to be kept on its own, which is the safe reading.
 */
import { append } from "../indexes.ts";
import { sortedNames } from "../naturalOrder.ts";
import type { DeviceView } from "./deviceViews.ts";
import { portText } from "./ports.ts";
import type { Attachment, TopologyProblem } from "./topology.ts";

/** An attachment with what its device saw there. */
export interface SeenAttachment {
  readonly attachment: Attachment;
  readonly view: DeviceView;
  /** Whom LLDP shows there. */
  readonly systems: readonly string[];
  /** Of an Ethernet segment: whom EVPN shows beside us. Null where that was not read. */
  readonly remoteAddresses: readonly string[] | null;
}

type Parts = readonly (readonly SeenAttachment[])[];

/**
 * One part per system that LLDP shows. Attachments without a neighbour stay together where only one system is
 * seen, and back nobody up where several are.
 */
export function splitBySystem(
  attachments: readonly SeenAttachment[],
  { what, problems }: { what: string; problems: TopologyProblem[] },
): Parts {
  const bySystem = new Map<string, SeenAttachment[]>();
  for (const seen of attachments) append(bySystem, sortedNames(seen.systems).join(" + "), seen);
  const named = sortedNames([...bySystem.keys()].filter((system) => system !== ""));
  if (named.length <= 1) return [attachments];
  const shown = named.map((system) => `${system} on ${portsOf(bySystem.get(system) ?? [])}`);
  const message = `${what} leads to different systems: ${shown.join("; ")}`;
  for (const device of devicesOf(attachments)) {
    problems.push({ device, reason: "TopologyContradiction", message });
  }
  return [...bySystem.values()];
}

/**
 * Two devices back each other up on a segment only if EVPN on each shows the other: remote leaves learn the
 * second way from the same routes (RFC 7432, section 8). Devices that don't forward on it anyway, or were not
 * read, stay where they are.
 */
export function splitByEvpn(
  attachments: readonly SeenAttachment[],
  { esi, problems }: { esi: string; problems: TopologyProblem[] },
): Parts {
  if (attachments.length === 0) return [];
  const parts: SeenAttachment[][] = [];
  for (const seen of attachments) {
    if (!isLive(seen)) continue;
    const joined = parts.filter((part) => part.some((other) => knowEachOther(seen, other)));
    const rest = parts.filter((part) => !joined.includes(part));
    parts.splice(0, parts.length, ...rest, [...joined.flat(), seen]);
  }
  if (parts.length <= 1) return [attachments];
  const message = `ESI ${esi} is on several devices which do not see each other in EVPN: ${parts.map(portsOf).join("; ")}`;
  for (const device of devicesOf(parts.flat())) {
    problems.push({ device, reason: "TopologyContradiction", message });
  }
  const others = attachments.filter((seen) => !isLive(seen));
  return parts.map((part, index) => (index === 0 ? [...part, ...others] : part));
}

/** Whether nothing speaks against it, as is usual: then nothing has to be split. */
export function areOneEndpoint(attachments: readonly SeenAttachment[]): boolean {
  if (!haveOneSystem(attachments)) return false;
  const [first, ...others] = attachments.filter(isLive);
  // Whom one knows are one part; two of them, in many thousands of endpoints.
  return first === undefined || others.every((other) => knowEachOther(first, other));
}

/** Whether everybody sees the same system and no other, or nobody sees any. */
export function haveOneSystem(attachments: readonly SeenAttachment[]): boolean {
  const first = firstSystem(attachments);
  return attachments.every(({ systems }) =>
    systems.length === 0 ? first === undefined : systems.every((system) => system === first),
  );
}

/** The system that is seen on the first port, if any is. */
export function firstSystem([first]: readonly SeenAttachment[]): string | undefined {
  return first?.systems[0];
}

function isLive({ attachment, remoteAddresses }: SeenAttachment): boolean {
  return attachment.up && remoteAddresses !== null;
}

function knowEachOther(a: SeenAttachment, b: SeenAttachment): boolean {
  return a.view === b.view || (shows(a, b) && shows(b, a));
}

function shows({ remoteAddresses }: SeenAttachment, { view }: SeenAttachment): boolean {
  return view.said?.routerAddresses.some((address) => remoteAddresses?.includes(address)) ?? false;
}

function portsOf(attachments: readonly SeenAttachment[]): string {
  return attachments.map(({ attachment }) => portText(attachment)).join(", ");
}

function devicesOf(attachments: readonly SeenAttachment[]): string[] {
  return sortedNames(attachments.map(({ view }) => view.name));
}
