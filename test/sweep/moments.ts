/**
 * The moments of an upgrade at which a fault may begin: a driver whose steps say, before anything else, that they are
 * about to be looked at or begun.
 */
import type { StepName } from "../../src/api/steps.ts";
import type { Driver, RunContext } from "../../src/drivers/driver.ts";

/** The first look at a step; its first beginning; the first look after it was begun. */
export type MomentKind = "look" | "act" | "wait";

export interface StepMoment {
  readonly device: string;
  readonly step: StepName;
  readonly kind: MomentKind;
}

/** Called before the step goes on. Each moment comes once per device. */
export type OnMoment = (moment: StepMoment) => Promise<void>;

/** The driver, telling of its moments. */
export function telling(driver: Driver, onMoment: OnMoment): Driver {
  const told = new Set<string>();
  const tell = async (kind: MomentKind, step: StepName, { device }: RunContext): Promise<void> => {
    const id = `${device.name}/${step}/${kind}`;
    if (told.has(id)) return;
    told.add(id);
    await onMoment({ device: device.name, step, kind });
  };
  const { name, steps } = driver.procedure;
  return {
    ...driver,
    procedure: {
      name,
      steps: steps.map((step) => {
        const start = step.start?.bind(step);
        return {
          ...step,
          async observe(context) {
            const isBegun = told.has(`${context.device.name}/${step.name}/act`);
            await tell(isBegun ? "wait" : "look", step.name, context);
            return step.observe(context);
          },
          ...(start === undefined
            ? {}
            : {
                async start(context) {
                  await tell("act", step.name, context);
                  await start(context);
                },
              }),
        };
      }),
    },
  };
}
