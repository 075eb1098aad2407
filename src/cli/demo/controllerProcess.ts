/** The controller of the demo: `hitless controller` as a process of its own, as it would run in a Pod. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import type { Instant } from "../../api/time.ts";

export interface ControllerProcessOptions {
  readonly kubeconfig: string;
  readonly clock: { readonly anchorModel: Instant; readonly anchorReal: Instant; readonly speed: number };
  /** Its log, JSON lines. */
  readonly logFile: string;
}

export interface ControllerProcess {
  /** Rejects if it ends before it is told to. */
  readonly ended: Promise<never>;
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>;
}

const MAIN = path.resolve(import.meta.dirname, `../main${path.extname(import.meta.filename)}`);

export async function startControllerProcess(options: ControllerProcessOptions): Promise<ControllerProcess> {
  const { kubeconfig, clock, logFile } = options;
  const log = await open(logFile, "w");
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      MAIN,
      "controller",
      `--kubeconfig=${kubeconfig}`,
      "--bind-address=127.0.0.1:0",
      `--simulated-time=${[clock.anchorModel, clock.anchorReal, clock.speed].join()}`,
    ],
    { stdio: ["ignore", log.fd, log.fd] },
  );
  const exited = exitOf(child, log);
  let isStopping = false;
  const ended = new Promise<never>((_resolve, reject) => {
    exited.then(
      (code) => {
        if (!isStopping) reject(new Error(`the controller has ended (${String(code)}); see ${logFile}`));
      },
      (cause: unknown) => reject(new Error("the controller could not be started", { cause })),
    );
  });
  // Whoever waits for something else is told by the race; nobody has to.
  ended.catch(() => undefined);
  return {
    ended,
    async stop() {
      isStopping = true;
      child.kill("SIGTERM");
      await exited.catch(() => undefined);
    },
  };
}

async function exitOf(child: ChildProcess, log: FileHandle): Promise<number | null> {
  try {
    await once(child, "exit");
    return child.exitCode;
  } finally {
    await log.close();
  }
}
