/** How far the reading of a fabric's devices is: what people see who wait for thousands of them. */
import { writeLine, type Terminal } from "./terminal.ts";

/** A reading that is over by then passes without a word. */
const TOLD_EVERY_MILLISECONDS = 3000;

/** To be called once for each of `total` devices that has answered, or has not; tells on standard error. */
export function readingProgress(
  { stderr }: Pick<Terminal, "stderr">,
  total: number,
  now: () => number = () => performance.now(),
): () => void {
  let read = 0;
  let toldAt = now();
  return () => {
    read += 1;
    if (read === total || now() - toldAt < TOLD_EVERY_MILLISECONDS) return;
    toldAt = now();
    writeLine(stderr, `hitless: ${String(read)} of ${String(total)} devices are read`);
  };
}
