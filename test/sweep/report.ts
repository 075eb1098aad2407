/** The sweep for people: a line per step and fault, and the sums. */
import { renderTable } from "../../src/cli/render/table.ts";
import type { SweepResult } from "./sweepCase.ts";
import { ENDS, type Where } from "./sweptFault.ts";

/** `at commit-configuration #2`, `once begun`. */
export function describeWhere(where: Where): string {
  switch (where.at) {
    case "look":
      return "before";
    case "wait":
      return "once begun";
    case "request":
      return where.nth === 1 ? where.rpc : `${where.rpc} #${String(where.nth)}`;
  }
}

/** `Waiting, then Completed` where it went on once what was broken was whole. */
export function describeEnd({ end, onceMended }: SweepResult): string {
  return onceMended === undefined ? end : `${end}, then ${onceMended}`;
}

export function describeCase({ of }: SweepResult): string {
  return `${of.subject} × ${of.step} (${describeWhere(of.where)}) × ${of.fault}`;
}

/** The table: driver, step, fault, outcome, reason. */
export function sweepTable(results: readonly SweepResult[]): string {
  const rows = results.map((result) => [
    result.of.subject,
    result.of.step,
    describeWhere(result.of.where),
    result.of.fault,
    result.broken.length > 0 ? `BROKEN: ${describeEnd(result)}` : describeEnd(result),
    result.end === "Completed" ? "" : result.reason,
  ]);
  return renderTable(["driver", "step", "when", "fault", "outcome", "reason"], rows);
}

/** By driver: how many runs ended how. */
export function sumTable(results: readonly SweepResult[]): string {
  const subjects = [...new Set(results.map(({ of }) => of.subject))];
  const row = (name: string, own: readonly SweepResult[]): string[] => [
    name,
    ...ENDS.map((end) => String(own.filter((each) => each.end === end).length)),
    String(own.filter(({ onceMended }) => onceMended === "Completed").length),
    String(own.filter(({ broken }) => broken.length > 0).length),
    String(own.length),
  ];
  const rows = subjects.map((name) =>
    row(
      name,
      results.filter(({ of }) => of.subject === name),
    ),
  );
  const all = subjects.length > 1 ? [row("all", results)] : [];
  return renderTable(["driver", ...ENDS, "completed once mended", "broken", "runs"], [...rows, ...all], {
    right: [1, 2, 3, 4, 5, 6, 7],
  });
}
