/** Which places of the sources have run, by the coverage that V8 counts block by block. */
import { Session } from "node:inspector";
import type { Profiler } from "node:inspector";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Run } from "./worker.ts";

/** Begins to count. What it returns says which of the places have run since it was last asked. */
export function recorder(root: string, places: Readonly<Record<string, readonly number[]>>): () => Run {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return () => {
    const run: Record<string, number[]> = {};
    // The answer comes at once: nothing else runs in between.
    session.post("Profiler.takePreciseCoverage", (error, answer) => {
      if (error !== null) throw error;
      for (const { url, functions } of answer.result) {
        if (!url.startsWith("file:")) continue;
        const file = relative(root, fileURLToPath(url.replace(/\?.*$/, "")));
        const asked = places[file];
        if (asked === undefined) continue;
        const ranges = functions.flatMap((each) => each.ranges);
        const ran = asked.filter((place) => hasRun(ranges, place));
        if (ran.length > 0) run[file] = [...(run[file] ?? []), ...ran];
      }
    });
    return run;
  };
}

/** By the smallest block around the place. */
function hasRun(ranges: readonly Profiler.CoverageRange[], place: number): boolean {
  let [size, count] = [Infinity, 0];
  for (const range of ranges) {
    const own = range.endOffset - range.startOffset;
    if (range.startOffset <= place && place < range.endOffset && own <= size) {
      [size, count] = [own, range.count];
    }
  }
  return count > 0;
}
