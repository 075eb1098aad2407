/** Numbers in arguments. */
import { InvalidArgumentError } from "commander";

/** A number above 0, for commander. */
export function positiveNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number <= 0) {
    throw new InvalidArgumentError("It must be a number above 0.");
  }
  return number;
}
