/** A thread of the sweep: takes a case, answers with its result, and so on until it is ended. */
import { parentPort } from "node:worker_threads";
import { runCase, type SweepCase } from "./sweepCase.ts";

parentPort?.on("message", (question: SweepCase) => {
  void runCase(question).then((result) => parentPort?.postMessage(result));
});
