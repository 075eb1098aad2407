/** The process around the commands: streams, signals, environment and the exit code. */
import process from "node:process";
import type { Invocation } from "./commandContext.ts";
import { runCli } from "./program.ts";

/** A terminal's Ctrl-C reaches us and whoever started us, who hands it on: that is one, not two. */
const SAME_SIGNAL_MILLISECONDS = 500;
const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs the command line that the process was started with, and sets its exit code. */
export async function runProcess(invocation: Invocation): Promise<void> {
  const stop = new AbortController();
  let stoppedAt: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (stoppedAt !== undefined && now - stoppedAt > SAME_SIGNAL_MILLISECONDS) {
        process.exit(SIGNAL_EXIT_CODES[signal]);
      }
      stoppedAt ??= now;
      stop.abort(new Error(`stopped by ${signal}`));
    });
  }
  // `hitless plan | head` is no error, and neither is `hitless plan 2>&1 | head`.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit();
      throw error;
    });
  }

  const { stdin, stdout, stderr, env } = process;
  const terminal = { stdin, stdout, stderr, signal: stop.signal };
  process.exitCode = await runCli(process.argv.slice(2), terminal, {
    invocation,
    environment: env,
    debug: env["HITLESS_DEBUG"] === "1",
  });
}
