/** The log of a run in a file, for `--log`. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { CliError } from "../cliError.ts";
import { createLogger, type Logger } from "../../observability/logger.ts";

export interface LogFile {
  readonly log: Logger;
  /** Resolves when all lines are in the file. */
  close(): Promise<void>;
}

/** Opens the file anew. Throws `CliError` when it cannot be written. */
export async function openLogFile(file: string): Promise<LogFile> {
  const stream = createWriteStream(file);
  try {
    await once(stream, "open");
  } catch (cause) {
    throw new CliError("BadInput", `--log ${file}: cannot be written`, { hint: "name another file", cause });
  }
  return {
    log: createLogger({ level: "info", stream, redact: [] }),
    async close() {
      stream.end();
      await once(stream, "close");
    },
  };
}
