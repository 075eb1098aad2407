/** A step of a driver, looked at or begun. What goes wrong there becomes an observation or a refusal. */
import { explain } from "../../api/reasons.ts";
import type { StepName } from "../../api/steps.ts";
import { FenceClosed, Unreachable, type Driver, type RunContext } from "../../drivers/driver.ts";
import type { Gathered } from "../../engine/deviceWorld.ts";
import { StepRefused, type Observation, type Step } from "../../engine/step.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { explainRpc, explainTransport } from "./reachability.ts";

export function stepOf(driver: Driver, name: StepName): Step<RunContext> {
  const step = driver.procedure.steps.find((each) => each.name === name);
  if (step === undefined) throw new Error(`${driver.procedure.name} has no step ${name}`);
  return step;
}

/** A look at the device; a device that cannot be looked at is an observation, too. */
export async function observe(
  { log }: ControllerContext,
  step: Step<RunContext>,
  run: RunContext,
): Promise<Observation> {
  try {
    return await step.observe(run);
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof Unreachable) return { is: "Unreachable", ...error.explained };
    const transport = explainTransport(error);
    if (transport !== undefined) return { is: "Unreachable", ...transport };
    const refused = explainRpc(error);
    if (refused !== undefined) return { is: "Blocked", ...refused };
    log.error({
      object: run.device.name,
      action: `Observe${step.name}`,
      code: "InternalError",
      message: "a look at the device failed",
      error,
    });
    return { is: "Unknown", ...explain("InternalError", error instanceof Error ? error.message : undefined) };
  }
}

/**
 * Begins a step. Whether it took effect is for the next look to say; a refusal is kept for people. Throws `FenceClosed`
 * when it was not begun, because this process may not act any more.
 */
export async function start(
  { door, log }: Pick<ControllerContext, "door" | "log">,
  step: Step<RunContext>,
  run: RunContext,
): Promise<Gathered["refused"]> {
  const about = { object: run.device.name, action: step.name };
  log.info({ ...about, code: "Running", message: `begins ${step.name}` });
  try {
    await door.run(run.device.name, step.name, async () => {
      await step.start?.(run);
    });
    return undefined;
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof FenceClosed) {
      log.warn({ ...about, code: "LeaseLost", message: "not begun: this process may not act any more" });
      // Not an attempt without an effect: whoever may act looks anew.
      throw error;
    }
    const explained =
      error instanceof StepRefused
        ? error.explained
        : error instanceof Unreachable
          ? error.explained
          : (explainTransport(error) ?? explainRpc(error));
    if (explained === undefined) {
      log.error({ ...about, code: "InternalError", message: "the step could not be begun", error });
      return explain("InternalError", error instanceof Error ? error.message : undefined);
    }
    log.warn({ ...about, code: explained.reason, message: explained.message });
    return error instanceof StepRefused || explainRpc(error) !== undefined ? explained : undefined;
  }
}
