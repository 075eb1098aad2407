/** What every command is handed: its streams, its environment, and how the program was called. */
import type { ExitCode } from "./exitCodes.ts";
import type { Terminal } from "./terminal.ts";

/** How the program was called: by its own name, or by kubectl as its plugin. It decides which cluster is meant. */
export type Invocation = "hitless" | "kubectl hitless";

/** What a command gets. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** A command hands its exit code back through this, since commander's actions return nothing. */
  readonly end: (exitCode: ExitCode) => void;
  readonly invocation: Invocation;
  /** The variables of the environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
