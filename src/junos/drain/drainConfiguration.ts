/**
 * The configuration commands that take a device out of traffic and put it back.
 *
 * Routes first: towards external peers a longer AS path and the community of RFC 8326, so that others are
 * preferred while we stay reachable; in the overlay our segments are withdrawn. Then access: interfaces with an
 * Ethernet segment are switched off, and LACP moves the servers to the other PE. Every command has an exact
 * inverse, and what it needs to know is marked on the device itself.
 */
import type { ExportChain } from "./drainableBgp.ts";
import type { DrainableConfiguration, DrainProblem } from "./drainableConfiguration.ts";
import { COMMUNITY_COMMAND, wantedPolicies } from "./drainPolicies.ts";
import {
  DRAIN_NAMES,
  isDrainPolicy,
  markCommand,
  markPath,
  UNMARK_ALL,
  unmarkCommand,
  type DrainMark,
  type ExistingDrain,
} from "./existingDrain.ts";
import { unquote } from "./setLines.ts";

export { readDrainableConfiguration, type DrainableConfiguration } from "./drainableConfiguration.ts";
export { drainToken } from "./existingDrain.ts";

/** Thrown instead of commands for a drain that could not be taken back to the letter, or that is not ours. */
export class DrainRefused extends Error {
  override readonly name = "DrainRefused";
  readonly problems: readonly DrainProblem[];

  constructor(problems: readonly DrainProblem[]) {
    super(problems.map(({ code, statement }) => `${code}: ${statement}`).join("; "));
    this.problems = problems;
  }
}

/**
 * Commands that move traffic away by routing; empty when that is done already. The token says on the device whose
 * drain it is. Throws `DrainRefused`.
 */
export function drainRoutes(
  configuration: DrainableConfiguration,
  options: { readonly token: string },
): readonly string[] {
  refuse(configuration, options.token);
  const wanted = wantedPolicies(configuration.bgpGroups);
  const definitions = [
    markCommand({ is: "Holder", token: options.token }),
    COMMUNITY_COMMAND,
    ...wanted.flatMap(({ policies }) => policies.flatMap(({ commands }) => commands)),
  ];
  return [
    ...[...new Set(definitions)].filter((command) => !configuration.has(command)),
    ...preferenceCommands(configuration),
    ...overloadCommands(configuration),
    ...wanted.flatMap(({ chain, policies }) =>
      chainCommands(
        chain,
        policies.map(({ name }) => name),
      ),
    ),
  ];
}

/**
 * Commands that switch off each interface with a segment that is on; empty when none is. An interface that was
 * found switched off is never touched. To be committed after `drainRoutes`. Throws `DrainRefused`.
 */
export function drainAccess(configuration: DrainableConfiguration): readonly string[] {
  refuse(configuration, configuration.existingDrain?.token);
  return configuration.accessInterfaces
    .filter(({ disabled }) => !disabled)
    .flatMap(({ name }) => [
      markCommand({ is: "Disabled", interface: name }),
      `set interfaces ${name} disable`,
    ]);
}

/**
 * Commands that take `drainAccess` back, as the marks in the device's present configuration say; empty when no
 * interface is off by us. Never refused: what we did we can undo.
 */
export function undrainAccess(configuration: DrainableConfiguration): readonly string[] {
  const names = configuration.existingDrain?.disabledInterfaces ?? [];
  return names.flatMap((name) => [
    // Somebody may have switched it on by hand meanwhile.
    ...(configuration.has(`set interfaces ${name} disable`) ? [`delete interfaces ${name} disable`] : []),
    unmarkCommand({ is: "Disabled", interface: name }),
  ]);
}

/**
 * Commands that take `drainRoutes` back, as the marks in the device's present configuration say; empty when
 * nothing is left of it. While access is drained its marks and the token stay: run `undrainAccess` first.
 */
export function undrainRoutes(configuration: DrainableConfiguration): readonly string[] {
  const { existingDrain } = configuration;
  if (existingDrain === null) return [];
  return [
    ...unchainCommands(existingDrain),
    // A value that is not ours any more was set by somebody since.
    ...[...existingDrain.preferences]
      .filter(([path]) => configuration.has(preferenceCommand(path, 0)))
      .map(([path, value]) => preferenceCommand(path, value)),
    ...existingDrain.overloads
      .filter((protocol) => configuration.has(overloadCommand(protocol)))
      .map((protocol) => overloadCommand(protocol).replace(/^set /, "delete ")),
    ...existingDrain.policies.map((name) => `delete policy-options policy-statement ${name}`),
    ...(configuration.has(COMMUNITY_COMMAND)
      ? [`delete policy-options community ${DRAIN_NAMES.community}`]
      : []),
    ...(existingDrain.disabledInterfaces.length === 0
      ? [UNMARK_ALL]
      : routeMarks(existingDrain).map(unmarkCommand)),
  ];
}

function refuse({ problems, existingDrain }: DrainableConfiguration, token: string | undefined): void {
  const foreign: readonly DrainProblem[] =
    existingDrain !== null && existingDrain.token !== token
      ? [
          {
            code: "ForeignDrain",
            statement: `apply-macro ${DRAIN_NAMES.macro} holder ${existingDrain.token}`,
          },
        ]
      : [];
  if (foreign.length + problems.length > 0) throw new DrainRefused([...foreign, ...problems]);
}

/** Puts our policies first and keeps the rest of the chain. */
function chainCommands(chain: ExportChain, wanted: readonly string[]): readonly string[] {
  const current = chain.policies.map(unquote);
  if (wanted.every((name, index) => current[index] === name)) return [];
  if (isWrittenOut(chain)) {
    return [
      markCommand({ is: "AddedExport", path: chain.path }),
      ...[...wanted, ...chain.inherited].map((policy) => `set ${chain.path} export ${policy}`),
    ];
  }
  const first = chain.policies.find((policy) => !isDrainPolicy(policy));
  return wanted.flatMap((name) => [
    `set ${chain.path} export ${name}`,
    ...(first === undefined ? [] : [`insert ${chain.path} export ${name} before ${first}`]),
  ]);
}

function unchainCommands({ exports, addedExports }: ExistingDrain): readonly string[] {
  const commands = exports.map(({ path, policy }) =>
    addedExports.includes(markPath(path)) ? `delete ${path} export` : `delete ${path} export ${policy}`,
  );
  return [...new Set(commands)];
}

/** A level that inherits its chain: a policy of its own would switch the inherited ones off, so they are repeated. */
function isWrittenOut({ policies, inherited }: ExportChain): boolean {
  return inherited.length > 0 && policies.every(isDrainPolicy);
}

/**
 * The lowest preference, where the forwarder is elected by preference already. Electing by another algorithm than
 * the other PE of the segment would break the election.
 */
function preferenceCommands({ segments, existingDrain }: DrainableConfiguration): readonly string[] {
  return segments.flatMap(({ path, dfPreference }) => {
    if (dfPreference === undefined || dfPreference === 0) return [];
    const marked = existingDrain?.preferences.has(markPath(path)) === true;
    return [
      ...(marked ? [] : [markCommand({ is: "Preference", path, value: dfPreference })]),
      preferenceCommand(path, 0),
    ];
  });
}

/** `overload` (ISO 10589 §7.2.8.1, RFC 6987): reachable, but no transit. */
function overloadCommands({ interiorProtocols }: DrainableConfiguration): readonly string[] {
  return interiorProtocols
    .filter(({ overloaded }) => !overloaded)
    .flatMap(({ name }) => [markCommand({ is: "Overload", protocol: name }), overloadCommand(name)]);
}

function routeMarks(drain: ExistingDrain): readonly DrainMark[] {
  return [
    ...[...drain.preferences].map(([path, value]) => ({ is: "Preference" as const, path, value })),
    ...drain.addedExports.map((path) => ({ is: "AddedExport" as const, path })),
    ...drain.overloads.map((protocol) => ({ is: "Overload" as const, protocol })),
  ];
}

function preferenceCommand(path: string, value: number): string {
  return `set ${path} df-election-type preference value ${value}`;
}

function overloadCommand(protocol: string): string {
  return `set protocols ${protocol} overload`;
}
