/** Interior routing protocols, and what a configuration says of their being overloaded. */
import type { DrainProblem } from "./drainableConfiguration.ts";
import type { PlacedStatement } from "./places.ts";
import { startsWith } from "./setLines.ts";

/** A protocol that knows how to say "not through me". */
export interface InteriorProtocol {
  readonly name: "isis" | "ospf" | "ospf3";
  /** Where it is configured: `protocols isis`, perhaps in a group. */
  readonly path: string;
  /** It says so now; an `overload timeout` does only for a while after the start. */
  readonly overloaded: boolean;
  /** What stands below `overload`: `timeout 60`, `advertise-high-metrics`. */
  readonly overload: readonly string[];
}

/** The protocols that run on an interface, and overloads that could not be restored to the letter. */
export function readInteriorProtocols(statements: readonly PlacedStatement[]): {
  readonly protocols: readonly InteriorProtocol[];
  readonly problems: readonly DrainProblem[];
} {
  const protocols: InteriorProtocol[] = [];
  const problems: DrainProblem[] = [];
  for (const name of ["isis", "ospf", "ospf3"] as const) {
    const all = statements.filter(({ words }) => startsWith(words, ["protocols", name]));
    const own = all.filter(({ active }) => active);
    if (!own.some(({ words }) => words.includes("interface"))) continue;
    const stated = own.filter(({ words }) => words[2] === "overload");
    const overload = stated.map(({ words }) => words.slice(3).join(" ")).filter((text) => text !== "");
    const overloaded = stated.length > 0 && !overload.some((text) => text.startsWith("timeout "));
    const { place = [] } = stated[0] ?? own[0] ?? {};
    protocols.push({ name, path: [...place, "protocols", name].join(" "), overloaded, overload });
    if (overloaded) continue;
    const statement = `protocols ${name} overload`;
    const places = new Set(stated.map((each) => each.place.join(" ")));
    if (places.size > 1) problems.push({ code: "StatementsInGroups", statement });
    // What is switched off would be switched on, and lost on the way back.
    const isOff = all.some(({ words, active }) => !active && words[2] === "overload");
    if (isOff) problems.push({ code: "StatementInactive", statement });
  }
  return { protocols, problems };
}
