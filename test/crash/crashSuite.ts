/** Declares a suite on crash stages: they are closed after each test, and described when it has failed. */
import { whyNoCluster } from "../support/cluster/buildCluster.ts";
import { skipSuite } from "../support/skipped.ts";
import { openStage, type CrashStage, type StageOptions } from "./crashStage.ts";

/** Far more than any of them takes on a machine that has other things to do. */
const TIMEOUT_MILLISECONDS = 15 * 60_000;

export function describeCrashes(
  title: string,
  declare: (open: (options: StageOptions) => Promise<CrashStage>) => void,
): void {
  const why = whyNoCluster();
  if (why !== undefined) {
    skipSuite(title, why);
    return;
  }
  describe(title, function () {
    this.timeout(TIMEOUT_MILLISECONDS);
    const stages: CrashStage[] = [];
    // A test that ran out of time still waits for something on the stage: this ends it, and so the test.
    afterEach(async function () {
      for (const stage of stages.splice(0)) {
        if (this.currentTest?.state === "failed") tell(await stage.describe().catch(String));
        await stage.close();
      }
    });
    declare(async (options) => {
      const stage = await openStage(options);
      stages.push(stage);
      return stage;
    });
  });
}

/** A line of the report. */
export function tell(text: string): void {
  process.stdout.write(`${text.replaceAll(/^/gm, "      ")}\n`);
}

/** Real seconds since then, to be shown. */
export function secondsSince(milliseconds: number): string {
  return `${((performance.now() - milliseconds) / 1000).toFixed(0)} s`;
}
