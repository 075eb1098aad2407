/** Processes that judge mutants, a few beside each other. One that gives no answer in time is ended and replaced. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import type { Answer, Task } from "./worker.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** The part of their random cases that tests look at, if the environment does not say another. */
const TEST_PART = process.env["HITLESS_TEST_PART"] ?? "0.05";
/** What is loaded again is never unloaded: a process that has seen so many tasks is replaced. */
const TASKS_PER_PROCESS = 400;
/** How long a process may be silent; what runs for ever is noticed by its steps, long before, most of the time. */
const PATIENCE_MILLISECONDS = 240_000;

export interface Pool {
  readonly start: Extract<Task, { kind: "Start" }>;
  readonly workers: number;
}

/** The answer to one task, by a process of its own. Throws where there is none. */
export async function askOnce(task: Task, { start }: Pool): Promise<Answer> {
  const child = await begin(start);
  const answer = await ask(child, task);
  child.kill("SIGKILL");
  if (answer === null) throw new Error("a process ended without an answer");
  return answer;
}

/** Tells each task's answer as it comes: null where none came in time, or the process ended. */
export async function askAll<Own extends Task>(
  tasks: readonly Own[],
  { tell, ...pool }: Pool & { tell: (task: Own, answer: Answer | null) => void },
): Promise<void> {
  const waiting = [...tasks];
  async function work(): Promise<void> {
    let child: ChildProcess | null = null;
    let seen = 0;
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      if (seen >= TASKS_PER_PROCESS) {
        child?.kill("SIGKILL");
        child = null;
      }
      if (child === null) {
        child = await begin(pool.start);
        seen = 0;
      }
      seen += 1;
      const answer = await ask(child, task);
      if (answer === null || answer.kind === "Spoilt") {
        child.kill("SIGKILL");
        child = null;
      }
      if (answer?.kind === "Spoilt") waiting.unshift(task);
      else tell(task, answer);
    }
    child?.kill("SIGKILL");
  }
  await Promise.all(Array.from({ length: pool.workers }, work));
}

async function begin(start: Pool["start"]): Promise<ChildProcess> {
  const child = fork(resolve(import.meta.dirname, "worker.ts"), {
    cwd: ROOT,
    env: { ...process.env, HITLESS_TEST_PART: TEST_PART },
    execArgv: ["--no-warnings", "--max-old-space-size=1500"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const answer = await ask(child, start);
  if (answer?.kind !== "Ready") throw new Error("a process did not start");
  return child;
}

async function ask(child: ChildProcess, task: Task): Promise<Answer | null> {
  return await new Promise<Answer | null>((done) => {
    let timer = wait();
    function wait(): NodeJS.Timeout {
      return setTimeout(() => {
        finish(null);
      }, PATIENCE_MILLISECONDS);
    }
    function finish(answer: Answer | null): void {
      clearTimeout(timer);
      child.removeAllListeners();
      done(answer);
    }
    child.on("message", (answer: Answer) => {
      clearTimeout(timer);
      if (answer.kind === "Asking") timer = wait();
      else finish(answer);
    });
    child.once("exit", () => {
      finish(null);
    });
    child.send(task);
  });
}
