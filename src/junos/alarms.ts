/** Alarms of chassis and system (`show chassis alarms`, `show system alarms`). */
import { descendants, element, type XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, expectElement, numberOf, outputOf, textOf, timeOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

export interface Alarm {
  readonly engineName: string | null;
  /** `Major` or `Minor`. */
  readonly severity: string;
  readonly description: string;
  /** `Chassis`, `Configuration`, `License`. */
  readonly type: string | undefined;
  /** In milliseconds since 1970. */
  readonly raisedAt: number | undefined;
}

export interface Alarms {
  /** As announced, or as listed if more are listed: devices announce alarms they do not list. */
  readonly activeCount: number;
  readonly alarms: readonly Alarm[];
}

/** `show chassis alarms`. */
export function chassisAlarmsRequest(): XmlNode {
  return element("get-alarm-information");
}

/** `show system alarms`. */
export function systemAlarmsRequest(): XmlNode {
  return element("get-system-alarm-information");
}

/** Reads the active chassis alarms, of every routing engine. Throws `JunosError` `ReplyUnexpected`. */
export async function readChassisAlarms(caller: RpcCaller, options?: CallOptions): Promise<Alarms> {
  return parseAlarms(expectElement(await ask(caller, chassisAlarmsRequest(), options), "alarm-information"));
}

/** Reads the active system alarms, of every routing engine. Throws `JunosError` `ReplyUnexpected`. */
export async function readSystemAlarms(caller: RpcCaller, options?: CallOptions): Promise<Alarms> {
  return parseAlarms(expectElement(await ask(caller, systemAlarmsRequest(), options), "alarm-information"));
}

/** Reads the reply of either request. Old devices answer in one line of text. */
export function parseAlarms(reply: XmlNode): Alarms {
  const alarms = enginePartsOf(reply, "alarm-detail").map(({ engineName, node }) => ({
    engineName,
    severity: textOf(node, "alarm-class") ?? "",
    description: textOf(node, "alarm-description") ?? "",
    type: textOf(node, "alarm-type"),
    raisedAt: timeOf(node, "alarm-time"),
  }));
  const announced = [...descendants(reply, "alarm-summary")].map(
    (summary) => numberOf(summary, "active-alarm-count") ?? 0,
  );
  const inWords = /(?<count>\d+) alarms? currently active/i.exec(outputOf(reply))?.groups?.["count"];
  const total = announced.reduce((sum, count) => sum + count, Number(inWords ?? 0));
  return { activeCount: Math.max(total, alarms.length), alarms };
}
