/** Questions to whoever sits at the terminal. */
import { createInterface } from "node:readline";
import { writeLine, type Terminal } from "../terminal.ts";

/** Whether somebody sees what is written and can answer. */
export function isInteractive({ stdin, stdout }: Terminal): boolean {
  return isTerminal(stdin) && isTerminal(stdout);
}

/** Asks; only `y` and `yes` are a yes. Rejects with the signal's reason. */
export async function confirm({ stdin, stdout, signal }: Terminal, question: string): Promise<boolean> {
  // Without `terminal` Ctrl-C stays the process's.
  const lines = createInterface({ input: stdin, terminal: false, signal });
  try {
    stdout.write(`${question} [y/N] `);
    for await (const line of lines) return /^\s*y(es)?\s*$/i.test(line);
    signal.throwIfAborted();
    writeLine(stdout);
    return false;
  } finally {
    lines.close();
  }
}

function isTerminal(stream: object): boolean {
  return "isTTY" in stream && stream.isTTY === true;
}
