/**
 * When attachments that look like one endpoint are not: the devices see different systems behind them, or EVPN
 * on one device does not know the other. Each part then has to be kept on its own, which is the safe reading.
 */
import { append } from "../indexes.ts";
import { sortedNames } from "../naturalOrder.ts";
import { portText } from "./ports.ts";
import type { Attachment, TopologyProblem } from "./topology.ts";

/** An attachment with what its device saw there. */
export interface SeenAttachment extends Attachment {
  /** System names by LLDP, sorted. */
  readonly systems: readonly string[];
  /** Of an Ethernet segment: who we are and whom EVPN shows beside us. Null where that was not read. */
  readonly said: {
    readonly routerAddresses: readonly string[];
    readonly remoteAddresses: readonly string[];
  } | null;
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
  if (attachments.length === 0) return [];
  const bySystem = new Map<string, SeenAttachment[]>();
  for (const attachment of attachments) append(bySystem, attachment.systems.join(" + "), attachment);
  const named = sortedNames([...bySystem.keys()].filter((system) => system !== ""));
  if (named.length <= 1) return [attachments];
  const seen = named.map((system) => `${system} on ${(bySystem.get(system) ?? []).map(portText).join(", ")}`);
  const message = `${what} leads to different systems: ${seen.join("; ")}`;
  for (const device of sortedNames(attachments.map((attachment) => attachment.device))) {
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
  const live = attachments.filter(({ up, said }) => up && said !== null);
  const parts: SeenAttachment[][] = [];
  for (const attachment of live) {
    const joined = parts.filter((part) => part.some((other) => knowEachOther(attachment, other)));
    const rest = parts.filter((part) => !joined.includes(part));
    parts.splice(0, parts.length, ...rest, [...joined.flat(), attachment]);
  }
  if (parts.length <= 1) return attachments.length === 0 ? [] : [attachments];
  const shown = parts.map((part) => part.map(portText).join(", ")).join("; ");
  const message = `ESI ${esi} is on several devices which do not see each other in EVPN: ${shown}`;
  for (const device of sortedNames(live.map((attachment) => attachment.device))) {
    problems.push({ device, reason: "TopologyContradiction", message });
  }
  const others = attachments.filter((attachment) => !live.includes(attachment));
  return parts.map((part, index) => (index === 0 ? [...part, ...others] : part));
}

function knowEachOther(a: SeenAttachment, b: SeenAttachment): boolean {
  return a.device === b.device || (shows(a, b) && shows(b, a));
}

function shows(a: SeenAttachment, b: SeenAttachment): boolean {
  return b.said?.routerAddresses.some((address) => a.said?.remoteAddresses.includes(address)) ?? false;
}
