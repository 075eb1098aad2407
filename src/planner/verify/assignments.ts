/**
 * What the campaign's assignments ask of a plan: that every device they select is in it and no other, and that
 * nobody begins before those that his assignment depends on are done.
 */
import type { Plan } from "../../api/plan.ts";
import type { Violation } from "./claims.ts";

/** An assignment with the devices that its selector takes. */
export interface ResolvedAssignment {
  readonly name?: string;
  readonly dependsOn?: readonly string[];
  readonly devices: readonly string[];
  /** The names of its images as they are installed, the last one last; without it nothing is asked of them. */
  readonly images?: readonly string[];
}

export function checkAssignments(plan: Plan, assignments: readonly ResolvedAssignment[]): Violation[] {
  const batchOf = new Map<string, number>();
  for (const { index, devices } of plan.batches) for (const device of devices) batchOf.set(device, index);
  return [
    ...checkSelected(plan, { assignments, batchOf }),
    ...checkLevels(plan, assignments),
    ...assignments.flatMap((assignment) => checkDependencies(assignment, { assignments, batchOf })),
  ];
}

interface Ground {
  readonly assignments: readonly ResolvedAssignment[];
  readonly batchOf: ReadonlyMap<string, number>;
}

function checkSelected({ skipped }: Plan, { assignments, batchOf }: Ground): Violation[] {
  const wanted = new Set(assignments.flatMap(({ devices }) => devices));
  const known = new Set([...batchOf.keys(), ...skipped.map(({ device }) => device)]);
  const missing = [...wanted].filter((device) => !known.has(device));
  const strange = [...known].filter((device) => !wanted.has(device));
  return [
    ...missing.map((device): Violation => {
      const witness = `${device} is selected, and the plan does not know it`;
      return { claim: "Selected", batch: null, devices: [device], witness };
    }),
    ...strange.map((device): Violation => {
      const witness = `${device} is in the plan, and no assignment selects it`;
      return { claim: "Selected", batch: batchOf.get(device) ?? null, devices: [device], witness };
    }),
  ];
}

function checkDependencies({ devices, dependsOn = [] }: ResolvedAssignment, ground: Ground): Violation[] {
  const { assignments, batchOf } = ground;
  const batches = devices.flatMap((device) => batchOf.get(device) ?? []);
  const first = Math.min(...batches);
  return assignments
    .filter(({ name }) => name !== undefined && dependsOn.includes(name))
    .flatMap((other) => {
      const late = other.devices.filter((device) => (batchOf.get(device) ?? 0) >= first);
      if (late.length === 0) return [];
      const begins = devices.find((device) => batchOf.get(device) === first) ?? "";
      const witness = `${begins} begins before ${late.join(", ")} of assignment ${other.name ?? ""}, which it waits for`;
      return [{ claim: "DependsOn", batch: first, devices: [begins], witness } as const];
    });
}

/** A level is what lets tiers begin anew: it has to come from a dependency, and may not go back. */
function checkLevels({ batches }: Plan, assignments: readonly ResolvedAssignment[]): Violation[] {
  const levels = levelsOf(assignments);
  const found: Violation[] = [];
  for (const [place, { index, level = 1, devices }] of batches.entries()) {
    const before = batches[place - 1]?.level ?? 1;
    if (level < before) {
      const witness = `level ${String(level)} comes after level ${String(before)}`;
      found.push({ claim: "DependsOn", batch: index, devices, witness });
    }
    const wrong = devices.filter((device) => (levels.get(device) ?? 1) !== level);
    if (wrong.length === 0) continue;
    const witness = `${wrong.join(", ")}: by what it depends on it is not of level ${String(level)}`;
    found.push({ claim: "DependsOn", batch: index, devices: wrong, witness });
  }
  return found;
}

/** One more than the longest chain of assignments that a device waits for. */
function levelsOf(assignments: readonly ResolvedAssignment[]): Map<string, number> {
  const depth = new Map<ResolvedAssignment, number>();
  function depthOf(assignment: ResolvedAssignment): number {
    const known = depth.get(assignment);
    if (known !== undefined) return known;
    // A circle ends here; the planner refuses it.
    depth.set(assignment, 1);
    const before = assignments.filter(
      ({ name }) => name !== undefined && (assignment.dependsOn ?? []).includes(name),
    );
    const deepest = before.reduce((most, other) => Math.max(most, depthOf(other)), 0);
    depth.set(assignment, deepest + 1);
    return deepest + 1;
  }
  return new Map(
    assignments.flatMap((assignment) =>
      assignment.devices.map((device) => [device, depthOf(assignment)] as const),
    ),
  );
}
