/** Who the device is and how it is: release, uptime, routing engines, core dumps, time. */
import { element } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { ControlPlane } from "../controlPlane.ts";
import type { DeviceState, World } from "../world.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { banner, dateTime, duration, number, payloadNamespace, perMember, perNode } from "./shape.ts";

export const SYSTEM_RPCS: RpcTable = {
  "get-software-information": reads((context) =>
    perMember(context, (plane) => [softwareInformation(context.device, plane)]),
  ),
  "get-system-information": reads(({ device, plane }) => [
    element("system-information", [
      element("hardware-model", device.spec.model),
      element("os-name", "junos"),
      element("os-version", plane.release),
      element("serial-number", device.spec.serialNumber),
      element("host-name", device.intent.hostName),
    ]),
    banner(),
  ]),
  "get-system-uptime-information": reads((context) =>
    perNode(context, (plane) => [uptime(context.world, context.device, plane)]),
  ),
  "get-route-engine-information": reads((context) =>
    context.device.cluster === undefined
      ? [routeEngines(context), banner()]
      : perNode(context, (plane) => [nodeEngine({ ...context, plane })]),
  ),
  "get-system-core-dumps": reads((context) => perNode(context, () => [coreDumps()])),
};

export function softwareInformation(device: DeviceState, plane: ControlPlane): XmlNode {
  const packageInformation = (name: string, comment: string): XmlNode =>
    element("package-information", [
      element("name", name),
      element("comment", `${comment} [${plane.release}]`),
    ]);
  return element("software-information", [
    element("host-name", device.intent.hostName),
    element("product-model", device.spec.model),
    element("product-name", device.spec.model),
    element("junos-version", plane.release),
    packageInformation("os-kernel", "JUNOS OS Kernel 64-bit"),
    packageInformation("junos-version", "Junos"),
    packageInformation("jinsight", "JUNOS jinsight"),
    packageInformation(
      device.spec.model.startsWith("mx") ? "junos-net-mtx" : "junos-net-qfx",
      device.spec.model.startsWith("mx") ? "JUNOS mtx network modules" : "JUNOS Network QFX",
    ),
  ]);
}

export function uptime(world: World, device: DeviceState, plane: ControlPlane): XmlNode {
  const offset = plane.clockOffsetMilliseconds;
  const since = (at: number): readonly XmlNode[] => [
    dateTime("date-time", at + offset),
    duration("time-length", world.now - at),
  ];
  const [lastCommit] = plane.config.history;
  return element(
    "system-uptime-information",
    [
      element("current-time", [dateTime("date-time", world.now + offset)]),
      element("time-source", " NTP CLOCK "),
      element("system-booted-time", since(plane.bootedAt)),
      ...(device.forwarding && plane === device.master
        ? [element("protocols-started-time", since(device.forwardingSince))]
        : []),
      element("last-configured-time", [
        ...since(lastCommit?.at ?? plane.bootedAt),
        element("user", lastCommit?.user ?? "root"),
      ]),
      element("uptime-information", [
        dateTime("date-time", world.now + offset),
        duration("up-time", world.now - plane.bootedAt, "words"),
        element("active-user-count", "1", { "junos:format": "1 users" }),
        element("load-average-1", "0.42"),
        element("load-average-5", "0.38"),
        element("load-average-15", "0.35"),
      ]),
    ],
    payloadNamespace(plane, "junos"),
  );
}

/** Every slot, whoever is asked: chassisd on both engines knows of both. */
function routeEngines({ world, device, plane }: RpcContext): XmlNode {
  return element(
    "route-engine-information",
    device.planes.map((each) => routeEngine(world, device, { each, asked: plane })),
    payloadNamespace(plane, "junos-chassis"),
  );
}

function routeEngine(
  world: World,
  device: DeviceState,
  { each, asked }: { readonly each: ControlPlane; readonly asked: ControlPlane },
): XmlNode {
  if (each.power === "Absent")
    return element("route-engine", [number("slot", each.slot), element("status", "Empty")]);
  // An engine that does not talk is seen, and no more.
  if (each !== asked && !each.management) {
    return element("route-engine", [number("slot", each.slot), element("mastership-state", "Present")]);
  }
  const isMaster = each === device.master;
  const state = isMaster ? "master" : "backup";
  return element("route-engine", [
    number("slot", each.slot),
    element("mastership-state", state),
    ...(device.planes.length > 1
      ? [element("mastership-priority", `${each.slot === 0 ? "master" : "backup"} (default)`)]
      : []),
    element("status", "OK"),
    element("temperature", "38 degrees C / 100 degrees F", { "junos:celsius": "38" }),
    element("cpu-temperature", "38 degrees C / 100 degrees F", { "junos:celsius": "38" }),
    element("memory-dram-size", "16384 MB"),
    number("memory-buffer-utilization", isMaster ? 24 : 9),
    number("cpu-user", 6),
    number("cpu-background", 0),
    number("cpu-system", 4),
    number("cpu-interrupt", 1),
    number("cpu-idle", isMaster ? (device.forwarding ? 89 : 12) : 98),
    element("model", each.engineModel),
    element("serial-number", each.serialNumber),
    dateTime("start-time", each.bootedAt + each.clockOffsetMilliseconds),
    duration("up-time", world.now - each.bootedAt, "words"),
    element("last-reboot-reason", each.lastRebootReason),
    element("load-average-one", "0.42"),
    element("load-average-five", "0.38"),
    element("load-average-fifteen", "0.35"),
  ]);
}

/** Of a cluster node alone: neither slot nor mastership stand there. */
function nodeEngine({ world, device, plane }: RpcContext): XmlNode {
  return element(
    "route-engine-information",
    [
      element("route-engine", [
        element("status", "OK"),
        number("memory-system-total-util", plane === device.master ? 24 : 9),
        number("cpu-idle", plane === device.master ? 89 : 98),
        element("model", plane.engineModel),
        element("serial-number", plane.serialNumber),
        dateTime("start-time", plane.bootedAt + plane.clockOffsetMilliseconds),
        duration("up-time", world.now - plane.bootedAt, "words"),
        element("last-reboot-reason", plane.lastRebootReason),
      ]),
    ],
    payloadNamespace(plane, "junos-chassis"),
  );
}

/** A device keeps none unless something has crashed; each place that it looks into says so. */
function coreDumps(): XmlNode {
  const places = ["/var/crash/*core*", "/var/tmp/*core*", "/var/tmp/pics/*core*", "/var/crash/kernel.*"];
  return element(
    "directory-list",
    places.map((place) => element("output", `${place}: No such file or directory`)),
    { "root-path": "/var/crash/*core*", "junos:style": "verbose" },
  );
}

/** `show ntp status`. */
export function ntpStatus(world: World): XmlNode {
  return element("ntp-status", [
    element("associd", "0"),
    element("statusinfo", "0615 leap_none, sync_ntp, 1 event, clock_sync"),
    element("leap", "00"),
    element("stratum", "4"),
    element("refid", "192.0.2.123"),
    element("clock", new Date(world.now).toISOString()),
  ]);
}
