/** Turns whatever is handed to the log into plain data: errors with their causes, nothing circular, no bytes. */

const MAX_DEPTH = 8;

export type Plain = null | boolean | number | string | Plain[] | { [name: string]: Plain };

/** Plain data of any value, with `rewrite` applied to every text and every name in it. */
export function toPlain(value: unknown, rewrite: (text: string) => string): Plain {
  return plain(value, { rewrite, above: [] });
}

interface Walk {
  readonly rewrite: (text: string) => string;
  /** The objects this value is inside of. */
  readonly above: readonly object[];
}

function plain(value: unknown, walk: Walk): Plain {
  switch (typeof value) {
    case "string":
      return walk.rewrite(value);
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "boolean":
      return value;
    case "bigint":
      return String(value);
    case "undefined":
      return null;
    case "function":
    case "symbol":
      return `[${typeof value}]`;
    case "object":
      return value === null ? null : plainObject(value, walk);
  }
}

function plainObject(value: object, { rewrite, above }: Walk): Plain {
  if (above.includes(value)) return "[circular]";
  if (above.length >= MAX_DEPTH) return "[deeper]";
  const inner: Walk = { rewrite, above: [...above, value] };
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "[no date]" : value.toISOString();
  if (Array.isArray(value)) return value.map((item) => plain(item, inner));
  if (value instanceof Set) return [...value].map((item) => plain(item, inner));
  const entries: Iterable<[unknown, unknown]> =
    value instanceof Error ? errorEntries(value) : value instanceof Map ? value : Object.entries(value);
  const result: [string, Plain][] = [];
  for (const [name, property] of entries) {
    if (property !== undefined) result.push([rewrite(String(name)), plain(property, inner)]);
  }
  return Object.fromEntries(result);
}

/** Name, message, stack and cause are no enumerable properties of an Error, and JSON would leave them out. */
function* errorEntries(error: Error): Generator<[string, unknown]> {
  yield ["name", error.name];
  yield ["message", error.message];
  for (const [name, value] of Object.entries(error)) {
    if (name !== "name" && name !== "message") yield [name, value];
  }
  if (error instanceof AggregateError) yield ["errors", error.errors];
  yield ["stack", error.stack];
  yield ["cause", error.cause];
}
