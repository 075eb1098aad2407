/**
 * The margin that a plan promises beyond bare connection: a device keeps half of its uplinks, so that what is left
 * is not flooded, and a critical overlay role half of its holders.
 */
import type { PlannedBatch } from "../../api/plan.ts";
import type { Violation } from "./claims.ts";
import { nameOf, of } from "./graph.ts";
import type { State } from "./graph.ts";
import { CRITICAL_ROLES } from "./removal.ts";

export function checkQuorum({ index, devices }: PlannedBatch, { graph, isIn }: State): Violation[] {
  const going = new Set(devices.map((device) => graph.numberOf.get(device) ?? -1).filter(isIn));
  const found: Violation[] = [];
  /** Whoever has one only has no half to keep: that is a question of connection. */
  function check(who: string, { all, what }: { all: readonly number[]; what: string }): void {
    const had = all.filter(isIn);
    const lost = had.filter((device) => going.has(device));
    const left = had.length - lost.length;
    if (had.length < 2 || left >= Math.ceil(had.length / 2)) return;
    const witness = `${who} keeps ${String(left)} of ${String(had.length)} ${what}, half must stay`;
    found.push({
      claim: "Quorum",
      batch: index,
      devices: lost.map((device) => nameOf(graph, device)),
      witness,
    });
  }
  for (const device of new Set([...going].flatMap((each) => of(graph.down, each)))) {
    if (isIn(device) && !going.has(device))
      check(nameOf(graph, device), { all: of(graph.up, device), what: "uplinks" });
  }
  for (const role of CRITICAL_ROLES) {
    check(`role ${role}`, { all: graph.holdersOf.get(role) ?? [], what: "holders" });
  }
  return found;
}
