/**
 * What a device refuses, as a closed list. Junos says it in three ways (an `rpc-error`, an `xnm:error`, plain
 * text in `<output>`), and the same refusal in different words from release to release; here it gets one name.
 */
import type { RpcError, RpcErrorItem } from "../netconf/rpcError.ts";

const HINTS = {
  NotRunning: "the device is booting, or this is its backup routing engine: look again later",
  PermissionDenied: "give the login class of the user the permissions the documentation lists",
  UnknownRpc: "this model or release does not know the request",
  NotMaster: "connect to the master routing engine",
  EngineUnreachable: "look at the other routing engine on its console",
  NotACluster: "the device is no chassis cluster",
  LockHeld: "ask the holder to leave configuration mode, or request system logout its session",
  CandidateModified: "commit or roll back the changes that are in the candidate configuration",
  NotLocked: "lock the configuration first",
  ConfirmedNotAllowed: "commit confirmed works on the shared candidate only",
  FileNotFound: "check the path on the device",
  DiskFull: "request system storage cleanup",
  InstallPending: "reboot the device, or request system software rollback",
  ConfigurationRefused: "read the message: the device does not take this configuration",
  ReplyUnexpected: "keep the reply and report it",
  RpcFailed: "read the message of the device",
} as const satisfies Record<string, string>;

/** The closed list of refusals. */
export type JunosErrorCode = keyof typeof HINTS;

/** A refusal: its code, the device's words, and who holds the lock if that is what stands in the way. */
export interface ReplyProblem {
  readonly code: JunosErrorCode;
  readonly message: string;
  /** With `LockHeld`: user and process as the device names them. */
  readonly by?: string;
}

/** A request that the device answered with a refusal, or with a reply that cannot be read. */
export class JunosError extends Error {
  override readonly name = "JunosError";
  readonly code: JunosErrorCode;
  /** What to do about it, in one sentence. */
  readonly hint: string;
  /** With `LockHeld`: who holds it. */
  readonly by: string | undefined;
  /** The name of the request, if one was sent. */
  readonly rpc: string | undefined;

  constructor(problem: ReplyProblem, options: { rpc?: string; cause?: unknown } = {}) {
    const message = options.rpc === undefined ? problem.message : `${options.rpc}: ${problem.message}`;
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = problem.code;
    this.hint = HINTS[problem.code];
    this.by = problem.by;
    this.rpc = options.rpc;
  }
}

/** Whether the thrown thing is a refusal with one of these codes. */
export function isJunosError(thrown: unknown, ...codes: readonly JunosErrorCode[]): thrown is JunosError {
  return thrown instanceof JunosError && (codes.length === 0 || codes.includes(thrown.code));
}

interface Pattern {
  readonly code: JunosErrorCode;
  readonly pattern: RegExp;
}

/** Words of refusals that come in errors; the first match names the problem. */
const ERROR_TEXTS: readonly Pattern[] = [
  { code: "LockHeld", pattern: /configuration database locked by|lock(?:ed)? .*\bheld by|lock-denied/i },
  { code: "CandidateModified", pattern: /configuration database modified/i },
  {
    code: "NotLocked",
    pattern: /configuration database is not (?:open|locked)|not locked the configuration/i,
  },
  {
    code: "ConfirmedNotAllowed",
    pattern: /commit confirmed.*(?:private|not (?:allowed|supported))|confirmed.*private/i,
  },
  { code: "EngineUnreachable", pattern: /could not connect to/i },
  { code: "NotACluster", pattern: /chassis cluster is not enabled|not (?:in|a) (?:chassis )?cluster/i },
  {
    code: "NotRunning",
    pattern: /subsystem (?:is )?not running|is not running|not ready/i,
  },
  { code: "NotMaster", pattern: /only be used on the master|not (?:the )?master/i },
  { code: "PermissionDenied", pattern: /permission denied|access denied|not authorized/i },
  { code: "FileNotFound", pattern: /no such file or directory|could not resolve file|file does not exist/i },
  { code: "DiskFull", pattern: /no space left on device|file ?system full|not enough space/i },
  {
    code: "InstallPending",
    pattern: /already an install pending|there is pending upgrade|reboot is pending/i,
  },
];

/** Requests whose syntax errors speak of the configuration, not of the request. */
const CONFIGURATION_RESULTS = new Set(["load-configuration-results", "commit-results"]);

/** Names the refusal in an RPC's error; of several errors the first that says something counts. */
export function problemOfRpcError(error: RpcError): ReplyProblem {
  const failures = error.errors.filter((item) => item.severity === "error");
  const known = failures
    .map((item) => problemOfItem(item))
    .find((problem) => problem !== null && problem.code !== "RpcFailed");
  if (known !== undefined && known !== null) {
    const aboutConfiguration =
      known.code === "UnknownRpc" &&
      error.reply.children.some((child) => CONFIGURATION_RESULTS.has(child.name));
    return aboutConfiguration ? { code: "ConfigurationRefused", message: error.message } : known;
  }
  const aboutConfiguration = error.reply.children.some((child) => CONFIGURATION_RESULTS.has(child.name));
  return { code: aboutConfiguration ? "ConfigurationRefused" : "RpcFailed", message: error.message };
}

function problemOfItem(item: RpcErrorItem): ReplyProblem | null {
  const known = ERROR_TEXTS.find(({ pattern }) => pattern.test(item.message) || pattern.test(item.tag));
  if (known?.code === "LockHeld") return { ...lockHeld(item.message) };
  if (known !== undefined) return { code: known.code, message: item.message };
  // A request that the device does not know is a syntax error at the request's own name.
  if (/^(?:error: )?syntax error/i.test(item.message)) {
    const at = item.badElement === undefined ? "" : ` (${item.badElement})`;
    return { code: "UnknownRpc", message: `${item.message}${at}` };
  }
  return item.message === "" ? null : { code: "RpcFailed", message: item.message };
}

/** The lines after "configuration database locked by:" name user, terminal and process. */
function lockHeld(message: string): ReplyProblem {
  const holder = /locked by:?\s*(?<who>[^\n]+)/i.exec(message)?.groups?.["who"];
  const by = holder?.replaceAll(/\s+/g, " ").trim();
  return { code: "LockHeld", message, ...(by === undefined || by === "" ? {} : { by }) };
}

/** Refusals that come as text in `<output>` of a reply without an error. Null for any other text. */
export function problemOfReplyText(text: string): ReplyProblem | null {
  if (/only be used on the master/i.test(text)) return { code: "NotMaster", message: text };
  return null;
}
