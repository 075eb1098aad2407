/** Reads fields of a parsed YAML document, so that a mistake is reported with file, field, what was found and what is allowed. */
import { SimulationError } from "./simulationError.ts";

/** A mapping of the document, with the place where it stands. */
export class FieldReader {
  readonly #fields: ReadonlyMap<string, unknown>;
  readonly #file: string;
  readonly #path: string;

  constructor(value: unknown, file: string, path = "") {
    this.#file = file;
    this.#path = path;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#invalid("", `found ${describe(value)}`, "a mapping is expected here");
    }
    this.#fields = new Map<string, unknown>(Object.entries(value));
  }

  /** Refuses fields that nobody reads: a misspelt field must not silently do nothing. */
  allow(names: readonly string[]): void {
    for (const name of this.#fields.keys()) {
      if (!names.includes(name))
        throw this.#invalid(name, "this field is not known", `allowed are ${names.join(", ")}`);
    }
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  string(name: string, fallback?: string): string {
    const value = this.#fields.get(name);
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === "string" && value !== "") return value;
    throw this.#invalid(name, `found ${describe(value)}`, "a text is expected");
  }

  optionalString(name: string): string | undefined {
    return this.has(name) ? this.string(name) : undefined;
  }

  /** A text of a certain form; `example` shows it in the message. */
  pattern(name: string, form: RegExp, example: string): string {
    const value = this.string(name);
    if (form.test(value)) return value;
    throw this.#invalid(name, `found "${value}"`, `expected is something like ${example}`);
  }

  /** A number of at least `minimum`; any number where that is `-Infinity`. */
  number(name: string, fallback?: number, minimum = 0): number {
    const value = this.#fields.get(name);
    if (value === undefined && fallback !== undefined) return fallback;
    if (typeof value === "number" && Number.isFinite(value) && value >= minimum) return value;
    const expected = minimum === -Infinity ? "a number" : `a number of at least ${minimum}`;
    throw this.#invalid(name, `found ${describe(value)}`, `${expected} is expected`);
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#fields.get(name);
    if (value === undefined) return fallback;
    if (typeof value === "boolean") return value;
    throw this.#invalid(name, `found ${describe(value)}`, "true or false is expected");
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], fallback?: Choice): Choice {
    const value = this.#fields.get(name);
    if (value === undefined && fallback !== undefined) return fallback;
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    throw this.#invalid(name, `found ${describe(value)}`, `allowed are ${choices.join(", ")}`);
  }

  /** The items of a list, each a text. An absent list is empty. */
  strings(name: string): readonly string[] {
    return this.#list(name).map((item, index) => {
      if (typeof item === "string" && item !== "") return item;
      throw this.#invalid(`${name}[${index}]`, `found ${describe(item)}`, "a text is expected");
    });
  }

  /** The items of a list, each a mapping. An absent list is empty. */
  readers(name: string): readonly FieldReader[] {
    return this.#list(name).map(
      (item, index) => new FieldReader(item, this.#file, this.#at(`${name}[${index}]`)),
    );
  }

  /** A mapping; an empty one where it is absent. */
  reader(name: string): FieldReader {
    return new FieldReader(this.#fields.get(name) ?? {}, this.#file, this.#at(name));
  }

  /** The error for a value that only its meaning makes wrong. */
  invalid(name: string, found: string, hint: string): SimulationError {
    return this.#invalid(name, found, hint);
  }

  /** Where a field stands, as messages name it: the file and the way to the field. */
  place(name: string): string {
    const field = this.#at(name);
    return field === "" ? this.#file : `${this.#file}: ${field}`;
  }

  #list(name: string): readonly unknown[] {
    const value = this.#fields.get(name);
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    throw this.#invalid(name, `found ${describe(value)}`, "a list is expected");
  }

  #at(name: string): string {
    if (this.#path === "") return name;
    return name === "" ? this.#path : `${this.#path}.${name}`;
  }

  #invalid(name: string, found: string, hint: string): SimulationError {
    return new SimulationError("DescriptionInvalid", `${this.place(name)}: ${found}; ${hint}`, { hint });
  }
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "an empty value";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return JSON.stringify(value);
}
