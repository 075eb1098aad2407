/**
 * What a drain would change in a device's configuration, and whether the device would take it: loaded into the locked
 * candidate, checked, and discarded. Nothing is committed.
 */
import { explain, type Explained } from "../api/reasons.ts";
import type { DrainRecord } from "../engine/step.ts";
import {
  commitConfiguration,
  discardCandidate,
  loadSetCommands,
  lockConfiguration,
  readCandidateDiff,
  readCandidateSet,
  readCommitHistory,
  unlockConfiguration,
} from "../junos/configuration.ts";
import {
  readDrainableConfiguration,
  type DrainableConfiguration,
} from "../junos/drain/drainableConfiguration.ts";
import { isJunosError } from "../junos/replyErrors.ts";
import { explainJunos, REFUSALS } from "./changeConfiguration.ts";
import { readDrainable } from "./configurationText.ts";
import { cannotDrain } from "./drain/cannotDrain.ts";
import { chooseTechniques } from "./drain/choose.ts";
import { drainAccess, drainRoutes, undrainAccess, undrainRoutes, usedTechniques } from "./drain/drain.ts";
import type { RunContext } from "./driver.ts";

export type DrainRehearsal =
  | { readonly is: "Accepted"; readonly commands: number; readonly drain: DrainRecord }
  | ({ readonly is: "Refused" } & Explained);

/** The commands that take a drain back, as the marks in the configuration say: first access, then routes. */
export function undrainCommands(drained: DrainableConfiguration): readonly string[] {
  const { existingDrain } = drained;
  if (existingDrain === null) return [];
  // Once access is back, nothing has to stay marked.
  const routes = {
    ...drained,
    existingDrain: { ...existingDrain, disabledInterfaces: [], maintenanceMode: false },
  };
  return [...undrainAccess(drained), ...undrainRoutes(routes)];
}

/** Has the device check the drain. Rejects only where the device cannot be reached. */
export async function rehearseDrain(context: RunContext): Promise<DrainRehearsal> {
  const connection = await context.connect(context.device.name);
  const configuration = await readDrainable(connection);
  if (configuration.existingDrain !== null) {
    return refused(explain("ForeignDrain", `it is drained by ${configuration.existingDrain.token}`));
  }
  const wanted = context.settings.drainTechnique;
  const against = cannotDrain(configuration, wanted);
  if (against !== undefined) return refused(against);
  const routes = chooseTechniques(configuration, "Routes", wanted);
  const access = chooseTechniques(configuration, "Access", wanted);
  const ways = routes.candidates.flatMap((first) =>
    access.candidates.map((second) => [
      ...drainRoutes(configuration, { token: context.token, techniques: first }),
      ...drainAccess(configuration, { techniques: second }),
    ]),
  );
  try {
    return await firstAccepted(context, ways);
  } catch (error) {
    if (error instanceof UnconfirmedCommit) return refused(explain("ConfigurationLocked", error.message));
    if (isJunosError(error)) return refused(explainJunos(error));
    throw error;
  }
}

/** What the device's check takes first; the refusal of the last one where it takes none. */
async function firstAccepted(
  context: RunContext,
  ways: readonly (readonly string[])[],
): Promise<DrainRehearsal> {
  for (const [index, commands] of ways.entries()) {
    try {
      return { is: "Accepted", commands: commands.length, drain: await checked(context, commands) };
    } catch (error) {
      const isLast = index === ways.length - 1;
      if (isLast || !isJunosError(error, ...REFUSALS)) throw error;
    }
  }
  throw new Error("there is no way to drain it");
}

function refused(explained: Explained): DrainRehearsal {
  return { is: "Refused", ...explained };
}

class UnconfirmedCommit extends Error {}

async function checked(context: RunContext, commands: readonly string[]): Promise<DrainRecord> {
  const { main } = await context.connect(context.device.name);
  context.fence();
  await lockConfiguration(main);
  try {
    const [last] = await readCommitHistory(main);
    // A check confirms it, as a commit would: that is for whoever made it to decide.
    if (last?.unconfirmed === true) {
      throw new UnconfirmedCommit("somebody's commit waits to be confirmed; a check would confirm it");
    }
    await loadSetCommands(main, commands);
    try {
      await commitConfiguration(main, { check: true });
      const diff = await readCandidateDiff(main);
      const drained = readDrainableConfiguration(await readCandidateSet(main));
      return drainRecord(drained, diff);
    } finally {
      await discardCandidate(main);
    }
  } catch (error) {
    // A refused load leaves the commands that were taken in the candidate.
    if (isJunosError(error)) await discardCandidate(main);
    throw error;
  } finally {
    // It goes with the session where the link is dead.
    await unlockConfiguration(main).catch(() => undefined);
  }
}

/** What the status keeps; the schema allows so many characters. */
const MAX_TEXT_LENGTH = 32_768;

export function drainRecord(drained: DrainableConfiguration, diff?: string): DrainRecord {
  const undo = undrainCommands(drained).join("\n");
  const techniques = (["Routes", "Access"] as const)
    .flatMap((phase) => usedTechniques(drained, phase))
    .map(({ technique, why }) => ({ name: technique.name, why }));
  return {
    ...(techniques.length === 0 ? {} : { techniques }),
    ...(diff === undefined || diff.length > MAX_TEXT_LENGTH ? {} : { diff }),
    ...(undo.length > MAX_TEXT_LENGTH ? {} : { undo }),
  };
}
