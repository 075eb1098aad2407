/**
 * The fence of a leader: every effect of a pass goes through a door that asks, right before the effect, whether this
 * process still leads the fabric in the epoch in which the pass began. A leader that was stopped for a while and
 * wakes finds the door closed, whatever it had decided before.
 */
import { FenceClosed } from "../../drivers/driver.ts";
import type { ObjectKey } from "../../store/store.ts";
import type { ControllerContext } from "../controllerContext.ts";

export interface LedPass {
  /** The context of the pass; its door is fenced. */
  readonly context: ControllerContext;
  readonly epoch: number;
  /** Whether this process still leads in this epoch. */
  readonly leads: () => boolean;
}

/** Begins a pass over a fabric's objects; undefined when this process does not lead it. */
export function leadPass(context: ControllerContext, fabric: ObjectKey): LedPass | undefined {
  const { leadership, door } = context;
  const epoch = leadership.epochOf(fabric);
  if (epoch === undefined) return undefined;
  const leads = (): boolean => leadership.epochOf(fabric) === epoch;
  const fenced: ControllerContext["door"] = {
    run: (object, action, work) =>
      door.run(object, action, async () => {
        if (!leads()) throw new FenceClosed(`${object}: this process leads Fabric ${fabric.name} no more`);
        return work();
      }),
  };
  return { context: { ...context, door: fenced }, epoch, leads };
}
