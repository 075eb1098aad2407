/** Text files that management libraries read to learn where they are: `show file`, RPC `file-show`. */
import { element, textAt } from "../../netconf/xmlNode.ts";
import { refuse } from "../rpcFailure.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcTable } from "./rpcHandler.ts";
import { INTERNAL_HOSTS } from "./internalNetwork.ts";
import { banner } from "./shape.ts";

const TEXT_FILES: ReadonlyMap<string, string> = new Map([
  [
    "/etc/hosts.junos",
    INTERNAL_HOSTS.map(({ address, names }) => `${address}\t${names.join(" ")}\n`).join(""),
  ],
  ["/var/etc/resolv.conf", "domain example.net\n"],
]);

export const TEXT_FILE_RPCS: RpcTable = {
  "file-show": reads(({ operation }) => {
    const name = textAt(operation, "filename") ?? "";
    const text = TEXT_FILES.get(name);
    if (text === undefined) throw refuse(`could not resolve file: ${name}`, "filename");
    const encoding = { encoding: "text", filename: name };
    return [element("file-content", `\n${text}`, encoding), banner()];
  }),
};
