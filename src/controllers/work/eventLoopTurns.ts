/**
 * What follows from the replies of devices is done a few at a time in each turn of the event loop. Sixty devices that
 * answer at once would otherwise make turns of seconds on a busy machine, and what has to be in time (the renewal of a
 * Lease takes a dozen turns) would wait for all of them in each.
 */

/** Some milliseconds of work. */
const PER_TURN = 8;

const waiting: (() => void)[] = [];
let scheduled = 0;

/** Resolves in the next turn of the event loop that has room, in the order of asking. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    schedule();
  });
}

function schedule(): void {
  while (scheduled < Math.min(PER_TURN, waiting.length)) {
    scheduled += 1;
    // Those that are set from within one wait for the turn after it.
    setImmediate(takeTurn);
  }
}

function takeTurn(): void {
  scheduled -= 1;
  waiting.shift()?.();
  schedule();
}
