/**
 * Rebooting a routing engine. The reply may come whole, in part or never; a reboot is proven only by boot time,
 * uptime and release afterwards.
 */
import { rpcErrors } from "../netconf/rpcError.ts";
import { descendants, element, type XmlNode } from "../netconf/xmlNode.ts";
import { NetconfError } from "../netconf/errors.ts";
import { allTextOf } from "./reply.ts";
import { ask, askLeniently, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** What the device says to a request to reboot. */
export interface RebootReply {
  /** It announced a reboot. That it did not is no proof that it won't. */
  readonly announced: boolean;
  /** When it will go down, where stated, in milliseconds since 1970. */
  readonly rebootAt: number | undefined;
  readonly message: string;
}

/** A reboot that somebody scheduled. */
export interface ScheduledReboot {
  readonly scheduled: boolean;
  /** The device's words. */
  readonly message: string;
}

export interface RebootOptions extends CallOptions {
  /** Minutes from now; at once without it. */
  readonly inMinutes?: number;
  /** Written to the log of the device and to its users. */
  readonly message?: string;
  /** On a chassis with two routing engines; this one alone without it. */
  readonly engine?: "Both" | "Other";
}

const ANNOUNCED = /shutdown (?:now|at)|initiating|rebooting|going down/i;

/** How long a device may take to say that it goes down; it may say nothing at all. */
const REBOOT_TIMEOUT_SECONDS = 60;

/**
 * Reboots. Its reply proves nothing, and a lost reply (`NetconfError`) is normal: the session dies with the
 * device. Never send it again because of that; look at the boot time.
 */
export async function requestReboot(caller: RpcCaller, options: RebootOptions = {}): Promise<RebootReply> {
  const { inMinutes, message, engine, ...callOptions } = options;
  const rpc = element("request-reboot", [
    ...(inMinutes === undefined ? [] : [element("in", String(inMinutes))]),
    ...(message === undefined ? [] : [element("message", message)]),
    ...(engine === "Both" ? [element("both-routing-engines")] : []),
    ...(engine === "Other" ? [element("other-routing-engine")] : []),
  ]);
  return parseRebootReply(
    await askLeniently(caller, rpc, { timeoutSeconds: REBOOT_TIMEOUT_SECONDS, ...callOptions }),
  );
}

/** Reads the reply to a reboot request, of VM hosts too: warnings such as "Rebooting re0 in 1 min" are good news. */
export function parseRebootReply(reply: XmlNode): RebootReply {
  const errors = rpcErrors(reply);
  const failure = errors.find(({ severity }) => severity === "error");
  const status = [...descendants(reply, "request-reboot-status")];
  const seconds = Number(status.at(0)?.attributes["reboot-time"] ?? Number.NaN);
  const outputs = [...status, ...descendants(reply, "output")].map((node) => node.text);
  const words = [...outputs, ...errors.map(({ message }) => message)].filter((text) => text !== "");
  return {
    announced: failure === undefined && (status.length > 0 || words.some((text) => ANNOUNCED.test(text))),
    rebootAt: Number.isFinite(seconds) ? seconds * 1000 : undefined,
    message: failure?.message ?? words.join("\n"),
  };
}

/**
 * Reads whether a reboot is scheduled. The reply is asked for as text; one that is not well-formed all the same
 * counts as scheduled, for devices send such replies exactly when there is a schedule with a message.
 */
export async function readScheduledReboot(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<ScheduledReboot> {
  try {
    const rpc = element("get-reboot-information", [], { format: "text" });
    return parseScheduledReboot(await ask(caller, rpc, options));
  } catch (error) {
    if (error instanceof NetconfError && error.code === "ReplyMalformed") {
      return { scheduled: true, message: "the schedule of the device cannot be read" };
    }
    throw error;
  }
}

/** Reads the reply of `get-reboot-information`. */
export function parseScheduledReboot(reply: XmlNode): ScheduledReboot {
  const message = allTextOf(reply).trim();
  const none = message === "" || /No shutdown\/reboot scheduled/i.test(message);
  return { scheduled: !none, message };
}

/** Takes a scheduled reboot or halt back. Its reply proves nothing; read the schedule again. */
export async function clearScheduledReboot(caller: RpcCaller, options?: CallOptions): Promise<void> {
  await ask(caller, element("clear-reboot"), options);
}
