/** The errors of a store: the API server's, as a closed set that code can decide by. */

/**
 * - `NotFound`: the object to write is not there.
 * - `AlreadyExists`: the name is taken.
 * - `Conflict`: somebody else wrote in between, or it is another object of the same name. Read again, decide again.
 * - `Invalid`: the object breaks its schema or a rule; `causes` says where.
 * - `Immutable`: the contents can never change again.
 * - `Unavailable`: whether the request had an effect is not known. Read before doing it again.
 * - `Forbidden`: the caller may not do this.
 */
export type StoreErrorCode =
  "NotFound" | "AlreadyExists" | "Conflict" | "Invalid" | "Immutable" | "Unavailable" | "Forbidden";

/** What is wrong with one field; `field` is a path such as `spec.devices[0].name`, or empty for the whole object. */
export interface FieldCause {
  readonly field: string;
  readonly message: string;
}

const HINTS: Readonly<Record<StoreErrorCode, string>> = {
  NotFound: "check name and namespace",
  AlreadyExists: "choose another name, or change the object that is there",
  Conflict: "read the object again and decide from what it says now",
  Invalid: "correct the fields named",
  Immutable: "make a new object under another name",
  Unavailable: "read the object before you try again: the write may have happened",
  Forbidden: "ask for a role with this permission",
};

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  /** What is wrong, by field; empty for all codes but `Invalid` and `Immutable`. */
  readonly causes: readonly FieldCause[];
  /** What to do about it. */
  readonly hint: string;

  constructor(
    code: StoreErrorCode,
    message: string,
    options: { causes?: readonly FieldCause[]; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.causes = options.causes ?? [];
    this.hint = options.hint ?? HINTS[code];
  }
}

/** Whether an error is a store's, with this code. */
export function isStoreError(error: unknown, code: StoreErrorCode): error is StoreError {
  return error instanceof StoreError && error.code === code;
}

/** How many fields a message names: a slip in a long list can make thousands wrong. */
const FIELDS_NAMED = 10;

/** An `Invalid` (or `Immutable`) error whose message names the fields, the first ten of many. */
export function refuse(
  subject: string,
  causes: readonly FieldCause[],
  code: "Invalid" | "Immutable" = "Invalid",
): StoreError {
  const told = causes
    .slice(0, FIELDS_NAMED)
    .map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  if (causes.length > FIELDS_NAMED) told.push(`and ${causes.length - FIELDS_NAMED} more`);
  return new StoreError(code, `${subject} is ${code.toLowerCase()}: ${told.join("; ")}`, { causes });
}
