/** Names of hosts as inventories write them: `leaf[01:08].example.net`, `leaf[a:d]`, `spine1:830`. */

const RANGE = /\[(?<from>\d+|[A-Za-z]):(?<to>\d+|[A-Za-z])(?::(?<step>\d+))?\]/;
const MAX_HOSTS = 10_000;

export interface HostPattern {
  readonly names: readonly string[];
  readonly port?: number;
}

/** Expands the ranges of a pattern. Throws `RangeError` for one that has no end, or far too many hosts. */
export function expandHosts(pattern: string): HostPattern {
  // A second colon belongs to an IPv6 address.
  const port = /^(?<host>(?:[^:[\]]|\[[^\]]*\])+):(?<port>\d{1,5})$/.exec(pattern)?.groups;
  const text = port?.["host"] ?? pattern;
  let names = [text];
  while (names.some((name) => RANGE.test(name))) {
    names = names.flatMap(expandFirst);
    if (names.length > MAX_HOSTS)
      throw new RangeError(`${pattern} means more than ${String(MAX_HOSTS)} hosts`);
  }
  return { names, ...(port?.["port"] === undefined ? {} : { port: Number(port["port"]) }) };
}

function expandFirst(name: string): string[] {
  const match = RANGE.exec(name);
  if (match?.groups === undefined) return [name];
  const { from = "", to = "", step = "1" } = match.groups;
  const [before, after] = [name.slice(0, match.index), name.slice(match.index + match[0].length)];
  return valuesOf(name, { from, to, step: Number(step) }).map((value) => `${before}${value}${after}`);
}

function valuesOf(
  name: string,
  { from, to, step }: { readonly from: string; readonly to: string; readonly step: number },
): string[] {
  const isNumber = /^\d/.test(from);
  const [first, last] = isNumber
    ? [Number(from), Number(to)]
    : [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
  if (isNumber !== /^\d/.test(to) || last < first || step < 1) {
    throw new RangeError(`${name} has a range that leads nowhere`);
  }
  const count = Math.floor((last - first) / step) + 1;
  if (count > MAX_HOSTS) throw new RangeError(`${name} means more than ${String(MAX_HOSTS)} hosts`);
  // Leading zeros say how wide all of them are.
  const width = isNumber && from.startsWith("0") ? from.length : 0;
  return Array.from({ length: count }, (_, index) => {
    const value = first + index * step;
    return isNumber ? String(value).padStart(width, "0") : String.fromCodePoint(value);
  });
}
