/** Processes that judge mutants, a few beside each other. One that gives no answer in time is ended and replaced. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import type { Answer, Task } from "./worker.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** The part of their random cases that tests look at. */
const TEST_PART = "0.1";
/** Modules are never unloaded: a process that has seen so many tasks is replaced. */
const TASKS_PER_PROCESS = 100;
/** On top of many times what a step usually takes; also for the start of a process. */
const PATIENCE_MILLISECONDS = 6_000;
const PATIENCE_FACTOR = 10;

/** A task, with the milliseconds that each of its steps usually takes. */
export interface Job {
  readonly task: Task;
  readonly usual: readonly number[];
}

/** Gives each job's answer to `tell` as it comes: null where none came in time, or the process ended. */
export async function judgeAll(
  jobs: readonly Job[],
  { workers, tell }: { workers: number; tell: (job: Job, answer: Answer | null) => void },
): Promise<void> {
  const waiting = [...jobs];
  async function work(): Promise<void> {
    let child: ChildProcess | null = null;
    let seen = 0;
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      if (child !== null && seen >= TASKS_PER_PROCESS) {
        child.kill("SIGKILL");
        child = null;
      }
      if (child === null) {
        child = start();
        seen = 0;
      }
      seen += 1;
      const answer = await ask(child, job);
      if (answer === null) {
        child.kill("SIGKILL");
        child = null;
      }
      tell(job, answer);
    }
    child?.kill("SIGKILL");
  }
  await Promise.all(Array.from({ length: workers }, work));
}

function start(): ChildProcess {
  return fork(resolve(import.meta.dirname, "worker.ts"), {
    cwd: ROOT,
    env: { ...process.env, HITLESS_TEST_PART: TEST_PART },
    execArgv: ["--no-warnings", "--max-old-space-size=1000"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}

async function ask(child: ChildProcess, { task, usual }: Job): Promise<Answer | null> {
  return await new Promise<Answer | null>((done) => {
    let timer = wait(usual[0] ?? 0);
    function wait(milliseconds: number): NodeJS.Timeout {
      return setTimeout(
        () => {
          finish(null);
        },
        PATIENCE_MILLISECONDS + PATIENCE_FACTOR * milliseconds,
      );
    }
    function finish(answer: Answer | null): void {
      clearTimeout(timer);
      child.removeAllListeners();
      done(answer);
    }
    child.on("message", (answer: Answer) => {
      if (answer.kind !== "Began") {
        finish(answer);
        return;
      }
      clearTimeout(timer);
      timer = wait(usual[answer.step] ?? 0);
    });
    child.once("exit", () => {
      finish(null);
    });
    child.send(task);
  });
}
