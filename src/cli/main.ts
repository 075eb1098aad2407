/** `hitless`, started by bin/hitless.js. */
import { runProcess } from "./runProcess.ts";

await runProcess("hitless");
