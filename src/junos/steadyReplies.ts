/**
 * What a device says of itself that changes with its release, its configuration or its cables: not at every look. Whether a cable
 * carries is not among it; the state of its port says that, and is asked for each time.
 */
import type { XmlNode } from "../netconf/xmlNode.ts";
import type { RpcCaller } from "./rpcCaller.ts";

const STEADY = new Set([
  "get-software-information",
  "get-lldp-neighbors-information",
  "get-virtual-chassis-information",
  "get-configuration",
]);

/** For how long a reply is good, in model time. */
const VALID_SECONDS = 300;

export interface SteadyReplies {
  /**
   * A caller to a device that keeps what is steady. With `Memory` such a request is answered with what was kept, while
   * that is good; with `Device` the device is asked for everything.
   */
  of(device: string, caller: RpcCaller, from: "Device" | "Memory"): RpcCaller;
}

/** An empty memory; `clock` tells how old a reply is, in milliseconds. */
export function steadyReplies(clock: { readonly now: () => number }): SteadyReplies {
  const kept = new Map<string, { readonly reply: XmlNode; readonly askedAt: number }>();
  return {
    of: (device, caller, from) => ({
      async call(rpc, options) {
        if (!STEADY.has(rpc.name)) return caller.call(rpc, options);
        const key = `${device} ${JSON.stringify(rpc)}`;
        const known = kept.get(key);
        const askedAt = clock.now();
        if (from === "Memory" && known !== undefined && askedAt - known.askedAt < VALID_SECONDS * 1000) {
          return known.reply;
        }
        kept.delete(key);
        const reply = await caller.call(rpc, options);
        kept.set(key, { reply, askedAt });
        return reply;
      },
    }),
  };
}
