/** `hitless controller` as a process of its own, as a Pod runs it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "../support/eventually.ts";

/** What bin/hitless.js starts; killed, it leaves no child behind. */
const MAIN = path.resolve(import.meta.dirname, "../../src/cli/main.ts");

export type LogLine = Readonly<Record<string, unknown>>;

export interface ControllerRun {
  /** What it logged on standard output so far. */
  readonly log: readonly LogLine[];
  /** What else it wrote, on either stream. */
  readonly other: readonly string[];
  /** Asks one of its addresses. */
  ask(path: string, init?: RequestInit): Promise<{ status: number; text: string; headers: Headers }>;
  /** Waits until a line of the log fits. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  signal(name: NodeJS.Signals): void;
  readonly exited: Promise<number | null>;
}

/** Starts one on a free port; resolves once it serves. */
export async function startControllerProcess(args: readonly string[]): Promise<ControllerRun> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", MAIN, "controller", "--bind-address", "127.0.0.1:0", ...args],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const log: LogLine[] = [];
  const other: string[] = [];
  createInterface({ input: child.stdout }).on("line", (text) => {
    try {
      const line: LogLine = JSON.parse(text);
      log.push(line);
    } catch {
      other.push(text);
    }
  });
  createInterface({ input: child.stderr }).on("line", (text) => other.push(text));
  const exited = once(child, "close").then(() => child.exitCode);
  const logged = (fits: (line: LogLine) => boolean): Promise<LogLine> =>
    eventually(() => {
      const found = log.find(fits);
      if (found !== undefined) return found;
      throw new Error(
        `not logged; ${[...log.slice(-5).map((line) => JSON.stringify(line)), ...other].join("\n")}`,
      );
    }, 1200);
  const started = await logged(({ action, message }) => action === "Start" && /serves/.test(String(message)));
  const address = /at (\S+)$/.exec(String(started["message"]))?.[1] ?? "";
  return {
    log,
    other,
    logged,
    exited,
    signal: (name) => {
      child.kill(name);
    },
    async ask(where, init) {
      const reply = await fetch(`http://${address}${where}`, init);
      return { status: reply.status, text: await reply.text(), headers: reply.headers };
    },
  };
}
