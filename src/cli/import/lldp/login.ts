/** The login and the host keys of a crawl, from files: a mapping of the Secret's keys, or the manifests themselves. */
import { parseDocument } from "yaml";
import { CREDENTIAL_KEYS, KNOWN_HOSTS_KEY } from "../../../api/names.ts";
import { isJsonObject, toJson } from "../../../store/schema/json.ts";
import { CliError } from "../../cliError.ts";
import { parseManifests } from "../../manifests/readManifests.ts";
import { readText } from "../../manifests/yamlFiles.ts";

export interface CrawlLogin {
  /** As a Secret keeps them: base64. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The text of a known_hosts file. */
  readonly knownHosts: string;
}

/**
 * Reads the login file, and the host keys from a file of their own or from a ConfigMap beside the Secret. Throws
 * `CliError` `BadInput`, which never shows what a login holds.
 */
export async function readLogin(loginFile: string, knownHostsFile: string | undefined): Promise<CrawlLogin> {
  const text = await readText(loginFile);
  const isManifest = /^kind:/m.test(text);
  const { credentials, knownHosts } = isManifest
    ? fromManifests(loginFile, text)
    : { credentials: fromMapping(loginFile, text), knownHosts: undefined };
  if (credentials[CREDENTIAL_KEYS.username] === undefined) {
    throw new CliError("BadInput", `${loginFile}: username: found nothing; is required`);
  }
  const keys = knownHostsFile === undefined ? knownHosts : await readText(knownHostsFile);
  if (keys === undefined) {
    throw new CliError(
      "BadInput",
      "the host keys of the devices are needed: name a file with --known-hosts",
      {
        hint: "OpenSSH's known_hosts will do; compare the keys on the console before you put them there",
      },
    );
  }
  return { credentials, knownHosts: keys };
}

function fromManifests(
  file: string,
  text: string,
): { credentials: Record<string, string>; knownHosts: string | undefined } {
  const manifests = parseManifests([{ name: file, text }]).map(({ object }) => object);
  const secrets = manifests.filter((object) => "type" in object && "data" in object);
  const [secret, second] = secrets;
  if (secret === undefined || second !== undefined || !("data" in secret)) {
    const found = secret === undefined ? "no Secret" : "several Secrets";
    throw new CliError("BadInput", `${file}: found ${found}; one with username is needed`);
  }
  const maps = manifests.flatMap((object) =>
    !("type" in object) && "data" in object ? [object.data?.[KNOWN_HOSTS_KEY]] : [],
  );
  return { credentials: { ...secret.data }, knownHosts: maps.find((keys) => keys !== undefined) };
}

const KEYS: ReadonlySet<string> = new Set(Object.values(CREDENTIAL_KEYS));

function fromMapping(file: string, text: string): Record<string, string> {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "silent" });
  const json = document.errors.length > 0 ? null : toJson(document.toJS());
  if (!isJsonObject(json)) {
    throw new CliError("BadInput", `${file}: this is no login`, {
      hint: `write username, and password or ssh-privatekey, as in docs/junos-login.md`,
    });
  }
  const unknown = Object.keys(json).filter((key) => !KEYS.has(key));
  if (unknown.length > 0) {
    throw new CliError(
      "BadInput",
      `${file}: ${unknown.join(", ")}: is unknown; allowed are ${[...KEYS].join(", ")}`,
    );
  }
  const entries = Object.entries(json).map(([key, value]): [string, string] => {
    if (typeof value !== "string" && typeof value !== "number") {
      throw new CliError("BadInput", `${file}: ${key}: must be text`);
    }
    return [key, Buffer.from(String(value)).toString("base64")];
  });
  return Object.fromEntries(entries);
}
