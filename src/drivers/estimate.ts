/**
 * How long an upgrade takes: what each step took in earlier campaigns of the fabric, on devices of that model, and
 * until there were any what the step itself expects.
 */
import type { Fabric } from "../api/fabric.gen.ts";
import type { EstimateSource } from "../api/plan.ts";
import type { StepRule } from "../engine/step.ts";
import type { Driver, FabricDevice } from "./driver.ts";

export type StepTime = NonNullable<NonNullable<Fabric["status"]>["stepTimes"]>[number];

export interface Experience {
  readonly model: string;
  /** What the campaign says of the soak. */
  readonly soakSeconds: number;
  readonly stepTimes: readonly StepTime[];
}

/** Of one step; null for one that nothing is known of. */
export function expectedSeconds(
  { name, expectedSeconds: byDefault }: StepRule,
  { model, soakSeconds, stepTimes }: Experience,
): number | null {
  if (name === "Soak") return soakSeconds;
  const learned = stepTimes.find((each) => each.model === model && each.step === name);
  return learned?.medianSeconds ?? byDefault ?? null;
}

export interface Estimate {
  readonly seconds: number;
  readonly source: EstimateSource;
}

/** Where no driver is. */
export const NO_ESTIMATE: Estimate = { seconds: 0, source: "Defaults" };

/** Where no driver is. */
export const NO_EFFORT = { outSeconds: 0, goBackSeconds: 0, backup: [] } as const;

/** What an upgrade means beside its time: how long the device is out, what going back takes, what is kept of it. */
export function effortOf(
  { procedure: { steps } }: Pick<Driver, "procedure">,
  { model }: FabricDevice,
  { stepTimes }: Pick<Experience, "stepTimes">,
): { readonly outSeconds: number; readonly goBackSeconds: number; readonly backup: readonly string[] } {
  const sum = (rules: readonly StepRule[]): number =>
    rules.reduce(
      (seconds, rule) => seconds + (expectedSeconds(rule, { model, soakSeconds: 0, stepTimes }) ?? 0),
      0,
    );
  return {
    outSeconds: sum(steps.filter(({ outOfService }) => outOfService)),
    // A campaign in reverse goes through the same steps.
    goBackSeconds: sum(steps),
    backup: steps.some(({ name }) => name === "Backup") ? ["configuration", "health readings"] : [],
  };
}

/** Of a whole upgrade. Steps that nothing is known of count nothing. */
export function estimateUpgrade(
  { procedure: { steps }, estimateSeconds }: Pick<Driver, "procedure" | "estimateSeconds">,
  device: FabricDevice,
  { soakSeconds, stepTimes }: Omit<Experience, "model">,
): Estimate {
  const { model } = device;
  const isLearned = stepTimes.some(
    (time) => time.model === model && steps.some(({ name }) => name === time.step),
  );
  const isSilent = steps.every((step) => step.expectedSeconds === undefined);
  const seconds =
    isSilent && !isLearned && estimateSeconds !== undefined
      ? estimateSeconds(device, soakSeconds)
      : steps.reduce((sum, step) => sum + (expectedSeconds(step, { model, soakSeconds, stepTimes }) ?? 0), 0);
  return { seconds, source: isLearned ? "EarlierCampaigns" : "Defaults" };
}
