/**
 * Runs in which the controller dies right before or right after an effect on a device, and another one goes on from what is
 * written and what the device says.
 */
import { expect } from "chai";
import type { Effect } from "../../src/controllers/leadership/effects.ts";
import { startFabricRun, type Crash, type FabricRun, type FabricRunOptions } from "./fabricRun.ts";

/** `HITLESS_SWEEP=all` takes every effect of a run instead of those that a test is about. */
export const WHOLE_SWEEP = process.env["HITLESS_SWEEP"] === "all";

/** A run that has to end well, whenever the controller dies. */
export interface Endurance {
  readonly device: string;
  readonly options: FabricRunOptions;
  /** Waits for the end, and asks for everything that has to be true then. */
  readonly expectPerfect: (run: FabricRun) => Promise<void>;
}

/** The effects on the device of a run that nothing disturbs, in order. */
export async function effectsOf(endurance: Endurance): Promise<readonly Effect[]> {
  const effects: Effect[] = [];
  const before = (effect: Effect): void => {
    if (effect.object === endurance.device) effects.push(effect);
  };
  await expectOf(endurance, { hooks: { before } });
  return effects;
}

/** One run for each of the effects; the first that does not end well is named. */
export async function dieAroundEach(
  moment: Crash["moment"],
  effects: readonly Effect[],
  endurance: Endurance,
): Promise<void> {
  for (const fatal of effects) {
    let died = false;
    const at = ({ object, number }: Effect): boolean => {
      const isFatal = object === fatal.object && number === fatal.number;
      died ||= isFatal;
      return isFatal;
    };
    try {
      await expectOf(endurance, { crash: { moment, at } });
      expect(died, "the effect was reached").to.equal(true);
    } catch (error) {
      throw new Error(`dies ${moment} ${fatal.action} (effect ${String(fatal.number)})`, { cause: error });
    }
  }
}

/** One run with something different. */
export async function expectOf(
  { options, expectPerfect }: Endurance,
  different: Partial<FabricRunOptions>,
): Promise<void> {
  const run = await startFabricRun({ ...options, ...different });
  try {
    await expectPerfect(run);
  } finally {
    await run.stop();
  }
}
