/** Paths of fields as messages write them, such as `spec.devices[0].role`, and what a document holds there. */
import { isJsonObject, type Json } from "../../store/schema/json.ts";

export type FieldPath = readonly (string | number)[];

const FOUND_LENGTH = 60;

/**
 * Takes a path apart along what is there: keys with dots in them are found too. The path ends early where the
 * value does.
 */
export function resolvePath(value: Json, field: string): FieldPath {
  const path: (string | number)[] = [];
  let rest = field;
  let here: Json | undefined = value;
  while (rest !== "") {
    const index: string | undefined = /^\[(\d+)\]/.exec(rest)?.[1];
    const key: string | undefined = index === undefined ? keyAt(here, rest) : undefined;
    if (index !== undefined && Array.isArray(here)) {
      path.push(Number(index));
      here = here[Number(index)];
      rest = rest.slice(index.length + 2);
    } else if (key !== undefined && isJsonObject(here)) {
      path.push(key);
      here = here[key];
      rest = rest.startsWith("[") ? rest.slice(key.length + 2) : rest.slice(key.length);
    } else return path;
    rest = rest.replace(/^\./, "");
  }
  return path;
}

/** The longest key of an object that the path begins with. */
function keyAt(value: Json | undefined, rest: string): string | undefined {
  if (!isJsonObject(value)) return undefined;
  return Object.keys(value)
    .filter(
      (key) =>
        rest === key ||
        rest.startsWith(`${key}.`) ||
        rest.startsWith(`${key}[`) ||
        rest.startsWith(`[${key}]`),
    )
    .toSorted((one, other) => other.length - one.length)[0];
}

/** What stands at a field, for people: JSON, cut where it is long; `nothing` where there is none. */
export function foundAt(value: Json, field: string): string {
  const path = resolvePath(value, field);
  let here: Json | undefined = value;
  for (const part of path) {
    if (typeof part === "number") here = Array.isArray(here) ? here[part] : undefined;
    else here = isJsonObject(here) ? here[part] : undefined;
  }
  if (here === undefined || !isWhole(path, field)) return "nothing";
  const text = JSON.stringify(here);
  return text.length <= FOUND_LENGTH ? text : `${text.slice(0, FOUND_LENGTH - 1)}…`;
}

/** Whether a resolved path reaches the field itself and not only what is around it. */
function isWhole(path: FieldPath, field: string): boolean {
  const written = path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${String(part)}]` : text === "" ? part : `${text}.${part}`,
    "",
  );
  return written.replaceAll(/[[\].]/g, "") === field.replaceAll(/[[\].]/g, "");
}
