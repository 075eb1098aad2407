/** In which maintenance window each batch is due. */
import type { PlannedBatch } from "../../api/plan.ts";
import { formatInstant, type Interval } from "../../api/time.ts";
import { scheduleOf } from "../../planner/windows.ts";
import { countOf } from "./duration.ts";
import type { Section } from "./report.ts";

/** `windows`: those to come, in order. Undefined where a batch fits into none of them; the plan's blockers tell that. */
export function windowsSection(
  batches: readonly PlannedBatch[],
  windows: readonly Interval[],
): Section | undefined {
  const schedule = scheduleOf(batches, windows);
  if (schedule.unfit.length > 0 || batches.length === 0) return undefined;
  const used = windows
    .map((window) => ({ window, due: schedule.batches.filter((batch) => batch.window === window) }))
    .filter(({ due }) => due.length > 0);
  const rows = used.map(({ window, due }) => [
    formatInstant(window.from),
    formatInstant(window.until),
    numbers(due.map(({ batch }) => batch)),
    formatInstant(Math.max(...due.map(({ during }) => during.until))),
  ]);
  const later = batches.length - schedule.batches.length;
  return {
    title: `Windows (${countOf(used.length, "window")}, if it is approved by then)`,
    table: { head: ["OPENS", "CLOSES", "BATCHES", "DONE BY"], rows },
    ...(later === 0
      ? {}
      : { text: [`${countOf(later, "batch", "batches")} later than the windows that are known.`] }),
  };
}

/** Batches in a row: `1`, or `1 to 3`. */
function numbers(batches: readonly number[]): string {
  const [first, last] = [batches[0] ?? 0, batches.at(-1) ?? 0];
  return first === last ? String(first) : `${String(first)} to ${String(last)}`;
}
