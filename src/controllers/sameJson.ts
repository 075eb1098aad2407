/** Whether two values are the same as JSON: the order of keys does not matter, and what is undefined is not there. */
import { isDeepStrictEqual } from "node:util";

export function isSameJson(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(asJson(one), asJson(other));
}

function asJson(value: unknown): unknown {
  const text: string | undefined = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}
