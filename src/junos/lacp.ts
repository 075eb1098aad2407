/** LACP of aggregates (`show lacp interfaces`): whether both ends of a member really use it. */
import { descendants, element, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { expectElement, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** One port of an aggregate. */
export interface LacpMember {
  readonly name: string;
  /** `Collecting distributing` when traffic flows both ways; else `Detached`, `Waiting`, `Attached`. */
  readonly muxState: string;
  readonly collectingDistributing: boolean;
  readonly receiveState: string | undefined;
  readonly transmitState: string | undefined;
  /** How soon the other end notices that we are gone, as it asks for it: `Fast` 3 s, `Slow` 90 s. */
  readonly partnerTimeout: string | undefined;
}

export interface LacpAggregate {
  readonly name: string;
  readonly members: readonly LacpMember[];
}

/** `show lacp interfaces`, of one aggregate if its name is given. */
export function lacpRequest(name?: string): XmlNode {
  return element(
    "get-lacp-interface-information",
    name === undefined ? [] : [element("interface-name", name)],
  );
}

/** Reads the aggregates that run LACP; none where LACP is not configured. */
export async function readLacp(
  caller: RpcCaller,
  options: CallOptions & { name?: string } = {},
): Promise<readonly LacpAggregate[]> {
  const { name, ...callOptions } = options;
  return parseLacp(
    expectElement(
      await ask(caller, lacpRequest(name), callOptions),
      "lacp-interface-information",
      "lacp-interface-information-list",
    ),
  );
}

/** Reads the reply of `lacpRequest`. */
export function parseLacp(reply: XmlNode): readonly LacpAggregate[] {
  return [...descendants(reply, "lacp-interface-information")].map((node) => {
    const states = findAll(node, "lag-lacp-state");
    return {
      name: textOf(node, "lag-lacp-header", "aggregate-name") ?? "",
      members: findAll(node, "lag-lacp-protocol").map((member) => toMember(member, states)),
    };
  });
}

function toMember(node: XmlNode, states: readonly XmlNode[]): LacpMember {
  const name = textOf(node, "name") ?? "";
  const muxState = textOf(node, "lacp-mux-state") ?? "Unknown";
  const partner = states.find(
    (state) => textOf(state, "name") === name && textOf(state, "lacp-role") === "Partner",
  );
  return {
    name,
    muxState,
    collectingDistributing: muxState === "Collecting distributing",
    receiveState: textOf(node, "lacp-receive-state"),
    transmitState: textOf(node, "lacp-transmit-state"),
    partnerTimeout: textOf(partner, "lacp-timeout"),
  };
}
