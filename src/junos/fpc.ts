/** Line cards (`show chassis fpc`) and what is in them (`show chassis fpc pic-status`). */
import { element, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, expectElement, numberOf, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

export interface Pic {
  readonly slot: number;
  readonly state: string;
  /** Undefined where the device has no name for it. */
  readonly type: string | undefined;
}

/** A line card. Fixed switches and firewalls have one that states no load. */
export interface Fpc {
  /** Of a cluster node or member. A cluster node may list a slot twice: it is no key. */
  readonly engineName: string | null;
  readonly slot: number;
  /** `Online`, `Offline`, `Empty`, `Present`, `Ready`. */
  readonly state: string;
  readonly description: string | undefined;
  readonly cpuPercent: number | undefined;
  readonly cpuFiveMinutePercent: number | undefined;
  readonly heapPercent: number | undefined;
  /** Only in the reply about PICs. */
  readonly pics: readonly Pic[];
}

/** `show chassis fpc`. */
export function fpcsRequest(): XmlNode {
  return element("get-fpc-information");
}

/** `show chassis fpc pic-status`. */
export function picsRequest(): XmlNode {
  return element("get-pic-information");
}

/** Line cards with their load. */
export async function readFpcs(caller: RpcCaller, options?: CallOptions): Promise<readonly Fpc[]> {
  return parseFpcs(expectElement(await ask(caller, fpcsRequest(), options), "fpc-information"));
}

/** Line cards with their PICs. */
export async function readPics(caller: RpcCaller, options?: CallOptions): Promise<readonly Fpc[]> {
  return parseFpcs(expectElement(await ask(caller, picsRequest(), options), "fpc-information"));
}

/** Reads the reply of either request. */
export function parseFpcs(reply: XmlNode): readonly Fpc[] {
  return enginePartsOf(reply, "fpc").map(({ engineName, node }) => ({
    engineName,
    slot: numberOf(node, "slot") ?? 0,
    state: textOf(node, "state") ?? "Unknown",
    description: textOf(node, "description"),
    cpuPercent: numberOf(node, "cpu-total"),
    cpuFiveMinutePercent: numberOf(node, "cpu-5min-avg"),
    heapPercent: numberOf(node, "memory-heap-utilization"),
    pics: findAll(node, "pic").map((pic) => {
      const type = textOf(pic, "pic-type");
      return {
        slot: numberOf(pic, "pic-slot") ?? 0,
        state: textOf(pic, "pic-state") ?? "Unknown",
        type: type === "N/A" ? undefined : type,
      };
    }),
  }));
}
