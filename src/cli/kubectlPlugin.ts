/** `kubectl hitless`, started by bin/kubectl-hitless.js: the same commands, on the cluster that kubectl would take. */
import { runProcess } from "./runProcess.ts";

await runProcess("kubectl hitless");
