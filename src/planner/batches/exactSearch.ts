/**
 * The exact search for few devices: every assignment, cut short where a rule forbids one or where it can't become
 * better than what is known, within a budget.
 */
import { listAt } from "../indexes.ts";
import type { Lists } from "../indexes.ts";
import type { Level } from "./bounds.ts";
import { copyOf, fits, join, leave, openBatch } from "./packing.ts";
import type { OpenBatch, Packing } from "./packing.ts";

/** Up to so many devices it is worth a try. */
export const EXACT_DEVICES = 40;

/** Questions whether a device fits that are asked before giving up. */
const QUESTIONS = 400_000;

export interface Search {
  readonly devices: readonly number[];
  readonly conflicts: Lists;
  /** How many batches there may be. */
  readonly batches: number;
  /** What the assignment found must be quicker than; null to look for any. */
  readonly quickerThan: number | null;
  /** How many batches have to take how long. */
  readonly levels: readonly Level[];
}

export interface Answer {
  /** The quickest assignment, or any if any was asked for; null for none. */
  readonly found: OpenBatch[] | null;
  /** All were looked at: there is none, or none better. */
  readonly isComplete: boolean;
}

/** A device to place next, and the batches that take it. */
interface Choice {
  readonly device: number;
  readonly into: readonly OpenBatch[];
}

export function searchExactly(packing: Packing, search: Search): Answer {
  const { devices, conflicts, quickerThan } = search;
  const batches: OpenBatch[] = [];
  const waiting = new Set(devices);
  let questions = QUESTIONS;
  let best: OpenBatch[] | null = null;
  let limit = quickerThan ?? Number.POSITIVE_INFINITY;

  const time = (device: number): number => (quickerThan === null ? 0 : (packing.seconds[device] ?? 0));
  const degree = (device: number): number => listAt(conflicts, device).length;

  /**
   * The slowest first; among equals the one with the fewest batches left, and then the most constrained. Null if
   * the batches cannot take all that wait.
   */
  function nextChoice(): Choice | null {
    let choice: Choice | null = null;
    const room = batches.map(() => 0);
    for (const device of waiting) {
      questions -= batches.length + 1;
      const into = batches.filter((batch, place) => {
        const isTaken = fits(packing, batch, device);
        if (isTaken) room[place] = (room[place] ?? 0) + 1;
        return isTaken;
      });
      if (choice === null || isBefore({ device, into }, choice)) choice = { device, into };
    }
    let places = (search.batches - batches.length) * packing.capacity;
    for (const [place, { members }] of batches.entries()) {
      places += Math.min(room[place] ?? 0, packing.capacity - members.size);
    }
    return places < waiting.size ? null : choice;
  }

  function isBefore(one: Choice, other: Choice): boolean {
    const difference =
      time(other.device) - time(one.device) ||
      one.into.length - other.into.length ||
      degree(other.device) - degree(one.device);
    return difference < 0;
  }

  /** What the batches take at least that have to be opened still. */
  function secondsToCome(slowest: number): number {
    if (quickerThan === null) return 0;
    return search.levels.reduce((sum, { seconds, batches: least }, place) => {
      if (seconds > slowest) return sum;
      const longer = seconds - (search.levels[place + 1]?.seconds ?? 0);
      return sum + longer * Math.max(0, least - batches.length);
    }, 0);
  }

  /** Whether to stop: something was found and anything will do. */
  function step(seconds: number): boolean {
    if (waiting.size === 0) {
      best = batches.map(copyOf);
      limit = seconds;
      return quickerThan === null;
    }
    const choice = nextChoice();
    if (choice === null) return false;
    const { device, into } = choice;
    if (seconds + secondsToCome(time(device)) >= limit) return false;
    waiting.delete(device);
    for (const batch of into) {
      if (questions <= 0) break;
      join(packing, batch, device);
      if (step(seconds)) return true;
      leave(packing, batch, device);
    }
    // It is the slowest of those that wait, so that a new batch takes as long as it does.
    if (questions > 0 && batches.length < search.batches && seconds + time(device) < limit) {
      const batch = openBatch();
      join(packing, batch, device);
      batches.push(batch);
      if (step(seconds + time(device))) return true;
      batches.pop();
    }
    waiting.add(device);
    return false;
  }

  step(0);
  return { found: best, isComplete: questions > 0 };
}
