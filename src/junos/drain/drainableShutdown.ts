/** What a configuration says of `graceful-shutdown` of BGP (RFC 8326). */
import type { PlacedStatement } from "./places.ts";
import { startsWith, type Statement } from "./setLines.ts";

export interface GracefulShutdown {
  /** Where it would have to be announced, and is not yet. Empty where BGP does not run, or announces it already. */
  readonly silentLevels: readonly string[];
  /** Statements beside which it cannot be announced, or not be taken back to the letter. */
  readonly inTheWay: readonly string[];
  /** Instances whose BGP has no such statement. */
  readonly otherInstances: readonly string[];
}

/** The statement of the most particular level counts: neighbour, group, all of BGP. */
export function readGracefulShutdown(
  statements: readonly PlacedStatement[],
  obscure: readonly Statement[],
): GracefulShutdown {
  /** By the level as it takes effect: where a statement of it stands. */
  const levels = new Map<string, string>();
  const senders = new Set<string>();
  const inTheWay = obscure
    .filter(({ words, active }) => active && words.includes("bgp") && words.includes("graceful-shutdown"))
    .map(({ words }) => words.join(" "));
  const otherInstances = new Set<string>();
  const inGroups = obscure.map(({ words, active }) => ({ words: words.slice(2), active, place: [] }));
  for (const { words, active } of [...statements, ...inGroups]) {
    const isOther = words[0] === "routing-instances" && startsWith(words.slice(2), ["protocols", "bgp"]);
    if (active && isOther) otherInstances.add(words.slice(0, 2).join(" "));
    if (active && startsWith(words, ["protocols", "bgp"])) levels.set("protocols bgp", "protocols bgp");
  }
  for (const { words, active, place } of statements) {
    const at = words.indexOf("graceful-shutdown");
    if (!startsWith(words, ["protocols", "bgp"]) || at === -1) continue;
    const level = words.slice(0, at);
    const path = [...place, ...level].join(" ");
    const isRefusal = words[at + 1] === "receiver" && words[at + 2] === "disable";
    // What is switched off would be switched on, and lost on the way back.
    const isOff = !active && statements.some((other) => other.active && startsWith(other.words, level));
    if (isOff || (active && isRefusal)) inTheWay.push([path, ...words.slice(at)].join(" "));
    if (!active) continue;
    levels.set(level.join(" "), path);
    if (words[at + 1] === "sender") senders.add(level.join(" "));
  }
  return {
    silentLevels: [...levels].filter(([level]) => !senders.has(level)).map(([, path]) => path),
    inTheWay: [...new Set(inTheWay)],
    otherInstances: [...otherInstances],
  };
}
