/**
 * The ledger of a fabric is changed by one of its devices after another. A batch of sixty that is taken out at once would
 * otherwise write over each other: each success makes all others conflict, and prove everything anew.
 */
import PQueue from "p-queue";
import type { ObjectKey } from "../store/store.ts";

export interface LedgerTurn<T> {
  readonly returns: boolean;
  readonly signal: AbortSignal;
  readonly work: () => Promise<T>;
}

export interface LedgerTurns {
  /**
   * Does the work when it is the device's turn. Who returns goes first: he needs no proof, and others wait for him.
   * Rejects with the signal's reason if that comes before.
   */
  take<T>(fabric: ObjectKey, turn: LedgerTurn<T>): Promise<T>;
}

export function ledgerTurns(): LedgerTurns {
  const queues = new Map<string, PQueue>();
  return {
    async take(fabric, { returns, signal, work }) {
      const id = `${fabric.namespace}/${fabric.name}`;
      const queue = queues.get(id) ?? new PQueue({ concurrency: 1 });
      queues.set(id, queue);
      return queue.add(
        () => {
          signal.throwIfAborted();
          return work();
        },
        { priority: returns ? 1 : 0 },
      );
    },
  };
}
