/**
 * Everything that can go wrong between us and a device below the level of an RPC's own answer: one error
 * class, a closed list of codes, and per code a hint and what kind of trouble it is. What a device answers
 * to an RPC is an `RpcError` (rpcError.ts). No message, hint or cause ever holds a credential.
 */

/**
 * Who can mend it. `retryable`: a later attempt may succeed as it is. `operatorAction`: a person must change
 * something on the device or in the objects (while a device boots, these may show for a moment, too: its
 * AAA servers or NETCONF service are not up yet). `bug`: the device or we broke the protocol.
 */
export type RetryClass = "retryable" | "operatorAction" | "bug";

interface CodeFacts {
  readonly retry: RetryClass;
  readonly hint: string;
}

const CODES = {
  AuthenticationFailed: {
    retry: "operatorAction",
    hint: "check username, password or key in the Secret, the user's login class on the device, and whether its RADIUS or TACACS+ server answers",
  },
  CredentialsInvalid: {
    retry: "operatorAction",
    hint: "give a password or an OpenSSH or PEM private key in the Secret, and the passphrase if the key is encrypted",
  },
  HostKeyUnknown: {
    retry: "operatorAction",
    hint: "compare the fingerprint on the device's console, then add the key to the ConfigMap of known hosts",
  },
  HostKeyChanged: {
    retry: "operatorAction",
    hint: "find out why the key changed (other routing engine, reinstallation, somebody in between), compare the fingerprint on the console, then correct the ConfigMap of known hosts",
  },
  HostKeyRevoked: {
    retry: "operatorAction",
    hint: "the key is marked @revoked in the ConfigMap of known hosts; give the device a new host key",
  },
  KnownHostsInvalid: {
    retry: "operatorAction",
    hint: "write known_hosts as OpenSSH does: one `host keytype base64key` a line",
  },
  ConnectionRefused: {
    retry: "retryable",
    hint: "nothing listens there: set system services netconf ssh on the device, and check address and port",
  },
  HostUnreachable: {
    retry: "retryable",
    hint: "check the address, name resolution and the route to the device's management interface",
  },
  ConnectTimeout: {
    retry: "retryable",
    hint: "no SSH handshake in time: check firewall filters between here and the device, and its load",
  },
  AlgorithmMismatch: {
    retry: "operatorAction",
    hint: "client and device share no algorithm: add the device's to the connection's algorithms, or relax system services ssh on the device",
  },
  ConnectionLost: {
    retry: "retryable",
    hint: "the link broke: connect again and read the device's state before repeating anything",
  },
  SubsystemRefused: {
    retry: "operatorAction",
    hint: "set system services netconf ssh on the device, and check its connection-limit",
  },
  HelloMissing: {
    retry: "retryable",
    hint: "SSH works but no NETCONF hello came: the device may still be booting, or its management daemon is overloaded",
  },
  HelloInvalid: {
    retry: "operatorAction",
    hint: "the peer does not speak NETCONF base:1.0: check address and port, and remove rfc-compliant version-1.1-only settings",
  },
  ReplyTooLarge: { retry: "bug", hint: "ask for less: a terse form, one interface, one instance" },
  ReplyMalformed: { retry: "bug", hint: "keep the reply and report it; the session was closed" },
  ReplyTimeout: {
    retry: "retryable",
    hint: "the device may still be working on it: connect again and read its state before repeating anything",
  },
  Aborted: {
    retry: "retryable",
    hint: "the caller gave up; read the device's state before repeating anything",
  },
  SessionClosed: { retry: "retryable", hint: "open a new session" },
} as const satisfies Record<string, CodeFacts>;

/** The closed list of codes; they appear unchanged in conditions, events and metrics. */
export type NetconfErrorCode = keyof typeof CODES;

/** Whether trying again may help, per code. */
export function retryClass(code: NetconfErrorCode): RetryClass {
  return CODES[code].retry;
}

/** A failure of transport, session or framing. */
export class NetconfError extends Error {
  override readonly name = "NetconfError";
  readonly code: NetconfErrorCode;
  /** What to do about it, in one sentence. */
  readonly hint: string;

  constructor(code: NetconfErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? CODES[code].hint;
  }

  /** Whether trying again may help. */
  get retry(): RetryClass {
    return retryClass(this.code);
  }
}

/** The text of anything thrown, for a message. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
