/** The parent's hold on a controller process: what it has said so far, orders to it, and signals. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Instant } from "../../src/api/time.ts";
import type { Message, Order, Reached } from "./messages.ts";
import { reap } from "./reaper.ts";

export interface ControllerOptions {
  readonly kubeconfig: string;
  readonly clock: { readonly anchorModel: Instant; readonly anchorReal: Instant; readonly speed: number };
  /** Real time. */
  readonly leaseDurationSeconds: number;
  readonly intentValidSeconds: number;
}

export interface Exit {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
}

export interface ControllerHandle {
  /** Everything it has said, oldest first. */
  readonly said: readonly Message[];
  /** The last lines of its log. */
  log(): string;
  /** Whether it leads its fabric, by its own word. */
  leads(): boolean;
  /** Of its newest claim; 0 before the first. */
  epoch(): number;
  isRunning(): boolean;
  order(order: Order): void;
  /** `kill -9`. */
  kill(): void;
  /** SIGCONT. */
  wake(): void;
  /** Ends its standard input: it hands over and ends by itself. */
  end(): void;
  /** Calls back each time it has come to a moment. */
  onReached(listener: (reached: Reached) => void): void;
  /** Resolves when the process is gone and everything it said was heard. */
  readonly exited: Promise<Exit>;
}

const PROGRAM = path.resolve(import.meta.dirname, "controllerProcess.ts");
const KEPT_LOG_LINES = 15;

export function startControllerProcess(options: ControllerOptions): ControllerHandle {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", PROGRAM, ...argumentsOf(options)],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  reap(child);
  const said: Message[] = [];
  const listeners: ((reached: Reached) => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message: Message = JSON.parse(line);
    said.push(message);
    if (message.event === "reached") for (const listener of listeners) listener(message);
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    log.push(line);
    if (log.length > KEPT_LOG_LINES) log.shift();
  });
  // A killed process breaks the pipe.
  child.stdin.on("error", () => undefined);
  return {
    said,
    log: () => log.join("\n"),
    leads: () => said.findLast((message) => message.event === "leads")?.leads === true,
    epoch: () => said.findLast((message) => message.event === "claimed")?.epoch ?? 0,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    order(order) {
      child.stdin.write(`${JSON.stringify(order)}\n`);
    },
    kill() {
      child.kill("SIGKILL");
    },
    wake() {
      child.kill("SIGCONT");
    },
    end() {
      child.stdin.end();
    },
    onReached(listener) {
      listeners.push(listener);
    },
    exited: once(child, "close").then(() => ({ signal: child.signalCode, code: child.exitCode })),
  };
}

function argumentsOf(options: ControllerOptions): string[] {
  const { clock } = options;
  const named: Record<string, string> = {
    kubeconfig: options.kubeconfig,
    "anchor-model": String(clock.anchorModel),
    "anchor-real": String(clock.anchorReal),
    speed: String(clock.speed),
    "lease-duration": String(options.leaseDurationSeconds),
    "intent-valid": String(options.intentValidSeconds),
  };
  return Object.entries(named).map(([name, value]) => `--${name}=${value}`);
}
