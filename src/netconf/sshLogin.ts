/**
 * Logging in: which methods are tried, and in which order. A method is tried once at most, since devices
 * lock users out after a few failures.
 */
import ssh2, {
  type AnyAuthMethod,
  type AuthHandlerMiddleware,
  type AuthenticationType,
  type KeyboardInteractiveAuthMethod,
} from "ssh2";

import { NetconfError } from "./errors.ts";

/** Who logs in, and by what. */
export interface Credentials {
  readonly username: string;
  readonly password?: string;
  /** OpenSSH or PEM. */
  readonly privateKey?: string | Buffer;
  readonly passphrase?: string;
}

/**
 * A handler for ssh2. `onRefused` is called when no method is left. Throws `NetconfError` `CredentialsInvalid`
 * when there is nothing to log in with, or the key cannot be read.
 */
export function createLogin(
  credentials: Credentials,
  onRefused: (error: NetconfError) => void,
): AuthHandlerMiddleware {
  const methods = readMethods(credentials);
  const tried = new Set<AuthenticationType>();
  return (offered: AuthenticationType[] | null, partialSuccess, next) => {
    // Asking for nothing makes the device say what it offers.
    if (offered === null) {
      next({ type: "none", username: credentials.username });
      return;
    }
    const method = methods.find(({ type }) => {
      // The same password by another way would count as a second failure.
      const isSamePassword = type === "keyboard-interactive" && tried.has("password") && !partialSuccess;
      return offered.includes(type) && !tried.has(type) && !isSamePassword;
    });
    if (method === undefined) {
      onRefused(refused(credentials.username, offered, tried));
      return;
    }
    tried.add(method.type);
    next(method);
  };
}

function readMethods({ username, password, privateKey, passphrase }: Credentials): AnyAuthMethod[] {
  const methods: AnyAuthMethod[] = [];
  if (privateKey !== undefined) {
    methods.push({ type: "publickey", username, key: readKey(privateKey, passphrase) });
  }
  if (password !== undefined) {
    methods.push({ type: "password", username, password }, keyboardInteractive(username, password));
  }
  if (methods.length === 0) {
    throw new NetconfError("CredentialsInvalid", `there is neither a password nor a key for ${username}`);
  }
  return methods;
}

function readKey(privateKey: string | Buffer, passphrase: string | undefined): ssh2.ParsedKey {
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  // A file may hold several keys.
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error || !key.isPrivateKey()) {
    throw new NetconfError(
      "CredentialsInvalid",
      "the private key cannot be read, or its passphrase is wrong",
    );
  }
  return key;
}

/** Answers the first hidden prompt only: a second one is a challenge, or the first answer was wrong. */
function keyboardInteractive(username: string, password: string): KeyboardInteractiveAuthMethod {
  let answered = false;
  return {
    type: "keyboard-interactive",
    username,
    prompt: (_name, _instructions, _language, prompts, finish) => {
      finish(
        prompts.map((prompt) => {
          if (prompt.echo === true) return username;
          if (answered) return "";
          answered = true;
          return password;
        }),
      );
    },
  };
}

function refused(
  username: string,
  offered: readonly AuthenticationType[],
  tried: ReadonlySet<AuthenticationType>,
): NetconfError {
  const attempts = tried.size === 0 ? "nothing" : [...tried].join(", ");
  const message = `the device refused user ${username} (tried ${attempts}; it offers ${offered.join(", ")})`;
  return new NetconfError("AuthenticationFailed", message);
}
