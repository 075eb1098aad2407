/** The one error that commands throw on purpose, and what people get to see of any error. */
import { SimulationError } from "../simulator/simulationError.ts";
import { PlanRefused } from "../controllers/campaign/planning.ts";
import { Unreachable } from "../drivers/driver.ts";
import { REASONS, withHint } from "../api/reasons.ts";
import { NetconfError } from "../netconf/errors.ts";
import { StoreError } from "../store/errors.ts";
import type { ExitCode } from "./exitCodes.ts";
import { EXIT_CODES } from "./exitCodes.ts";

/**
 * `BadInput`: a user can mend it. `Refused`: the answer is no. `Unreachable`: the world has to change.
 * `Interrupted`: the user stopped it.
 */
export type CliErrorCode = "BadInput" | "Refused" | "Unreachable" | "Interrupted";

const EXIT_CODE_OF: Readonly<Record<CliErrorCode, ExitCode>> = {
  BadInput: EXIT_CODES.badInput,
  Refused: EXIT_CODES.no,
  Unreachable: EXIT_CODES.unreachable,
  Interrupted: EXIT_CODES.interrupted,
};

/** Each line is told on its own; `hint` says what to do. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: CliErrorCode;
  readonly lines: readonly string[];
  readonly hint: string | undefined;

  constructor(
    code: CliErrorCode,
    message: string | readonly string[],
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    const lines = typeof message === "string" ? [message] : message;
    super(lines.join("\n"), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.lines = lines;
    this.hint = options.hint;
  }
}

/** What an error means to whoever called the command: lines for people, and the exit code. */
export interface ToldError {
  readonly lines: readonly string[];
  readonly exitCode: ExitCode;
}

/** Explains anything thrown. Errors that nobody foresaw keep only their message; see HITLESS_DEBUG. */
export function tellError(error: unknown): ToldError {
  if (error instanceof CliError) {
    return { lines: withHintLine(error.lines, error.hint), exitCode: EXIT_CODE_OF[error.code] };
  }
  if (error instanceof PlanRefused) {
    const lines = error.problems.map(
      ({ reason, message }) => `${message} [${reason}]; ${REASONS[reason].hint}`,
    );
    return { lines, exitCode: EXIT_CODES.badInput };
  }
  if (error instanceof SimulationError) {
    // Messages about descriptions carry their hint already.
    const isInput = error.code === "DescriptionInvalid" || error.code === "FaultInvalid";
    const lines = isInput ? [error.message] : withHintLine([error.message], error.hint);
    return { lines, exitCode: isInput ? EXIT_CODES.badInput : EXIT_CODES.unreachable };
  }
  if (error instanceof StoreError) {
    const exitCode = error.code === "Invalid" ? EXIT_CODES.badInput : EXIT_CODES.unreachable;
    return { lines: withHintLine([error.message], error.hint), exitCode };
  }
  if (error instanceof NetconfError) {
    return { lines: withHintLine([error.message], error.hint), exitCode: EXIT_CODES.unreachable };
  }
  if (error instanceof Unreachable) {
    return { lines: [withHint(error.explained)], exitCode: EXIT_CODES.unreachable };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    lines: withHintLine([message], "set HITLESS_DEBUG=1 for details"),
    exitCode: EXIT_CODES.unreachable,
  };
}

function withHintLine(lines: readonly string[], hint: string | undefined): readonly string[] {
  const last = lines.at(-1);
  if (hint === undefined || hint === "" || last === undefined) return lines;
  return lines.length === 1 ? [`${last}; ${hint}`] : [...lines, hint];
}
