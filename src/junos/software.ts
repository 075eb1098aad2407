/** Which release runs on which routing engine (`show version`). */
import { RpcError, rpcErrors } from "../netconf/rpcError.ts";
import { descendants, element, findAll, textAt, type XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, textOf } from "./reply.ts";
import { JunosError, problemOfRpcError } from "./replyErrors.ts";
import type { CallOptions, RpcCaller } from "./rpcCaller.ts";

/** What one routing engine says of itself. */
export interface EngineSoftware {
  /** `re0`, `node1`, `localre`; null on a device that does not name its engine. */
  readonly engineName: string | null;
  readonly hostName: string | null;
  /** The model in small letters as Junos writes it: `qfx5120-48y-8c`. */
  readonly model: string | null;
  /** The release as written; null when the device does not state one. */
  readonly release: string | null;
}

/** An engine that did not answer the one we asked. */
export interface UnreachableEngine {
  /** Null when the message does not name it. */
  readonly engineName: string | null;
  readonly message: string;
}

export interface SoftwareInformation {
  readonly engines: readonly EngineSoftware[];
  readonly unreachable: readonly UnreachableEngine[];
}

/** `show version` of the engine that answers; with `allEngines` of every routing engine of the chassis. */
export function softwareRequest(options: { allEngines?: boolean } = {}): XmlNode {
  // There is no request element for all engines: `invoke-on` exists on the command line only.
  return options.allEngines === true
    ? element("command", "show version invoke-on all-routing-engines", { format: "xml" })
    : element("get-software-information");
}

/**
 * Reads the software of the device's engines. An engine that cannot be reached is listed beside the data of the
 * others: Junos answers with both, an error and the data.
 */
export async function readSoftware(
  caller: RpcCaller,
  options: CallOptions & { allEngines?: boolean } = {},
): Promise<SoftwareInformation> {
  const { allEngines, ...callOptions } = options;
  const rpc = softwareRequest(allEngines === undefined ? {} : { allEngines });
  try {
    return parseSoftware(await caller.call(rpc, callOptions));
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const partial = parseSoftware(error.reply);
    if (partial.engines.length > 0) return partial;
    throw new JunosError(problemOfRpcError(error), { rpc: rpc.name, cause: error });
  }
}

/** Reads the reply of `softwareRequest`. */
export function parseSoftware(reply: XmlNode): SoftwareInformation {
  return {
    engines: enginePartsOf(reply, "software-information").map(({ engineName, node }) => ({
      engineName,
      hostName: textOf(node, "host-name") ?? null,
      model: textOf(node, "product-model") ?? null,
      release: releaseOf(node) ?? null,
    })),
    unreachable: rpcErrors(reply)
      .filter((item) => item.severity === "error")
      .map(({ message }) => ({
        engineName: /could not connect to (?<name>[\w-]+)/i.exec(message)?.groups?.["name"] ?? null,
        message,
      })),
  };
}

/** Since 15.1 a leaf of its own; before, the version in brackets after the name of the base package. */
function releaseOf(information: XmlNode): string | undefined {
  const stated =
    textOf(information, "junos-version") ?? textOf(information, "version-information", "version");
  if (stated !== undefined) return stated;
  for (const item of descendants(information, "package-information")) {
    const comment = textAt(item, "comment") ?? "";
    const name = textAt(item, "name");
    if (name === "junos") {
      const bracketed = /\[(?<release>[^\]]+)\]/.exec(comment)?.groups?.["release"];
      if (bracketed !== undefined) return bracketed.trim();
    }
    if (name === "junos-version") {
      const labelled = /^Junos:\s*(?<release>\S+)/i.exec(comment)?.groups?.["release"];
      if (labelled !== undefined) return labelled;
    }
  }
  return findAll(information, "version").at(0)?.text;
}
