/**
 * The configuration commands that take a device out of traffic and put it back, whatever the techniques.
 *
 * Routes first: others are preferred while the device stays reachable and goes on forwarding. Then access: the links to
 * servers with another way go down. Every command has an exact inverse, and what it needs to know is marked on the
 * device itself, so that taking a drain back asks for nothing but the device's own configuration.
 */
import type { DrainableConfiguration, DrainProblem } from "../../junos/drain/drainableConfiguration.ts";
import {
  DRAIN_NAMES,
  markCommand,
  UNMARK_ALL,
  unmarkCommand,
  type DrainMark,
  type ExistingDrain,
} from "../../junos/drain/existingDrain.ts";
import { ACCESS_TECHNIQUES, chooseTechniques, ROUTE_TECHNIQUES, type Candidate } from "./choose.ts";
import { policyCommands, undoPolicies } from "./exportPolicies.ts";
import type { DrainedConfiguration, DrainTechnique } from "./technique.ts";

/** A reason is one value of a macro on the device, and one in a status: no quotes in it, and not longer than this. */
const MAX_WHY_LENGTH = 200;

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
 * drain it is. Without techniques those that were chosen first for a device. Throws `DrainRefused`.
 */
export function drainRoutes(
  configuration: DrainableConfiguration,
  options: { readonly token: string; readonly techniques?: Candidate },
): readonly string[] {
  const techniques = options.techniques ?? firstOf(configuration, "Routes");
  refuseForeign(configuration, options.token);
  const holder = markCommand({ is: "Holder", token: options.token });
  return [
    ...(configuration.has(holder) ? [] : [holder]),
    ...techniqueMarks(configuration, techniques),
    ...techniques.flatMap(({ technique }) => technique.commands(configuration)),
    ...policyCommands(
      configuration,
      techniques.flatMap(({ technique }) => technique.policies?.(configuration) ?? []),
    ),
  ];
}

/**
 * Commands that take the servers' links down; empty when none is left. An interface that was found switched off is
 * never touched. To be committed after `drainRoutes`. Throws `DrainRefused`.
 */
export function drainAccess(
  configuration: DrainableConfiguration,
  options: { readonly techniques?: Candidate } = {},
): readonly string[] {
  const techniques = options.techniques ?? firstOf(configuration, "Access");
  refuseForeign(configuration, configuration.existingDrain?.token);
  const commands = techniques.flatMap(({ technique }) => technique.commands(configuration));
  return commands.length === 0 ? [] : [...techniqueMarks(configuration, techniques), ...commands];
}

/**
 * Commands that take `drainAccess` back, as the marks in the device's present configuration say; empty when nothing
 * is left of it. Never refused: what we did we can undo.
 */
export function undrainAccess(configuration: DrainableConfiguration): readonly string[] {
  if (!isDrained(configuration)) return [];
  return [
    ...ACCESS_TECHNIQUES.flatMap((technique) => technique.undo(configuration)),
    ...marksOf(configuration.existingDrain, ACCESS_TECHNIQUES).map(unmarkCommand),
  ];
}

/**
 * Commands that take `drainRoutes` back, as the marks in the device's present configuration say; empty when
 * nothing is left of it. While access is drained its marks and the token stay: run `undrainAccess` first.
 */
export function undrainRoutes(configuration: DrainableConfiguration): readonly string[] {
  if (!isDrained(configuration)) return [];
  const { existingDrain } = configuration;
  return [
    ...undoPolicies(configuration),
    ...ROUTE_TECHNIQUES.flatMap((technique) => technique.undo(configuration)),
    ...(isAccessDrained(existingDrain)
      ? marksOf(existingDrain, ROUTE_TECHNIQUES).map(unmarkCommand)
      : [UNMARK_ALL]),
  ];
}

/** The techniques that are marked on a drained device; for a device that is not drained the first choice. */
function firstOf(configuration: DrainableConfiguration, phase: "Routes" | "Access"): Candidate {
  const used = usedTechniques(configuration, phase);
  if (used.length > 0) return used;
  const { candidates, problems } = chooseTechniques(configuration, phase);
  const [first] = candidates;
  if (first === undefined) throw new DrainRefused(problems);
  return first;
}

/** The techniques of a phase that a drain on the device is marked with. */
export function usedTechniques(
  { existingDrain }: DrainableConfiguration,
  phase: "Routes" | "Access",
): Candidate {
  const marked = new Map(existingDrain?.techniques.map(({ name, why }) => [name, why]));
  return (phase === "Routes" ? ROUTE_TECHNIQUES : ACCESS_TECHNIQUES).flatMap((technique) => {
    const why = marked.get(technique.name);
    return why === undefined ? [] : [{ technique, why }];
  });
}

function isDrained(configuration: DrainableConfiguration): configuration is DrainedConfiguration {
  return configuration.existingDrain !== null;
}

function isAccessDrained({ disabledInterfaces, maintenanceMode }: ExistingDrain): boolean {
  return disabledInterfaces.length > 0 || maintenanceMode;
}

function techniqueMarks({ existingDrain }: DrainableConfiguration, techniques: Candidate): readonly string[] {
  const marked = new Set(existingDrain?.techniques.map(({ name }) => name));
  return techniques
    .filter(({ technique }) => !marked.has(technique.name))
    .map(({ technique, why }) =>
      markCommand({
        is: "Technique",
        name: technique.name,
        why: why.replaceAll('"', "'").slice(0, MAX_WHY_LENGTH),
      }),
    );
}

/** The marks of those techniques, their names among them. */
function marksOf(drain: ExistingDrain, techniques: readonly DrainTechnique[]): readonly DrainMark[] {
  const names = new Set<string>(techniques.map(({ name }) => name));
  return [
    ...techniques.flatMap((technique) => technique.marks(drain)),
    ...drain.techniques
      .filter(({ name }) => names.has(name))
      .map(({ name, why }) => ({ is: "Technique" as const, name, why })),
  ];
}

function refuseForeign({ existingDrain }: DrainableConfiguration, token: string | undefined): void {
  if (existingDrain === null || existingDrain.token === token) return;
  const statement = `apply-macro ${DRAIN_NAMES.macro} holder ${existingDrain.token}`;
  throw new DrainRefused([{ code: "ForeignDrain", statement }]);
}
