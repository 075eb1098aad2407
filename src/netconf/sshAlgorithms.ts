/**
 * What we offer in an SSH handshake. The defaults suit Junos 18.4 and later; what older or hardened devices
 * need is weak by now, and only offered where an operator asks for it, device by device.
 */
import type { Algorithms, ServerHostKeyAlgorithm } from "ssh2";

import { NetconfError } from "./errors.ts";

/** What may be offered beside the defaults; weaker than them, all of it. */
const EXTRA = {
  kex: ["diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"],
  cipher: ["aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc"],
  hmac: ["hmac-sha2-256-96", "hmac-sha2-512-96", "hmac-sha1-96", "hmac-md5", "hmac-md5-96"],
  serverHostKey: ["ssh-dss"],
} as const;

const DEFAULT_SERVER_HOST_KEYS: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
];

/** Names of algorithms to offer beside the defaults. */
export interface ExtraAlgorithms {
  readonly kex?: readonly string[];
  readonly cipher?: readonly string[];
  readonly hmac?: readonly string[];
  readonly serverHostKey?: readonly string[];
}

/**
 * The offer for a device of which these types of host keys are known; they come first, so that a device with
 * several keys presents one we can check. Throws `NetconfError` `AlgorithmMismatch` for an unknown name.
 */
export function offeredAlgorithms(extra: ExtraAlgorithms, knownKeyTypes: readonly string[]): Algorithms {
  const isKnown = (algorithm: string): boolean => knownKeyTypes.includes(keyTypeOf(algorithm));
  const hostKeys = [...DEFAULT_SERVER_HOST_KEYS, ...picked("serverHostKey", extra.serverHostKey)];
  return {
    kex: appended(picked("kex", extra.kex)),
    cipher: appended(picked("cipher", extra.cipher)),
    hmac: appended(picked("hmac", extra.hmac)),
    serverHostKey: [...hostKeys.filter(isKnown), ...hostKeys.filter((algorithm) => !isKnown(algorithm))],
  };
}

/** RFC 8332: an ssh-rsa key also signs with SHA-2. */
function keyTypeOf(algorithm: string): string {
  return algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm;
}

function appended<Name>(names: Name[]): Record<"append" | "prepend" | "remove", Name[]> {
  return { append: names, prepend: [], remove: [] };
}

function picked<Kind extends keyof typeof EXTRA>(
  kind: Kind,
  names: readonly string[] = [],
): (typeof EXTRA)[Kind][number][] {
  const allowed: readonly (typeof EXTRA)[Kind][number][] = EXTRA[kind];
  return names.map((name) => {
    const found = allowed.find((algorithm) => algorithm === name);
    if (found !== undefined) return found;
    throw new NetconfError(
      "AlgorithmMismatch",
      `algorithms.${kind}: ${JSON.stringify(name)} is none of ${allowed.join(", ")}`,
    );
  });
}
