/**
 * Changing a device's configuration so that nobody else's changes are swept in and nothing half-done is left: on
 * the locked shared candidate. A change that could cut us off is committed `confirmed`, and confirmed only after
 * device and API server were reached through it; otherwise the device takes it back by itself.
 */
import { linkSignals } from "../api/signalLink.ts";
import { explain, type Explained } from "../api/reasons.ts";
import { StepRefused } from "../engine/step.ts";
import {
  commitConfiguration,
  discardCandidate,
  loadSetCommands,
  lockConfiguration,
  readCommitHistory,
  unlockConfiguration,
  type CommitOptions,
} from "../junos/configuration.ts";
import { isJunosError, JunosError } from "../junos/replyErrors.ts";
import type { RpcCaller } from "../junos/rpcCaller.ts";
import { FenceClosed, type RunContext } from "./driver.ts";

export interface ConfigurationChange {
  /** What the change is, in a word: it stands in the device's commit history. */
  readonly purpose: string;
  readonly commands: readonly string[];
  /** Other ways to the same end, each tried where the device's own check refuses the one before. */
  readonly alternatives?: readonly (readonly string[])[];
  /** The device takes the change back by itself unless it is confirmed. */
  readonly confirmed: boolean;
  /** The change brings traffic back: better on one routing engine than not at all. */
  readonly urgent?: boolean;
}

/** Makes a change. Throws `StepRefused` when the device does not take it; then nothing has changed. */
export async function changeConfiguration(context: RunContext, change: ConfigurationChange): Promise<void> {
  await underLock(context, async (session) => {
    try {
      await commitFirstAccepted(context, session, change);
      if (change.confirmed) await confirmThrough(context, session, change.purpose);
    } catch (error) {
      // A refused load leaves the commands that were taken in the candidate.
      if (error instanceof JunosError || error instanceof FenceClosed) await discardCandidate(session);
      throw error;
    }
  });
}

/** What a device says to statements that it does not have, does not allow, or finds itself not ready for. */
export const REFUSALS = ["ConfigurationRefused", "PermissionDenied", "NotRunning"] as const;

/** Commits the first of the ways that the device accepts. Its check tells a refused way from a commit that went wrong. */
async function commitFirstAccepted(
  context: RunContext,
  session: RpcCaller,
  change: ConfigurationChange,
): Promise<void> {
  let [commands, ...others] = [change.commands, ...(change.alternatives ?? [])];
  for (;;) {
    let isLoaded = false;
    try {
      await loadSetCommands(session, commands);
      isLoaded = true;
      context.fence();
      await commitChange(context, session, change);
      return;
    } catch (error) {
      const [next, ...rest] = others;
      if (next === undefined || !isJunosError(error, ...REFUSALS)) throw error;
      if (isLoaded && (await passesCheck(session))) throw error;
      await discardCandidate(session);
      [commands, others] = [next, rest];
    }
  }
}

async function passesCheck(session: RpcCaller): Promise<boolean> {
  try {
    await commitConfiguration(session, { check: true });
    return true;
  } catch (error) {
    if (isJunosError(error, ...REFUSALS)) return false;
    throw error;
  }
}

/**
 * Commits on both routing engines where there are two: the one that takes over must have the drain, too. A change that
 * is urgent is committed on the master alone when the other one is away.
 */
async function commitChange(
  context: RunContext,
  session: RpcCaller,
  change: ConfigurationChange,
): Promise<void> {
  const options = {
    log: logOf(context, change.purpose, change.confirmed ? "to be confirmed" : "done"),
    ...(change.confirmed ? { confirmedMinutes: context.settings.confirmTimeoutMinutes } : {}),
  };
  if (!hasTwoEngines(context)) return commitConfiguration(session, options);
  try {
    await commitConfiguration(session, { ...options, synchronize: true });
  } catch (error) {
    if (change.urgent !== true || !isJunosError(error)) throw error;
    context.fence();
    await commitOnMaster(session, { purpose: change.purpose, options });
  }
}

/** With `system commit synchronize` there is no commit on one engine alone. */
async function commitOnMaster(
  session: RpcCaller,
  { purpose, options }: { readonly purpose: string; readonly options: CommitOptions },
): Promise<void> {
  try {
    await commitConfiguration(session, options);
  } catch (error) {
    if (!isJunosError(error, "EngineUnreachable")) throw error;
    const message = `${purpose} waits: ${error.message}, and with commit synchronize nothing is committed on one engine alone; it goes on by itself once both answer`;
    throw new JunosError({ code: error.code, message }, { cause: error });
  }
}

function hasTwoEngines({ device }: RunContext): boolean {
  return device.controlPlanes?.every(({ name }) => name.startsWith("re")) ?? false;
}

/** Confirms a change that was committed before, perhaps by another leader. */
export async function confirmChange(context: RunContext, purpose: string): Promise<void> {
  await underLock(context, (session) => confirmThrough(context, session, purpose));
}

/**
 * Works on the locked candidate, on a session of its own: in the queue of another one, behind a slow reply, a commit
 * would leave long after the fence was passed, when somebody else may have begun to act.
 */
async function underLock(
  { connect, device, signal }: RunContext,
  work: (session: RpcCaller) => Promise<void>,
): Promise<void> {
  const connection = await connect(device.name);
  const until = linkSignals(signal);
  try {
    const session = await connection.longRunning(until.signal);
    await refusing(async () => {
      await lockConfiguration(session);
      try {
        await work(session);
      } finally {
        await unlockConfiguration(session).catch(ignoreDeadLink);
      }
    });
  } finally {
    until.abort(new Error("the change is made"));
  }
}

async function confirmThrough(context: RunContext, session: RpcCaller, purpose: string): Promise<void> {
  if (!(await context.stillInReach())) {
    throw new StepRefused(
      explain(
        "CommitFailed",
        `${purpose} cuts off the device or the API server; the device takes it back by itself`,
      ),
    );
  }
  context.fence();
  await commitConfiguration(session, {
    log: logOf(context, purpose, "done"),
    ...(hasTwoEngines(context) ? { synchronize: true } : {}),
  });
}

export type ChangeState = "Unconfirmed" | "Confirmed";

/** Whether the last change for a purpose stands for good. Only meaningful while its statements are committed. */
export async function readChangeState(context: RunContext, purpose: string): Promise<ChangeState> {
  const { main } = await context.connect(context.device.name);
  const history = await readCommitHistory(main);
  const prefix = logOf(context, purpose, "");
  const newest = history.find(({ log }) => log?.startsWith(prefix) === true);
  return newest?.log?.endsWith("to be confirmed") === true ? "Unconfirmed" : "Confirmed";
}

/** The text in the commit history; the token tells runs apart. */
function logOf({ token }: RunContext, purpose: string, state: string): string {
  return `hitless ${token}: ${purpose} ${state}`;
}

async function refusing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isJunosError(error)) throw new StepRefused(explainJunos(error), { cause: error });
    throw error;
  }
}

/** What a refusal of Junos means in the catalogue. */
export function explainJunos(error: JunosError): Explained {
  switch (error.code) {
    case "LockHeld":
      return explain("ConfigurationLocked", error.message);
    case "CandidateModified":
      return explain("CandidateDirty", error.message);
    case "PermissionDenied":
      return explain("PermissionDenied", error.message);
    case "InstallPending":
      return explain("InstallPending", error.message);
    case "DiskFull":
      return explain("DiskFull", error.message);
    case "ConfigurationRefused":
    case "ConfirmedNotAllowed":
    case "NotLocked":
      return explain("CommitFailed", error.message);
    case "EngineUnreachable":
      return explain(
        /\bnode[01]\b/.test(error.message) ? "ClusterUnhealthy" : "BackupNotReady",
        error.message,
      );
    case "NotRunning":
    case "NotMaster":
    case "NotACluster":
    case "UnknownRpc":
    case "FileNotFound":
    case "ReplyUnexpected":
    case "RpcFailed":
      return explain("RpcFailed", error.message);
  }
}

function ignoreDeadLink(): void {
  // The lock goes with the session.
}
