/** The software packages on a device (`show version`), for what is kept of it before an upgrade. */
import { element, type XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, expectElement, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

export interface SoftwarePackage {
  readonly engineName: string | null;
  /** `junos-runtime`, `jinsight`. */
  readonly name: string;
  /** As the device writes it, the release in brackets: `JUNOS jinsight [23.4R2-S3.9]`. */
  readonly comment: string;
}

/** Reads which packages are installed, of every routing engine (`show version`). Throws `JunosError` `ReplyUnexpected`. */
export async function readPackages(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<readonly SoftwarePackage[]> {
  const reply = await ask(caller, element("get-software-information"), options);
  return parsePackages(expectElement(reply, "software-information", "version-information"));
}

/** Some devices list none. */
export function parsePackages(reply: XmlNode): readonly SoftwarePackage[] {
  return enginePartsOf(reply, "package-information").map(({ engineName, node }) => ({
    engineName,
    name: textOf(node, "name") ?? "",
    comment: textOf(node, "comment") ?? "",
  }));
}
