/** Moving mastership to the other routing engine. Its reply proves nothing: ask who the master is. */
import { element, type XmlNode } from "../netconf/xmlNode.ts";
import { rpcErrors } from "../netconf/rpcError.ts";
import { allTextOf } from "./reply.ts";
import { askLeniently, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

export interface SwitchReply {
  /** `Unproven`: the reply tells neither; it was cut off, perhaps, for mastership moves the address away. */
  readonly verdict: "Accepted" | "Refused" | "Unproven";
  readonly message: string;
}

const REFUSALS =
  /command aborted|not honored|not supported during|backup re not running|not ready|not the master|\[yes,no\]/i;
const SUCCESS = /complete\. the other routing engine becomes the master/i;

/** How long the master may take to hand over before it answers; it may never answer. */
const SWITCH_TIMEOUT_SECONDS = 120;

/**
 * Asks the master to hand over to the other routing engine. Without `no-confirm` Junos echoes its question and does
 * nothing. It is a toggle: ask only the engine that was just seen to be the master.
 */
export async function requestMastershipSwitch(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<SwitchReply> {
  const rpc = element("request-chassis-routing-engine-switch", [element("no-confirm")]);
  return parseMastershipSwitch(
    await askLeniently(caller, rpc, { timeoutSeconds: SWITCH_TIMEOUT_SECONDS, ...options }),
  );
}

/** Reads the reply: text, in `<output>`, in several `<message>`, or in errors. */
export function parseMastershipSwitch(reply: XmlNode): SwitchReply {
  const errors = rpcErrors(reply).filter(({ severity }) => severity === "error");
  const text = [allTextOf(reply), ...errors.map(({ message }) => message)].join("\n");
  const lines = text.split("\n").map((line) => line.trim());
  const refusal = lines.find((line) => REFUSALS.test(line)) ?? errors.at(0)?.message;
  if (refusal !== undefined) return { verdict: "Refused", message: refusal };
  return SUCCESS.test(text)
    ? { verdict: "Accepted", message: "the other routing engine becomes the master" }
    : { verdict: "Unproven", message: lines.findLast((line) => line !== "") ?? "the reply is empty" };
}
