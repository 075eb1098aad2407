/** The parent's hold on a controller process: starting it, hearing it, killing it, and waiting until it is gone. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Instant } from "../../src/api/time.ts";

/** What a controller process says on its standard output. */
export type Message =
  | { readonly event: "leads" }
  | { readonly event: "kills itself"; readonly device: string; readonly at: Instant }
  | {
      readonly event: "ended";
      readonly outcome: string;
      readonly phase: string;
      readonly message: string;
    };

/** Where in its own work a controller process kills itself. */
export interface OwnDeath {
  /** `dial`: when it reaches for the device by a new connection while the effect is under way. */
  readonly moment: "before" | "after" | "dial";
  readonly action: string;
  /** On these only; on any device by default. */
  readonly devices?: readonly string[];
}

export interface ControllerOptions {
  /** The file of the store. */
  readonly file: string;
  /** `namespace/name`. */
  readonly campaign: string;
  readonly clock: { readonly anchorModel: Instant; readonly anchorReal: Instant; readonly speed: number };
  /** Real time. */
  readonly leaseDurationSeconds: number;
  readonly intentValidSeconds: number;
  readonly death?: OwnDeath;
}

export interface Exit {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** The last thing it said. */
  readonly last: Message | undefined;
  /** The last lines of its log. */
  readonly log: string;
}

export interface ControllerHandle {
  /** Whether it leads its fabric, or did. */
  readonly leads: () => boolean;
  readonly isRunning: () => boolean;
  /** `kill -9`. */
  readonly kill: () => void;
  /** Resolves when the process is gone and everything it said was heard. */
  readonly exited: Promise<Exit>;
}

const PROGRAM = path.resolve(import.meta.dirname, "controllerProcess.ts");
const KEPT_LOG_LINES = 30;

export function startControllerProcess(options: ControllerOptions): ControllerHandle {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", PROGRAM, ...argumentsOf(options)],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  const messages: Message[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message: Message = JSON.parse(line);
    messages.push(message);
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    log.push(line);
    if (log.length > KEPT_LOG_LINES) log.shift();
  });
  // A killed process breaks the pipe.
  child.stdin.on("error", () => undefined);
  return {
    leads: () => messages.some(({ event }) => event === "leads"),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: () => {
      child.kill("SIGKILL");
    },
    exited: exitOf(child).then(({ signal, code }) => ({
      signal,
      code,
      last: messages.at(-1),
      log: log.join("\n"),
    })),
  };
}

async function exitOf(child: ChildProcess): Promise<Pick<Exit, "signal" | "code">> {
  await once(child, "close");
  return { signal: child.signalCode, code: child.exitCode };
}

function argumentsOf(options: ControllerOptions): string[] {
  const { file, campaign, clock, death } = options;
  const named: Record<string, string> = {
    store: file,
    campaign,
    "anchor-model": String(clock.anchorModel),
    "anchor-real": String(clock.anchorReal),
    speed: String(clock.speed),
    "lease-duration": String(options.leaseDurationSeconds),
    "intent-valid": String(options.intentValidSeconds),
    ...(death === undefined ? {} : { "kill-moment": death.moment, "kill-action": death.action }),
    ...(death?.devices === undefined ? {} : { "kill-devices": death.devices.join(",") }),
  };
  return Object.entries(named).map(([name, value]) => `--${name}=${value}`);
}
