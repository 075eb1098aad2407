/** The entry of the process: streams, signals and the exit code. Everything else is in program.ts. */
import process from "node:process";
import { runCli } from "./program.ts";

/** A terminal's Ctrl-C reaches us and whoever started us, who hands it on: that is one, not two. */
const SAME_SIGNAL_MILLISECONDS = 500;
const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

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
// `hitless plan | head` is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

const { stdin, stdout, stderr } = process;
process.exitCode = await runCli(
  process.argv.slice(2),
  { stdin, stdout, stderr, signal: stop.signal },
  process.env["HITLESS_DEBUG"] === "1",
);
