/**
 * The known_hosts file of OpenSSH (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). A host may have several keys: a
 * management address moves to the other routing engine, which has its own. Nothing is ever added by itself.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

import { NetconfError } from "./errors.ts";

/** What is known of a key: `Changed` means that other keys are known for this host, but not this one. */
export type HostKeyVerdict = "Match" | "Unknown" | "Changed" | "Revoked";

/** The keys of all known hosts. */
export interface KnownHosts {
  /** Judges the key a host presents. `keyBlob` is the public key as SSH sends it (RFC 4253 §6.6). */
  check(host: string, port: number, keyBlob: Buffer): HostKeyVerdict;
  /** The types of the keys known for a host (`ssh-ed25519`, …), in the file's order. */
  keyTypes(host: string, port: number): string[];
}

interface Entry {
  readonly revoked: boolean;
  readonly matches: (name: string) => boolean;
  readonly keyBlob: Buffer;
}

const SSH_PORT = 22;

/**
 * Reads the text of a known_hosts file. Throws `NetconfError` `KnownHostsInvalid`, naming the line, for a line
 * that cannot be read and for @cert-authority, which is not supported: ignoring either would make a known
 * host unknown.
 */
export function parseKnownHosts(text: string): KnownHosts {
  const entries = text.split(/\r?\n/).flatMap((line, index) => {
    const trimmed = line.trim();
    return trimmed === "" || trimmed.startsWith("#") ? [] : [parseLine(trimmed, index + 1)];
  });
  return {
    check: (host, port, keyBlob) => {
      const isKey = (entry: Entry): boolean => entry.keyBlob.equals(keyBlob);
      const known = entriesOf(entries, host, port);
      if (known.some((entry) => entry.revoked && isKey(entry))) return "Revoked";
      const trusted = known.filter((entry) => !entry.revoked);
      if (trusted.some(isKey)) return "Match";
      return trusted.length === 0 ? "Unknown" : "Changed";
    },
    keyTypes: (host, port) => [
      ...new Set(
        entriesOf(entries, host, port)
          .filter((entry) => !entry.revoked)
          .map((entry) => keyType(entry.keyBlob)),
      ),
    ],
  };
}

/** The line that makes a host known. */
export function formatKnownHost(host: string, port: number, keyBlob: Buffer): string {
  return `${nameOf(host, port)} ${keyType(keyBlob)} ${keyBlob.toString("base64")}`;
}

/** `SHA256:…` as OpenSSH and `show system ssh host-keys` print it. */
export function fingerprint(keyBlob: Buffer): string {
  return `SHA256:${createHash("sha256").update(keyBlob).digest("base64").replace(/=+$/, "")}`;
}

/** The type that a public key says it is; empty when the blob is none. */
export function keyType(keyBlob: Buffer): string {
  const sizeBytes = keyBlob.length < 4 ? 0 : keyBlob.readUInt32BE(0);
  return keyBlob.subarray(4, 4 + sizeBytes).toString("latin1");
}

/** As ssh(1) does: a line without a port stands for the host's every port, a line with one for that port. */
function entriesOf(entries: readonly Entry[], host: string, port: number): Entry[] {
  const names = [nameOf(host, SSH_PORT), nameOf(host, port), `[${host.toLowerCase()}]:${port}`];
  return entries.filter((entry) => names.some(entry.matches));
}

function nameOf(host: string, port: number): string {
  return port === SSH_PORT ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function parseLine(line: string, lineNumber: number): Entry {
  const invalid = (why: string): NetconfError =>
    new NetconfError("KnownHostsInvalid", `known_hosts line ${lineNumber}: ${why}`);
  const fields = line.split(/\s+/);
  const marker = fields[0]?.startsWith("@") === true ? fields.shift() : undefined;
  if (marker === "@cert-authority")
    throw invalid("@cert-authority is not supported; list the host's own keys");
  if (marker !== undefined && marker !== "@revoked") throw invalid(`unknown marker ${marker}`);
  const [hosts, type, base64] = fields;
  if (hosts === undefined || type === undefined || base64 === undefined) {
    throw invalid("expected `host keytype base64key`");
  }
  const keyBlob = Buffer.from(base64, "base64");
  if (keyType(keyBlob) !== type) throw invalid(`the key is not a whole ${type.slice(0, 40)} key`);
  const matches = hosts.startsWith("|") ? hashedMatcher(hosts) : patternMatcher(hosts);
  if (matches === undefined) throw invalid("expected a hashed host as `|1|salt|hash`");
  return { revoked: marker !== undefined, matches, keyBlob };
}

/** HashKnownHosts: `|1|salt|HMAC-SHA1(salt, name)`. */
function hashedMatcher(hosts: string): ((name: string) => boolean) | undefined {
  const [, saltText, hashText] = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(hosts) ?? [];
  if (saltText === undefined || hashText === undefined) return undefined;
  const salt = Buffer.from(saltText, "base64");
  const hash = Buffer.from(hashText, "base64");
  return (name) => {
    const computed = createHmac("sha1", salt).update(name).digest();
    return computed.length === hash.length && timingSafeEqual(computed, hash);
  };
}

/** Names and patterns with `*` and `?`, separated by commas; one that begins with `!` excludes. */
function patternMatcher(hosts: string): (name: string) => boolean {
  const patterns = hosts
    .toLowerCase()
    .split(",")
    .map((pattern) => ({
      excludes: pattern.startsWith("!"),
      expression: toExpression(pattern.replace(/^!/, "")),
    }));
  return (name) => {
    const hits = patterns.filter(({ expression }) => expression.test(name));
    return hits.length > 0 && !hits.some(({ excludes }) => excludes);
  };
}

function toExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`);
}
