/** What becomes of a step that could not be begun. */
import { expect } from "chai";
import { explain } from "../../../src/api/reasons.ts";
import { effectDoor } from "../../../src/controllers/leadership/effects.ts";
import { start } from "../../../src/controllers/device/stepRunner.ts";
import { FenceClosed, Unreachable } from "../../../src/drivers/driver.ts";
import { StepRefused } from "../../../src/engine/step.ts";
import { createLogger } from "../../../src/observability/logger.ts";
import { runContextOf } from "../../drivers/runContextOf.ts";
import { drainRoutes } from "../../../src/drivers/steps/drainRoutes.ts";

describe("controllers: a step that is begun", () => {
  const context = {
    door: effectDoor(),
    log: createLogger({ level: "error", redact: [] }),
  };
  const begin = (error: Error): Promise<unknown> =>
    start(
      context,
      {
        ...drainRoutes,
        start: async () => {
          throw error;
        },
      },
      runContextOf({}),
    );

  it("EX-9 behind a closed fence it was no attempt: the pass ends, and whoever may act looks anew", async () => {
    const outcome = await begin(new FenceClosed("not any more")).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(FenceClosed);
  });

  it("a refusal is told, silence is not taken for one", async () => {
    const refusal = explain("CommitFailed", "syntax error");
    expect(await begin(new StepRefused(refusal))).to.deep.equal(refusal);
    expect(await begin(new Unreachable(explain("Unreachable")))).to.equal(undefined);
  });
});
