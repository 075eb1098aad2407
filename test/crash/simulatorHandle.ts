/** The parent's hold on the simulator's process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { ServedDevice } from "../../src/simulator/fabricSimulator.ts";
import { reap } from "./reaper.ts";
import type { Answer, Answers, Question, Setting } from "./simulatorProtocol.ts";

export interface SimulatorHandle {
  readonly served: readonly ServedDevice[];
  ask<Q extends Question>(question: Q): Promise<Answers[Q["ask"]]>;
  /** Ends the process and waits until it is gone. */
  close(): Promise<void>;
}

const PROGRAM = path.resolve(import.meta.dirname, "simulatorProcess.ts");

/** Starts it and waits until its devices are served. */
export async function startSimulatorProcess(setting: Setting): Promise<SimulatorHandle> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", PROGRAM], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  reap(child);
  const exited = once(child, "exit");
  const gone = exited.then(([code]) => {
    throw new Error(`the simulator has ended (${String(code)})`);
  });
  gone.catch(() => undefined);

  async function answer<A extends keyof Answers>(to: A): Promise<Answers[A]> {
    return Promise.race([
      gone,
      new Promise<Answers[A]>((resolve) => {
        const take = (said: Answer): void => {
          if (!isAnswerTo(said, to)) return;
          child.off("message", take);
          resolve(said.is);
        };
        child.on("message", take);
      }),
    ]);
  }

  const served = answer("served");
  child.send(setting);
  /** Questions are answered one after another. */
  let last: Promise<unknown> = served;
  return {
    served: await served,
    async ask<Q extends Question>(question: Q) {
      const mine = last.then(async () => {
        const answered = answer<Q["ask"]>(question.ask);
        child.send(question);
        return answered;
      });
      last = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

function isAnswerTo<A extends keyof Answers>(
  answer: Answer,
  to: A,
): answer is Extract<Answer, { to: A }> & { is: Answers[A] } {
  return answer.to === to;
}
