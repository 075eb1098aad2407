/** Where a device is reached that LLDP only gives a name of: a file like /etc/hosts, else the name itself. */
import { CliError } from "../../cliError.ts";
import type { YamlFile } from "../../manifests/yamlFiles.ts";

/** `host`, `host:port` or `[v6]:port`, for a system name. */
export type AddressBook = (systemName: string) => string;

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
  return (systemName) => {
    const name = systemName.toLowerCase();
    const known = addresses.get(name) ?? addresses.get(name.split(".", 1)[0] ?? name);
    if (known !== undefined) return known;
    return domain === undefined || name.includes(".") ? systemName : `${systemName}.${domain}`;
  };
}
