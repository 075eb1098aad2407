/**
 * The statements by which two routing engines stand in for each other, wherever a configuration keeps them: at the
 * top or in groups, active or not. What is suspended for an upgrade is activated again afterwards, and nothing else.
 */

/** A statement as it stands in the configuration. */
export interface RedundancyStatement {
  readonly kind: RedundancyKind;
  /** The whole path, with the group it stands in: `groups common chassis redundancy graceful-switchover`. */
  readonly path: string;
  readonly active: boolean;
}

export type RedundancyKind =
  | "GracefulSwitchover"
  | "NonstopRouting"
  | "NonstopBridging"
  | "SwitchoverOnCrash"
  | "CommitSynchronize"
  | "FastSynchronize";

/** Juniper, "High Availability User Guide": what has to be off while the engines run different releases. */
const STATEMENTS: Readonly<Record<RedundancyKind, string>> = {
  NonstopRouting: "routing-options nonstop-routing",
  NonstopBridging: "protocols layer2-control nonstop-bridging",
  SwitchoverOnCrash: "system switchover-on-routing-crash",
  GracefulSwitchover: "chassis redundancy graceful-switchover",
  FastSynchronize: "system commit fast-synchronize",
  CommitSynchronize: "system commit synchronize",
};
const KINDS = Object.keys(STATEMENTS).filter(isKind);

const GROUP = /^groups (?:"[^"]*"|\S+) /;

/** Reads the statements in `set` lines, each once. */
export function readRedundancyStatements(lines: readonly string[]): readonly RedundancyStatement[] {
  const deactivated = lines.flatMap((line) =>
    line.startsWith("deactivate ") ? [line.slice("deactivate ".length).trim()] : [],
  );
  const found = new Map<string, RedundancyStatement>();
  for (const line of lines) {
    if (!line.startsWith("set ")) continue;
    const whole = line.slice("set ".length).trim();
    const group = GROUP.exec(whole)?.[0] ?? "";
    const own = whole.slice(group.length);
    const kind = KINDS.find((each) => own === STATEMENTS[each] || own.startsWith(`${STATEMENTS[each]} `));
    if (kind === undefined) continue;
    const path = `${group}${STATEMENTS[kind]}`;
    const active = !deactivated.some((dead) => path === dead || path.startsWith(`${dead} `));
    found.set(path, { kind, path, active });
  }
  return [...found.values()];
}

/** What takes the redundancy away; empty where none is active. */
export function suspendCommands(lines: readonly string[]): readonly string[] {
  return readRedundancyStatements(lines)
    .filter(({ active }) => active)
    .map(({ path }) => `deactivate ${path}`);
}

/** What makes the statements active again that were so when the device was found; empty where all of them are. */
export function restoreCommands(found: readonly string[], now: readonly string[]): readonly string[] {
  const current = new Map(readRedundancyStatements(now).map((statement) => [statement.path, statement]));
  return readRedundancyStatements(found)
    .filter(({ path, active }) => active && current.get(path)?.active === false)
    .map(({ path }) => `activate ${path}`);
}

/** The kinds that take effect: those of groups count, too, for groups are there to be applied. */
export function activeRedundancy(lines: readonly string[]): ReadonlySet<RedundancyKind> {
  return new Set(
    readRedundancyStatements(lines)
      .filter(({ active }) => active)
      .map(({ kind }) => kind),
  );
}

function isKind(name: string): name is RedundancyKind {
  return Object.hasOwn(STATEMENTS, name);
}
