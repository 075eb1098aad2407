/** What ssh2, the socket and name resolution report, in our closed list of codes. */
import { NetconfError, type NetconfErrorCode } from "./errors.ts";

const SOCKET_CODES: ReadonlyMap<string, NetconfErrorCode> = new Map([
  ["ECONNREFUSED", "ConnectionRefused"],
  ["ETIMEDOUT", "ConnectTimeout"],
  ["EHOSTUNREACH", "HostUnreachable"],
  ["ENETUNREACH", "HostUnreachable"],
  ["ENOTFOUND", "HostUnreachable"],
  ["EAI_AGAIN", "HostUnreachable"],
  ["EADDRNOTAVAIL", "HostUnreachable"],
]);

/** SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE, RFC 4253 §11.1. */
const NO_MORE_AUTH_METHODS = 14;

/**
 * Turns an error of the SSH layer into a `NetconfError`. `target` is `host:port`; whatever goes wrong once
 * logged in is a lost connection.
 */
export function classifySshError(
  error: Error,
  { target, isLoggedIn }: { readonly target: string; readonly isLoggedIn: boolean },
): NetconfError {
  const code = isLoggedIn ? "ConnectionLost" : codeFor(error);
  // A failure on several addresses at once comes without a message of its own; one on a single address names it again.
  const detail =
    error.message === "" ? JSON.stringify(systemCode(error)) : error.message.replace(` ${target}`, "");
  return new NetconfError(code, `${target}: ${detail}`, { cause: error });
}

function codeFor(error: Error): NetconfErrorCode {
  const code = systemCode(error);
  if (code === NO_MORE_AUTH_METHODS) return "AuthenticationFailed";
  const known = typeof code === "string" ? SOCKET_CODES.get(code) : undefined;
  if (known !== undefined) return known;
  if (/no matching|unsupported algorithm/i.test(error.message)) return "AlgorithmMismatch";
  switch ("level" in error ? error.level : undefined) {
    case "client-authentication":
      return "AuthenticationFailed";
    case "client-dns":
      return "HostUnreachable";
    case "client-timeout":
      return "ConnectTimeout";
    default:
      return "ConnectionLost";
  }
}

function systemCode(error: Error): unknown {
  return "code" in error ? error.code : undefined;
}
