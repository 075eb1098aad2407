/** Alarms of the chassis and of the system. */
import { element } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { DeviceAlarm, DeviceState, World } from "../world.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { banner, formatDateTime, number, payloadNamespace, perNode } from "./shape.ts";

export const ALARM_RPCS: RpcTable = {
  "get-alarm-information": reads((context) => alarmsOf(context, "chassis")),
  "get-system-alarm-information": reads((context) => alarmsOf(context, "system")),
};

function alarmsOf(context: RpcContext, source: DeviceAlarm["source"]): readonly XmlNode[] {
  const { world, device } = context;
  return device.cluster === undefined
    ? [alarms(world, device, source), banner()]
    : perNode(context, () => [alarms(world, device, source)]);
}

function alarms(world: World, device: DeviceState, source: DeviceAlarm["source"]): XmlNode {
  const active = device.alarms.filter((alarm) => alarm.source === source);
  const all =
    source === "system" && device.master.config.rescue === undefined
      ? [...active, rescueAlarm(device)]
      : active;
  const summary = all.length === 0 ? element("no-active-alarms") : number("active-alarm-count", all.length);
  return element(
    "alarm-information",
    [
      element("alarm-summary", [summary]),
      ...all.map((alarm) =>
        element("alarm-detail", [
          element("alarm-time", `\n${formatDateTime(alarm.since)}\n`, {
            "junos:seconds": String(Math.floor(alarm.since / 1000)),
          }),
          element("alarm-class", alarm.class),
          element("alarm-description", alarm.description),
          element("alarm-short-description", alarm.description.slice(0, 20)),
          element("alarm-type", source === "chassis" ? "Chassis" : "Configuration"),
        ]),
      ),
    ],
    payloadNamespace(device.master, "junos-alarm"),
  );
}

/** Every Junos device without a rescue configuration has it. */
function rescueAlarm(device: DeviceState): DeviceAlarm {
  return {
    since: device.master.bootedAt,
    class: "Minor",
    description: "Rescue configuration is not set",
    source: "system",
  };
}
