/**
 * The configuration: reading it, and changing it through the shared candidate under a lock. The private copy is
 * not used: a commit that undoes itself (`commit confirmed`) is impossible on it.
 */
import { descendants, element, type XmlNode } from "../netconf/xmlNode.ts";
import { allTextOf, firstOf, numberOf, textOf, timeOf } from "./reply.ts";
import { JunosError } from "./replyErrors.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** A commit on a large configuration takes minutes. */
const COMMIT_TIMEOUT_SECONDS = 600;

export interface CommitOptions extends CallOptions {
  /** Only check; nothing changes. */
  readonly check?: boolean;
  /** The device rolls back by itself unless a commit without this follows within so many minutes. */
  readonly confirmedMinutes?: number;
  /** Written into the commit history. */
  readonly log?: string;
  /** On both routing engines. */
  readonly synchronize?: boolean;
}

/** One entry of the commit history; 0 is the running configuration. */
export interface CommitRecord {
  readonly sequence: number;
  /** In milliseconds since 1970. */
  readonly committedAt: number | undefined;
  readonly user: string | undefined;
  /** `cli`, `netconf`, `other`. */
  readonly client: string | undefined;
  readonly log: string | undefined;
  /** The device takes it back by itself unless it is confirmed; a mere check would confirm it. */
  readonly unconfirmed: boolean;
}

/**
 * Locks the shared candidate. Throws `JunosError` `LockHeld` (with who holds it) or `CandidateModified` when
 * somebody's changes lie in the candidate; both mean: hands off.
 */
export async function lockConfiguration(caller: RpcCaller, options?: CallOptions): Promise<void> {
  await ask(caller, element("lock-configuration"), options);
}

/** Releases the lock; the candidate's changes should be committed or discarded before. */
export async function unlockConfiguration(caller: RpcCaller, options?: CallOptions): Promise<void> {
  await ask(caller, element("unlock-configuration"), options);
}

/**
 * Loads `set`, `delete`, `insert` commands into the candidate. Throws `JunosError` `ConfigurationRefused` when the
 * device does not take one of them; the candidate may then hold the others: discard it.
 */
export async function loadSetCommands(
  caller: RpcCaller,
  commands: readonly string[],
  options?: CallOptions,
): Promise<void> {
  const rpc = element("load-configuration", [element("configuration-set", commands.join("\n"))], {
    action: "set",
    format: "text",
  });
  await ask(caller, rpc, { timeoutSeconds: COMMIT_TIMEOUT_SECONDS, ...options });
}

/** The candidate becomes the running configuration again (`rollback 0`). */
export async function discardCandidate(caller: RpcCaller, options?: CallOptions): Promise<void> {
  await ask(caller, element("load-configuration", [], { rollback: "0" }), options);
}

/** Builds the commit request. The confirm timeout is in minutes here, unlike in RFC 6241. */
export function commitRequest(options: Omit<CommitOptions, keyof CallOptions> = {}): XmlNode {
  const { check, confirmedMinutes, log, synchronize } = options;
  return element("commit-configuration", [
    ...(check === true ? [element("check")] : []),
    ...(confirmedMinutes === undefined
      ? []
      : [element("confirmed"), element("confirm-timeout", String(confirmedMinutes))]),
    ...(synchronize === true ? [element("synchronize")] : []),
    ...(log === undefined || check === true ? [] : [element("log", log)]),
  ]);
}

/**
 * Commits the candidate. Throws `JunosError` `ConfigurationRefused` with the device's words. A lost reply leaves
 * open whether it was committed: read the configuration.
 */
export async function commitConfiguration(caller: RpcCaller, options: CommitOptions = {}): Promise<void> {
  const { check, confirmedMinutes, log, synchronize, ...callOptions } = options;
  const rpc = commitRequest({
    ...(check === undefined ? {} : { check }),
    ...(confirmedMinutes === undefined ? {} : { confirmedMinutes }),
    ...(log === undefined ? {} : { log }),
    ...(synchronize === undefined ? {} : { synchronize }),
  });
  try {
    await ask(caller, rpc, { timeoutSeconds: COMMIT_TIMEOUT_SECONDS, ...callOptions });
  } catch (error) {
    // The messages of a failed commit are about the configuration and have no form of their own.
    if (error instanceof JunosError && error.code === "RpcFailed") {
      throw new JunosError({ code: "ConfigurationRefused", message: error.message }, { cause: error });
    }
    throw error;
  }
}

/** The candidate's difference to the running configuration, in Junos's patch format; empty when there is none. */
export async function readCandidateDiff(caller: RpcCaller, options?: CallOptions): Promise<string> {
  const rpc = element("get-configuration", [], { compare: "rollback", rollback: "0", format: "text" });
  return parseConfigurationText(await ask(caller, rpc, options));
}

/**
 * The committed configuration as `set` lines in the device's order, each to the letter. With `inherit` what
 * groups add is written where it takes effect; without it groups stay groups.
 */
export async function readCommittedSet(
  caller: RpcCaller,
  options: CallOptions & { inherit?: boolean } = {},
): Promise<readonly string[]> {
  const { inherit, ...callOptions } = options;
  const reply = await ask(caller, committedRequest("set", inherit === true), callOptions);
  return parseConfigurationText(reply)
    .split("\n")
    .filter((line) => line !== "");
}

/** The candidate as `set` lines, as it would be committed. */
export async function readCandidateSet(caller: RpcCaller, options?: CallOptions): Promise<readonly string[]> {
  const rpc = element("get-configuration", [], { database: "candidate", format: "set" });
  return parseConfigurationText(await ask(caller, rpc, options))
    .split("\n")
    .filter((line) => line !== "");
}

/** The committed configuration in curly braces, to the letter apart from outer newlines. For backups. */
export async function readCommittedText(caller: RpcCaller, options?: CallOptions): Promise<string> {
  return parseConfigurationText(await ask(caller, committedRequest("text", false), options));
}

/** `get-configuration` of the committed configuration in a text format. */
export function committedRequest(format: "set" | "text", inherit: boolean): XmlNode {
  return element("get-configuration", [], {
    database: "committed",
    format,
    ...(inherit ? { inherit: "inherit" } : {}),
  });
}

/** The text in a reply to `get-configuration`: of the `set` format, the curly one, or a comparison. */
export function parseConfigurationText(reply: XmlNode): string {
  const holders = ["configuration-set", "configuration-text", "configuration-output", "output"];
  for (const name of holders) {
    const node = firstOf(reply, name);
    if (node !== undefined) return node.text;
  }
  if (firstOf(reply, "configuration-information") !== undefined) return "";
  throw new JunosError({ code: "ReplyUnexpected", message: "the reply holds no configuration text" });
}

/**
 * The configuration's text without the comment about its last change, for comparisons: the device rewrites
 * that line on every commit.
 */
export function withoutChangeComment(text: string): string {
  return text.replace(/^## Last (?:changed|commit):.*\n?/, "");
}

/** Reads the commit history, the newest first. */
export async function readCommitHistory(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<readonly CommitRecord[]> {
  return parseCommitHistory(await ask(caller, element("get-commit-information"), options));
}

/** Reads the reply of `get-commit-information`. The log stands in `log` or in `comment`. */
export function parseCommitHistory(reply: XmlNode): readonly CommitRecord[] {
  return [...descendants(reply, "commit-history")].map((node) => ({
    sequence: numberOf(node, "sequence-number") ?? 0,
    committedAt: timeOf(node, "date-time"),
    user: textOf(node, "user"),
    client: textOf(node, "client"),
    log: textOf(node, "log") ?? textOf(node, "comment"),
    unconfirmed: /commit confirmed, rollback in/i.test(allTextOf(node)),
  }));
}
