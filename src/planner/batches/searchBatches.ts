/** The exact search for few devices: every assignment, cut short where a rule forbids one, within a budget. */
import { join, leave, mayJoin, openBatch } from "./packing.ts";
import type { OpenBatch, Packing } from "./packing.ts";

/** Assignments that are tried before giving up. */
const NODE_BUDGET = 200_000;

/**
 * The fewest batches in `from` up to but not including `below`, or null where there is no such assignment or the
 * budget ends before one is found.
 */
export function searchExactly(
  packing: Packing,
  { from, below }: { from: number; below: number },
): OpenBatch[] | null {
  const budget = { left: NODE_BUDGET };
  for (let count = from; count < below && budget.left > 0; count += 1) {
    const found = assign(packing, { count, budget });
    if (found !== null) return found;
  }
  return null;
}

function assign(
  packing: Packing,
  { count, budget }: { count: number; budget: { left: number } },
): OpenBatch[] | null {
  const batches = Array.from({ length: count }, () => openBatch());
  const waiting = new Set(packing.names.keys());

  function possible(device: number): OpenBatch[] {
    const found: OpenBatch[] = [];
    for (const batch of batches) {
      // Empty batches are all alike: one is enough.
      if (batch.members.size === 0) return [...found, batch];
      if (batch.members.size < packing.capacity && mayJoin(packing, batch, device)) found.push(batch);
    }
    return found;
  }

  function step(): boolean {
    if (waiting.size === 0) return true;
    let choice: { device: number; into: OpenBatch[] } | null = null;
    for (const device of waiting) {
      const into = possible(device);
      if (into.length === 0) return false;
      const better = choice === null || into.length < choice.into.length;
      if (better || (into.length === choice?.into.length && degree(device) > degree(choice.device))) {
        choice = { device, into };
      }
    }
    if (choice === null) return false;
    waiting.delete(choice.device);
    for (const batch of choice.into) {
      budget.left -= 1;
      if (budget.left <= 0) break;
      join(packing, batch, choice.device);
      if (step()) return true;
      leave(packing, batch, choice.device);
    }
    waiting.add(choice.device);
    return false;
  }

  function degree(device: number): number {
    return packing.conflicts[device]?.size ?? 0;
  }

  return step() ? batches : null;
}
