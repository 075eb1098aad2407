/** Declares, inside a suite, how its tests start runs; each test's run is stopped after it. */
import { startFabricRun, type FabricRun, type FabricRunOptions } from "./fabricRun.ts";

export function startsFabricRuns(
  usual: FabricRunOptions,
): (options?: FabricRunOptions) => Promise<FabricRun> {
  let run: FabricRun | undefined;
  afterEach(async () => {
    await run?.stop();
    run = undefined;
  });
  return async (options = {}) => {
    run = await startFabricRun({ ...usual, ...options });
    return run;
  };
}
