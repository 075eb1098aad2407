/**
 * Since when a device runs (`show system uptime`): one of the things that prove a reboot. The boot time is
 * computed by the device from its clock, so a step of NTP moves it; the uptime does not move.
 */
import { element, find, type XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, secondsOf, textOf, timeOf } from "./reply.ts";
import { JunosError } from "./replyErrors.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** Times of one routing engine; all instants are milliseconds since 1970. */
export interface SystemUptime {
  readonly engineName: string | null;
  readonly bootedAt: number;
  /** The device's clock when it answered. */
  readonly currentTime: number | undefined;
  /** For how long it has run, where stated. */
  readonly uptimeSeconds: number | undefined;
  /** When the running configuration was committed, and by whom. */
  readonly lastConfiguredAt: number | undefined;
  readonly lastConfiguredBy: string | undefined;
  /** Local time minus UTC, for reading the times in the device's logs. */
  readonly utcOffsetSeconds: number | undefined;
}

/** `show system uptime`. */
export function systemUptimeRequest(): XmlNode {
  return element("get-system-uptime-information");
}

/**
 * Reads the times of each engine that answers. Throws `JunosError` `ReplyUnexpected` when the reply states no
 * boot time.
 */
export async function readSystemUptime(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<readonly SystemUptime[]> {
  const engines = parseSystemUptime(await ask(caller, systemUptimeRequest(), options));
  if (engines.length > 0) return engines;
  throw new JunosError({ code: "ReplyUnexpected", message: "the device states no boot time" });
}

/** Reads the reply of `systemUptimeRequest`; engines without a boot time are left out. */
export function parseSystemUptime(reply: XmlNode): readonly SystemUptime[] {
  return enginePartsOf(reply, "system-uptime-information").flatMap(({ engineName, node }) => {
    const bootedAt = timeOf(node, "system-booted-time", "date-time");
    if (bootedAt === undefined) return [];
    return [
      {
        engineName,
        bootedAt,
        currentTime: timeOf(node, "current-time", "date-time"),
        uptimeSeconds:
          secondsOf(node, "uptime-information", "up-time") ??
          secondsOf(node, "system-booted-time", "time-length"),
        lastConfiguredAt: timeOf(node, "last-configured-time", "date-time"),
        lastConfiguredBy: textOf(node, "last-configured-time", "user"),
        utcOffsetSeconds: utcOffsetOf(find(node, "current-time", "date-time")),
      },
    ];
  });
}

/** The same instant is written as local text and as seconds since 1970; the difference is the offset. */
function utcOffsetOf(dateTime: XmlNode | undefined): number | undefined {
  const seconds = secondsOf(dateTime);
  const local = parseLocalTime(dateTime?.text ?? "");
  if (seconds === undefined || local === undefined) return undefined;
  // Offsets are whole quarters of an hour; the text has no fractions of a second.
  return Math.round((local / 1000 - seconds) / 900) * 900;
}

/**
 * A local time as Junos writes it, `2026-09-18 13:11:34 CEST`, as if it were UTC, in milliseconds since 1970.
 * The zone's abbreviation is ignored: it names no zone for certain.
 */
export function parseLocalTime(text: string): number | undefined {
  const match = /(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2}):(\d{2})/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  if (year === undefined || month === undefined) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
