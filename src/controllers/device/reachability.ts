/** What a failure to talk to a device means in the catalogue of reasons. */
import { explain, type Explained, type Reason } from "../../api/reasons.ts";
import { NetconfError, type NetconfErrorCode } from "../../netconf/errors.ts";
import { explainJunos } from "../../drivers/changeConfiguration.ts";
import { JunosError } from "../../junos/replyErrors.ts";
import { RpcError } from "../../netconf/rpcError.ts";

const REASON_OF: Readonly<Record<NetconfErrorCode, Reason>> = {
  AuthenticationFailed: "AuthenticationFailed",
  CredentialsInvalid: "CredentialsMissing",
  HostKeyUnknown: "HostKeyUnknown",
  HostKeyChanged: "HostKeyChanged",
  HostKeyRevoked: "HostKeyChanged",
  KnownHostsInvalid: "CredentialsMissing",
  ConnectionRefused: "Unreachable",
  HostUnreachable: "Unreachable",
  ConnectTimeout: "Unreachable",
  AlgorithmMismatch: "Unreachable",
  ConnectionLost: "ConnectionLost",
  SubsystemRefused: "SubsystemRefused",
  HelloMissing: "HelloMissing",
  HelloInvalid: "ReplyMalformed",
  ReplyTooLarge: "ReplyTooLarge",
  ReplyMalformed: "ReplyMalformed",
  ReplyTimeout: "ReplyTimeout",
  Aborted: "ConnectionLost",
  SessionClosed: "ConnectionLost",
};

/** Explains a transport's failure; undefined for errors that are none. */
export function explainTransport(error: unknown): Explained | undefined {
  return error instanceof NetconfError ? explain(REASON_OF[error.code], error.message) : undefined;
}

/** Explains a refusal by the device; undefined for errors that are none. */
export function explainRpc(error: unknown): Explained | undefined {
  if (error instanceof JunosError) return explainJunos(error);
  if (!(error instanceof RpcError)) return undefined;
  const denied = error.errors.some(({ message }) => /permission denied/i.test(message));
  return explain(denied ? "PermissionDenied" : "RpcFailed", error.message);
}
