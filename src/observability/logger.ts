/** The log: JSON lines for machines to filter and people to read when something went wrong. */
import winston from "winston";
import type { Plain } from "./plain.ts";
import { toPlain } from "./plain.ts";
import { Redaction } from "./redaction.ts";

export const LOG_LEVELS = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line. Secrets in it are replaced, see `registerSecret`. */
export interface LogEntry {
  /** What it is about: a device's name, or `Kind namespace/name`. */
  readonly object: string;
  /** What was being done, CamelCase. */
  readonly action: string;
  /** The reason from the catalogue, or the code of an error. */
  readonly code: string;
  /** For people. */
  readonly message: string;
  readonly error?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface Logger {
  error(entry: LogEntry): void;
  warn(entry: LogEntry): void;
  info(entry: LogEntry): void;
  debug(entry: LogEntry): void;
  /** From now on this text is replaced in every line, in plain and in base64. */
  registerSecret(secret: string): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Standard error by default, since standard output belongs to the commands. */
  readonly stream?: NodeJS.WritableStream;
  /** Secrets known already. */
  readonly redact: readonly string[];
  /** Milliseconds since the epoch; the clock of the world by default. */
  readonly now?: () => number;
}

/**
 * Creates a logger. Every line has exactly `timestamp`, `level`, `object`, `action`, `code` and `message`, in this
 * order, and `details` where there are any.
 */
export function createLogger({ level, stream, redact, now = Date.now }: LoggerOptions): Logger {
  const redaction = new Redaction(redact);
  const target = winston.createLogger({
    level,
    levels: Object.fromEntries(LOG_LEVELS.map((name, rank) => [name, rank])),
    format: winston.format.printf(({ message }) => String(message)),
    transports: [new winston.transports.Stream({ stream: stream ?? process.stderr })],
  });
  const write = (at: LogLevel) => (entry: LogEntry) => {
    if (!target.isLevelEnabled(at)) return;
    target.log(
      at,
      JSON.stringify(toLine(entry, { level: at, timestamp: new Date(now()).toISOString(), redaction })),
    );
  };
  return {
    error: write("error"),
    warn: write("warn"),
    info: write("info"),
    debug: write("debug"),
    registerSecret: (secret) => redaction.registerSecret(secret),
  };
}

function toLine(
  { object, action, code, message, error, details }: LogEntry,
  { level, timestamp, redaction }: { level: LogLevel; timestamp: string; redaction: Redaction },
): Record<string, Plain> {
  const redacted = (text: string) => redaction.redact(text);
  const more = { ...details, ...(error === undefined ? {} : { error }) };
  return {
    timestamp,
    level,
    object: redacted(object),
    action: redacted(action),
    code: redacted(code),
    message: redacted(message),
    ...(Object.keys(more).length === 0 ? {} : { details: toPlain(more, redacted) }),
  };
}
