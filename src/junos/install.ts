/**
 * Installing software: whether a package is staged already, the log of installs, and the requests that stage,
 * validate and roll back. For routing engines that are VM hosts see vmhost.ts.
 */
import { readPackageName } from "../release/packageName.ts";
import { element, type XmlNode } from "../netconf/xmlNode.ts";
import { classifyInstallReply, type InstallReply } from "./installReply.ts";
import { allTextOf, firstOf } from "./reply.ts";
import { isJunosError } from "./replyErrors.ts";
import { ask, askLeniently, type CallOptions, type RpcCaller } from "./rpcCaller.ts";
import { parseLocalTime } from "./systemUptime.ts";

/** An install is silent for up to 40 minutes; some platforms take longer. */
export const INSTALL_TIMEOUT_SECONDS = 3600;

/** Whether a package waits for a reboot. `Unknown` on devices that do not know the question. */
export type PendingInstall =
  | { readonly is: "None" }
  | { readonly is: "Pending"; readonly message: string }
  | { readonly is: "Unknown"; readonly message: string };

/** What an entry of the install log tells of its end. */
export type InstallState =
  /** Begun, without an end so far: it runs, or the device was interrupted. */
  | "Running"
  /** A package was staged and waits for a reboot, unless the device has booted since. */
  | "Staged"
  /** It ended well without staging anything (a validation, a rollback). */
  | "Finished"
  | "Failed";

/** The last entry of the device's install log. */
export interface InstallLogEntry {
  readonly state: InstallState;
  readonly action: "Install" | "Rollback" | "Validate" | "Other";
  /** The package as the log names it. */
  readonly packagePath: string | undefined;
  /** The release in the package's name. */
  readonly release: string | undefined;
  /** When it began, in milliseconds since 1970; undefined without the device's offset from UTC. */
  readonly startedAt: number | undefined;
  readonly text: string;
}

export interface PackageAddOptions extends CallOptions {
  /** On the device: `/var/tmp/…`. */
  readonly packagePath: string;
  /** Check the package against the configuration first. */
  readonly validate: boolean;
  /** Delete the package while it is being installed, for small flash disks. */
  readonly unlink?: boolean;
  /** Install the host's software too, even if it is the same (QFX). */
  readonly forceHost?: boolean;
  /** Of a chassis with two. */
  readonly engine?: "re0" | "re1";
}

/** Reads whether an install is pending. The request is not documented; devices may not know it. */
export async function readPendingInstall(caller: RpcCaller, options?: CallOptions): Promise<PendingInstall> {
  try {
    const reply = await ask(caller, element("request-package-checks-pending-install"), options);
    return parsePendingInstall(reply);
  } catch (error) {
    if (isJunosError(error, "InstallPending")) return { is: "Pending", message: error.message };
    if (isJunosError(error, "UnknownRpc", "PermissionDenied", "RpcFailed")) {
      return { is: "Unknown", message: error.message };
    }
    throw error;
  }
}

/** Reads the reply of `request-package-checks-pending-install`. */
export function parsePendingInstall(reply: XmlNode): PendingInstall {
  const { verdict, results, message, output } = classifyInstallReply(reply);
  if (verdict === "Refused") return { is: "Pending", message };
  if (results.length > 0 || output === "") return { is: "None" };
  return { is: "Unknown", message };
}

/** Reads the last entry of the install log (`show log install`); null when it is empty or missing. */
export async function readInstallLog(
  caller: RpcCaller,
  options: CallOptions & { utcOffsetSeconds?: number } = {},
): Promise<InstallLogEntry | null> {
  const { utcOffsetSeconds, ...callOptions } = options;
  const rpc = element("get-log", [element("filename", "install")]);
  try {
    const text = installLogText(await ask(caller, rpc, callOptions));
    return parseInstallLog(text, utcOffsetSeconds === undefined ? {} : { utcOffsetSeconds });
  } catch (error) {
    if (isJunosError(error, "FileNotFound")) return null;
    throw error;
  }
}

/** The text in the reply to `get-log`. Where its blocks come as elements, they are written as the log writes them. */
function installLogText(reply: XmlNode): string {
  const text = allTextOf(reply);
  if (text.includes("<output>") || firstOf(reply, "package-result") === undefined) return text;
  return [...elementsOf(reply)]
    .filter(({ name }) => name === "output" || name === "package-result")
    .map((node) => `<${node.name}>\n${node.text}\n</${node.name}>`)
    .join("\n");
}

function* elementsOf(node: XmlNode): Generator<XmlNode> {
  yield node;
  for (const child of node.children) yield* elementsOf(child);
}

const LOG_HEADER = /^(?<time>\S.*?)\s+mgd\[\d+\]:\s+(?<command>\S*\bpackage\b.*)$/gm;

/**
 * Reads the last entry of the log's text. An entry is a line with time and command, then an `<output>` block as
 * text, then the result. Its times are local: give the device's offset from UTC for `startedAt`.
 */
export function parseInstallLog(
  text: string,
  options: { utcOffsetSeconds?: number } = {},
): InstallLogEntry | null {
  const header = [...text.matchAll(LOG_HEADER)].at(-1);
  const start = Math.max(header?.index ?? -1, header === undefined ? text.lastIndexOf("<output>") : -1);
  const entry = (start === -1 ? text : text.slice(start)).trim();
  if (entry === "") return null;
  const command = header?.groups?.["command"];
  const result = /<package-result>\s*(?<result>-?\d+)\s*<\/package-result>/.exec(entry)?.groups?.["result"];
  const stagedFile = /Staging of (?<path>\S+) completed/.exec(entry)?.groups?.["path"];
  const packagePath = /\S+\.(?:tgz|iso|img)\b/.exec(command ?? "")?.[0] ?? stagedFile;
  const local = parseLocalTime(header?.groups?.["time"] ?? "");
  const { utcOffsetSeconds } = options;
  return {
    state: stateOf(entry, result),
    action: actionOf(command),
    packagePath,
    release: readPackageName(packagePath ?? "")?.release ?? readPackageName(stagedFile ?? "")?.release,
    startedAt:
      local === undefined || utcOffsetSeconds === undefined ? undefined : local - utcOffsetSeconds * 1000,
    text: entry,
  };
}

/**
 * Stages a package to become active at the next reboot. It runs for minutes and goes on when we are gone, and
 * its reply proves nothing: look at what is staged. Never send it twice; a second one is refused or clashes.
 */
export async function requestPackageAdd(
  caller: RpcCaller,
  options: PackageAddOptions,
): Promise<InstallReply> {
  const { packagePath, validate, unlink, forceHost, engine, ...callOptions } = options;
  const rpc = element("request-package-add", [
    element("package-name", packagePath),
    ...(validate ? [] : [element("no-validate")]),
    ...(unlink === true ? [element("unlink")] : []),
    ...(forceHost === true ? [element("force-host")] : []),
    ...(engine === undefined ? [] : [element(engine)]),
  ]);
  return classifyInstallReply(
    await askLeniently(caller, rpc, { timeoutSeconds: INSTALL_TIMEOUT_SECONDS, ...callOptions }),
  );
}

/** Checks a package against the configuration without installing it. A refusal is proof, success is a hint. */
export async function requestPackageValidate(
  caller: RpcCaller,
  packagePath: string,
  options?: CallOptions,
): Promise<InstallReply> {
  const rpc = element("request-package-validate", [element("package-name", packagePath)]);
  return classifyInstallReply(
    await askLeniently(caller, rpc, { timeoutSeconds: INSTALL_TIMEOUT_SECONDS, ...options }),
  );
}

/** Goes back to the release before, or drops a staged package. Its reply proves nothing. */
export async function requestPackageRollback(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<InstallReply> {
  return classifyInstallReply(
    await askLeniently(caller, element("request-package-rollback"), {
      timeoutSeconds: INSTALL_TIMEOUT_SECONDS,
      ...options,
    }),
  );
}

function stateOf(entry: string, result: string | undefined): InstallState {
  if (result === undefined) return "Running";
  if (Number(result) !== 0) return "Failed";
  // A second install over a pending one ends with result 0 and this line.
  if (/there is pending upgrade|already an install pending/i.test(entry)) return "Failed";
  const staged = /Staging of \S+ completed|Host OS upgrade staged|will become active at next reboot/i;
  return staged.test(entry) ? "Staged" : "Finished";
}

function actionOf(command: string | undefined): InstallLogEntry["action"] {
  if (command === undefined) return "Install";
  if (/\brollback\b/.test(command)) return "Rollback";
  if (/\bvalidate\b(?<!no-validate)/.test(command) && !/\b(?:update|add)\b/.test(command)) return "Validate";
  return /\b(?:update|add|install)\b/.test(command) ? "Install" : "Other";
}
