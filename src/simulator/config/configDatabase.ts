/**
 * The configuration database of one device: committed configuration with its history, one shared candidate,
 * private copies, the exclusive lock, and the commit that undoes itself unless it is confirmed.
 */
import type { Instant } from "../../api/time.ts";
import { refuse, RpcFailure } from "../rpcFailure.ts";
import { checkConfiguration } from "./configCheck.ts";
import { sameTree } from "./configDiff.ts";
import { unknownWord } from "./configSchema.ts";
import type { SchemaContext } from "./configSchema.ts";
import { parseBraces, parseSetLines } from "./configText.ts";
import type { ConfigCommand } from "./configText.ts";
import { cloneTree, deletePath, emptyTree, moveNextTo, setInactive, setPath } from "./configTree.ts";
import type { ConfigTree } from "./configTree.ts";

/** Junos keeps the running configuration and 49 older ones. */
const MAX_HISTORY = 50;

export interface ConfigDatabase {
  committed: ConfigTree;
  /** The shared candidate; undefined while it is the same as the committed configuration. */
  candidate: ConfigTree | undefined;
  /** The session that holds the exclusive lock. */
  lockedBy: number | undefined;
  /** A commit that is rolled back at `deadline` unless another commit comes. */
  unconfirmed:
    { readonly before: ConfigTree; readonly deadline: Instant; readonly event: number } | undefined;
  /** Newest first; the first is the running one. */
  readonly history: CommitRecord[];
  /** Every well-kept device has one; without it a system alarm is raised. */
  rescue: ConfigTree | undefined;
}

export interface CommitRecord {
  readonly at: Instant;
  readonly user: string;
  readonly client: string;
  readonly log: string | undefined;
  readonly tree: ConfigTree;
}

/** A private copy: what was changed, to be done again on whatever is committed by then. */
export interface PrivateCopy {
  tree: ConfigTree;
  readonly commands: ConfigCommand[];
  /** The copy as a whole replaces what is committed (after `override` or a rollback), whatever came between. */
  replacesAll: boolean;
}

/** Who edits. */
export interface Editor {
  readonly sessionId: number;
  readonly user: string;
  privateCopy: PrivateCopy | undefined;
}

export interface LoadRequest {
  readonly action: "set" | "merge" | "override" | "replace" | "update";
  readonly format: "set" | "text";
  readonly text: string;
}

export function createDatabase(tree: ConfigTree, at: Instant): ConfigDatabase {
  return {
    committed: tree,
    candidate: undefined,
    lockedBy: undefined,
    unconfirmed: undefined,
    history: [{ at, user: "root", client: "cli", log: undefined, tree }],
    rescue: tree,
  };
}

/** True where the shared candidate holds changes nobody has committed. */
export function isDirty(database: ConfigDatabase): boolean {
  return database.candidate !== undefined && !sameTree(database.candidate, database.committed);
}

/** Somebody edits the shared candidate and leaves it like that. Nobody can while it is locked. */
export function leaveChanges(database: ConfigDatabase): void {
  if (database.lockedBy !== undefined) return;
  const tree = cloneTree(database.candidate ?? database.committed);
  setPath(tree, ["system", "location", "building", "unfinished"]);
  database.candidate = tree;
}

/** The exclusive lock. Refused while another session holds it or the candidate is dirty. */
export function lock(database: ConfigDatabase, editor: Editor): void {
  if (database.lockedBy !== undefined) {
    throw refuse(`configuration database locked by: session ${database.lockedBy}`);
  }
  if (isDirty(database)) throw refuse("configuration database modified");
  database.lockedBy = editor.sessionId;
}

/** Gives the lock back; what was not committed is discarded. */
export function unlock(database: ConfigDatabase, editor: Editor): void {
  if (database.lockedBy !== editor.sessionId) throw refuse("configuration database not locked");
  database.lockedBy = undefined;
  database.candidate = undefined;
}

/** Opens a private copy. Refused while the database is locked or the shared candidate is dirty. */
export function openPrivate(database: ConfigDatabase, editor: Editor): void {
  if (editor.privateCopy !== undefined) throw refuse("private configuration already open");
  refuseIfLockedByOther(database, editor);
  if (isDirty(database)) throw refuse("shared configuration database modified");
  editor.privateCopy = { tree: cloneTree(database.committed), commands: [], replacesAll: false };
}

/** What a session leaves behind when it ends: no lock, no private copy. Unlocked changes of the shared candidate stay. */
export function forgetEditor(database: ConfigDatabase, editor: Editor): void {
  editor.privateCopy = undefined;
  if (database.lockedBy === editor.sessionId) unlock(database, editor);
}

/** The configuration that the session edits. */
export function candidateOf(database: ConfigDatabase, editor: Editor): ConfigTree {
  return editor.privateCopy?.tree ?? database.candidate ?? database.committed;
}

/**
 * Changes the candidate. Returns the warnings. What cannot be parsed is thrown as `RpcFailure` after the rest
 * was taken, as Junos does.
 */
export function load(
  database: ConfigDatabase,
  editor: Editor,
  options: { readonly request: LoadRequest; readonly schema: SchemaContext },
): readonly string[] {
  refuseIfLockedByOther(database, editor);
  const { request, schema } = options;
  const { commands, errors } =
    request.format === "set" ? parseSetLines(request.text) : parseBraces(request.text);
  const replaces = request.action === "override" || request.action === "update";
  const base = replaces ? emptyTree() : cloneTree(candidateOf(database, editor));
  const unknown = commands.flatMap((command) => {
    const word = command.verb === "delete" ? undefined : unknownWord(command.path, schema);
    return word === undefined ? [] : [{ command, word }];
  });
  const known = commands.filter((command) => !unknown.some((entry) => entry.command === command));
  const warnings: string[] = [];
  const failures = [
    ...errors.map((error) => ({ message: "syntax error", badElement: error.badElement })),
    ...unknown.map((entry) => ({ message: "syntax error", badElement: entry.word })),
  ];
  for (const command of known) {
    const complaint = perform(base, command);
    if (complaint === undefined) continue;
    if (command.verb === "insert") failures.push({ message: complaint, badElement: command.sibling });
    else warnings.push(complaint);
  }
  setCandidate(database, editor, base);
  if (replaces && editor.privateCopy !== undefined) editor.privateCopy.replacesAll = true;
  editor.privateCopy?.commands.push(...known);
  if (failures.length > 0) throw new RpcFailure(failures, "load-configuration-results");
  return warnings;
}

/** Puts an older configuration (0 = the committed one) or the rescue configuration into the candidate. */
export function loadStored(database: ConfigDatabase, editor: Editor, which: number | "rescue"): void {
  refuseIfLockedByOther(database, editor);
  const tree = which === "rescue" ? database.rescue : database.history[which]?.tree;
  if (tree === undefined) {
    throw refuse(
      which === "rescue"
        ? "rescue configuration is not set"
        : `could not open configuration database: rollback ${which}`,
    );
  }
  if (editor.privateCopy !== undefined) editor.privateCopy.replacesAll = true;
  setCandidate(database, editor, which === 0 ? undefined : cloneTree(tree));
}

/** The configuration that a commit would make the running one. */
export function commitTarget(database: ConfigDatabase, editor: Editor): ConfigTree {
  refuseIfLockedByOther(database, editor);
  const own = editor.privateCopy;
  if (own === undefined) return database.candidate ?? database.committed;
  if (own.replacesAll) return own.tree;
  const merged = cloneTree(database.committed);
  for (const command of own.commands) perform(merged, command);
  return merged;
}

/** Throws `RpcFailure` with every error that the check finds. */
export function checkTree(tree: ConfigTree): void {
  const errors = checkConfiguration(tree);
  if (errors.length > 0) {
    throw new RpcFailure([...errors, { message: "configuration check-out failed" }]);
  }
}

/** Makes the tree the running configuration and writes it into the history. */
export function storeCommit(database: ConfigDatabase, record: CommitRecord): void {
  database.committed = record.tree;
  database.history.unshift(record);
  database.history.length = Math.min(database.history.length, MAX_HISTORY);
}

function setCandidate(database: ConfigDatabase, editor: Editor, tree: ConfigTree | undefined): void {
  if (editor.privateCopy !== undefined) editor.privateCopy.tree = tree ?? cloneTree(database.committed);
  else database.candidate = tree;
}

function refuseIfLockedByOther(database: ConfigDatabase, editor: Editor): void {
  if (database.lockedBy !== undefined && database.lockedBy !== editor.sessionId) {
    throw refuse(`configuration database locked by: session ${database.lockedBy}`);
  }
}

/** Does one command. Returns what is wrong with it, if something is. */
function perform(tree: ConfigTree, command: ConfigCommand): string | undefined {
  switch (command.verb) {
    case "set":
      setPath(tree, command.path);
      return undefined;
    case "delete":
      return deletePath(tree, command.path) ? undefined : "statement not found";
    case "activate":
    case "deactivate":
      return setInactive(tree, command.path, command.verb === "deactivate")
        ? undefined
        : "statement not found";
    case "insert":
      return moveNextTo(tree, command.path, { sibling: command.sibling, where: command.where })
        ? undefined
        : "statement not found";
  }
}
