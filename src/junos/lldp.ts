/** Neighbours by LLDP (`show lldp neighbors`): the cabling as the devices see it. */
import { descendants, element, type XmlNode } from "../netconf/xmlNode.ts";
import { textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

export interface LldpNeighbour {
  /** The local port: `et-0/0/48`. */
  readonly localPort: string;
  /** The aggregate the local port belongs to. */
  readonly localParent: string | undefined;
  readonly remoteChassisId: string | undefined;
  readonly remotePortId: string | undefined;
  readonly remotePortDescription: string | undefined;
  readonly remoteSystemName: string | undefined;
  /** The neighbour's port by its interface name, as far as one can tell. */
  readonly remotePort: string | undefined;
}

/** `show lldp neighbors`. */
export function lldpRequest(): XmlNode {
  return element("get-lldp-neighbors-information");
}

/** Reads the neighbours of all ports; none where LLDP is off. */
export async function readLldp(caller: RpcCaller, options?: CallOptions): Promise<readonly LldpNeighbour[]> {
  return parseLldp(await ask(caller, lldpRequest(), options));
}

/** Reads the reply of `lldpRequest`. */
export function parseLldp(reply: XmlNode): readonly LldpNeighbour[] {
  return [...descendants(reply, "lldp-neighbor-information")].map((node) => {
    const remotePortId = textOf(node, "lldp-remote-port-id");
    const remotePortDescription = textOf(node, "lldp-remote-port-description");
    const parent = textOf(node, "lldp-local-parent-interface-name");
    return {
      localPort: textOf(node, "lldp-local-port-id") ?? textOf(node, "lldp-local-interface") ?? "",
      localParent: parent === "-" ? undefined : parent,
      remoteChassisId: textOf(node, "lldp-remote-chassis-id"),
      remotePortId,
      remotePortDescription,
      remoteSystemName: textOf(node, "lldp-remote-system-name"),
      remotePort: interfaceNameOf(remotePortId) ?? interfaceNameOf(remotePortDescription) ?? remotePortId,
    };
  });
}

/** A port id may be an interface name or an index number; a description is the name unless somebody set one. */
function interfaceNameOf(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z]+[a-z-]*\d+(?:\/\d+)*(?::\d+)?(?:\.\d+)?$/i.test(text)
    ? text
    : undefined;
}
