/** Model time of a simulation that another process runs, as an argument. */
import { InvalidArgumentError } from "commander";
import type { Clock } from "../../api/time.ts";
import { scaledClock } from "../../simulator/modelClock.ts";

/** `anchorModel,anchorReal,speed`: two times in milliseconds since the epoch, and model seconds in a second. */
export function simulatedTime(text: string): Clock {
  const [anchorModel, anchorReal, speed, ...rest] = text.split(",").map(Number);
  const isGiven = (value: number | undefined): value is number => Number.isFinite(value);
  if (rest.length > 0 || !isGiven(anchorModel) || !isGiven(anchorReal) || !isGiven(speed) || speed <= 0) {
    throw new InvalidArgumentError("It must be anchorModelMs,anchorRealMs,speed.");
  }
  return scaledClock({ anchorModel, anchorReal, speed });
}
