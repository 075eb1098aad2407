/** Where a device is reached that LLDP only gives a name of: a file like /etc/hosts, else the name itself. */
import { CliError } from "../../cliError.ts";
import type { YamlFile } from "../../manifests/yamlFiles.ts";

/** Addresses as `host`, `host:port` or `[v6]:port`. */
export interface AddressBook {
  /** Of a system name; where the file does not have it, what can be made of the name. */
  addressOf(systemName: string): string;
  /** What the file has; undefined where it has nothing. */
  listed(name: string): string | undefined;
}

/**
 * Reads lines of an address and names, as /etc/hosts has them; an address may have a port. Names are compared
 * without regard to capitals, and without their domain where the whole name is not listed. Throws `CliError`.
 */
export function addressBook(file: YamlFile | undefined, domain: string | undefined): AddressBook {
  const addresses = new Map<string, string>();
  const problems: string[] = [];
  for (const [index, raw] of (file?.text ?? "").split(/\r?\n/).entries()) {
    const [address, ...names] = raw.replace(/#.*$/, "").trim().split(/\s+/);
    if (address === undefined || address === "") continue;
    const place = `${file?.name ?? ""}:${String(index + 1)}`;
    if (names.length === 0) problems.push(`${place}: ${address}: found no name; write ADDRESS NAME`);
    for (const name of names) {
      const known = addresses.get(name.toLowerCase());
      if (known !== undefined && known !== address) {
        problems.push(`${place}: ${name}: has the address ${known} already`);
      }
      addresses.set(name.toLowerCase(), address);
    }
  }
  if (problems.length > 0) throw new CliError("BadInput", problems);
  const listed = (name: string): string | undefined => {
    const known = name.toLowerCase();
    return addresses.get(known) ?? addresses.get(known.split(".", 1)[0] ?? known);
  };
  return {
    listed,
    addressOf: (systemName) =>
      listed(systemName) ??
      (domain === undefined || systemName.includes(".") ? systemName : `${systemName}.${domain}`),
  };
}
