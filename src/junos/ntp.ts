/** Whether the device's clock follows NTP (`show ntp status`). There is no request element for it. */
import { element, type XmlNode } from "../netconf/xmlNode.ts";
import { firstOf, outputOf, textOf } from "./reply.ts";
import { JunosError } from "./replyErrors.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** `NotRunning`: the device has no NTP. */
export type NtpState = "Synchronised" | "Unsynchronised" | "NotRunning";

/** `show ntp status`, as a command. */
export function ntpStatusRequest(): XmlNode {
  return element("command", "show ntp status", { format: "xml" });
}

/** Reads whether the clock follows a server. Throws `JunosError` `ReplyUnexpected`. */
export async function readNtp(caller: RpcCaller, options?: CallOptions): Promise<NtpState> {
  return parseNtp(await ask(caller, ntpStatusRequest(), options));
}

/** Old releases answer as `ntpq` does, in text. Throws `JunosError` `ReplyUnexpected`. */
export function parseNtp(reply: XmlNode): NtpState {
  const text = outputOf(reply);
  const status = textOf(firstOf(reply, "ntp-status"), "statusinfo") ?? text;
  if (/\bsync_ntp\b/.test(status)) return "Synchronised";
  if (/\bsync_\w+|leap_alarm/.test(status)) return "Unsynchronised";
  if (/connection refused|not running|timed out/i.test(text)) return "NotRunning";
  throw new JunosError({ code: "ReplyUnexpected", message: "the reply does not say whether NTP runs" });
}
