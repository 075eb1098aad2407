/** Who the device is and how it is: release, uptime, routing engine, line cards, alarms. */
import { element } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { ControlPlane } from "../controlPlane.ts";
import type { DeviceAlarm, DeviceState, World } from "../world.ts";
import { masterAnswers, reads } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { banner, dateTime, duration, formatDateTime, number, payloadNamespace, perNode } from "./shape.ts";

export const SYSTEM_RPCS: RpcTable = {
  "get-software-information": reads((context) =>
    perNode(context, (plane) => [softwareInformation(context.device, plane)]),
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
  ...masterAnswers("MasterOnly", {
    "get-chassis-inventory": reads(({ device }) => [chassisInventory(device), banner()]),
    "get-virtual-chassis-information": reads(({ device }) => [virtualChassis(device), banner()]),
    "get-fpc-information": reads((context) =>
      context.device.cluster === undefined
        ? [fpcInformation(context.world, context.device), banner()]
        : perNode(context, (plane) => [nodeFpc(context.world, context.device, plane)]),
    ),
    "get-pic-information": reads((context) =>
      context.device.cluster === undefined
        ? [picInformation(context.device), banner()]
        : perNode(context, (plane) => [nodePic(context.world, context.device, plane)]),
    ),
  }),
  "get-alarm-information": reads((context) => alarmsOf(context, "chassis")),
  "get-system-alarm-information": reads((context) => alarmsOf(context, "system")),
  "get-system-core-dumps": reads((context) => perNode(context, () => [coreDumps()])),
  "get-interface-optics-diagnostics-information": reads(({ device }) => [optics(device), banner()]),
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
  const since = (at: number): readonly XmlNode[] => [
    dateTime("date-time", at),
    duration("time-length", world.now - at),
  ];
  const [lastCommit] = plane.config.history;
  return element(
    "system-uptime-information",
    [
      element("current-time", [dateTime("date-time", world.now)]),
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
        dateTime("date-time", world.now),
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
    dateTime("start-time", each.bootedAt),
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
        dateTime("start-time", plane.bootedAt),
        duration("up-time", world.now - plane.bootedAt, "words"),
        element("last-reboot-reason", plane.lastRebootReason),
      ]),
    ],
    payloadNamespace(plane, "junos-chassis"),
  );
}

/** The line cards of a node are up some time after the node is. */
function areCardsOnline(world: World, device: DeviceState, plane: ControlPlane): boolean {
  const { fpcOnlineSeconds } = world.topology.timings;
  return (
    device.forwarding && plane.power === "Running" && world.now >= plane.readySince + fpcOnlineSeconds * 1000
  );
}

function nodeFpc(world: World, device: DeviceState, plane: ControlPlane): XmlNode {
  const state = areCardsOnline(world, device, plane) ? "Online" : "Present";
  return element(
    "fpc-information",
    [element("fpc", [number("slot", 0), element("state", state)])],
    payloadNamespace(plane, "junos-chassis"),
  );
}

function nodePic(world: World, device: DeviceState, plane: ControlPlane): XmlNode {
  const isOnline = areCardsOnline(world, device, plane);
  return element(
    "fpc-information",
    [
      element("fpc", [
        number("slot", 0),
        element("state", isOnline ? "Online" : "Present"),
        element("description", "FPC"),
        ...(device.spec.pics ?? ["12x1G-T-4x1G-SFP-4x10G"]).map((type, slot) =>
          element("pic", [
            number("pic-slot", slot),
            element("pic-state", isOnline ? "Online" : "Offline"),
            element("pic-type", type),
          ]),
        ),
      ]),
    ],
    payloadNamespace(plane, "junos-chassis"),
  );
}

function alarmsOf(context: RpcContext, source: DeviceAlarm["source"]): readonly XmlNode[] {
  const { world, device } = context;
  return device.cluster === undefined
    ? [alarms(world, device, source), banner()]
    : perNode(context, () => [alarms(world, device, source)]);
}

function chassisInventory(device: DeviceState): XmlNode {
  const model = device.spec.model.toUpperCase();
  return element(
    "chassis-inventory",
    [
      element(
        "chassis",
        [
          element("name", "Chassis"),
          element("serial-number", device.spec.serialNumber),
          element("description", model),
          element("chassis-module", [
            element("name", "Routing Engine 0"),
            element("part-number", "BUILTIN"),
            element("serial-number", "BUILTIN"),
            element("description", `RE-${model}`),
          ]),
          element("chassis-module", [
            element("name", "FPC 0"),
            element("version", "REV 12"),
            element("part-number", "650-098463"),
            element("serial-number", device.spec.serialNumber),
            element("description", model),
          ]),
        ],
        { "junos:style": "inventory" },
      ),
    ],
    payloadNamespace(device.master, "junos-chassis"),
  );
}

function virtualChassis(device: DeviceState): XmlNode {
  return element("virtual-chassis-information", [
    element("virtual-chassis-id-information", [
      element(
        "virtual-chassis-id",
        `${device.spec.chassisMac.replaceAll(":", "").slice(0, 4)}.0000.${device.spec.chassisMac.replaceAll(":", "").slice(8)}`,
      ),
      element("virtual-chassis-mode", "Enabled"),
    ]),
    element(
      "member-list",
      [
        element("member", [
          element("member-status", "Prsnt"),
          number("member-id", 0),
          element("fpc-slot", "(FPC 0)"),
          element("member-serial-number", device.spec.serialNumber),
          element("member-model", device.spec.model),
          number("member-priority", 128),
          element("member-mixed-mode", "N"),
          element("member-route-mode", "VC"),
          element("member-role", "Master*"),
          element("neighbor-list"),
        ]),
      ],
      { "junos:style": "single-slot" },
    ),
  ]);
}

function fpcInformation(world: World, device: DeviceState): XmlNode {
  const online = device.forwarding;
  return element(
    "fpc-information",
    [
      element("fpc", [
        number("slot", 0),
        element("state", online ? "Online" : "Present"),
        ...(online
          ? [
              element("temperature", "39 degrees C / 102 degrees F", { "junos:celsius": "39" }),
              number("memory-dram-size", 16_384),
              number("memory-sram-size", 1024),
              number("memory-sdram-size", 2048),
              dateTime("start-time", device.forwardingSince),
              duration("up-time", world.now - device.forwardingSince, "words"),
            ]
          : []),
      ]),
    ],
    { ...payloadNamespace(device.master, "junos-chassis"), "junos:style": "verbose" },
  );
}

function picInformation(device: DeviceState): XmlNode {
  const state = device.forwarding ? "Online" : "Offline";
  return element(
    "fpc-information",
    [
      element("fpc", [
        number("slot", 0),
        element("state", device.forwarding ? "Online" : "Present"),
        element("description", device.spec.model.toUpperCase()),
        element("pic", [
          number("pic-slot", 0),
          element("pic-state", state),
          element("pic-type", "48x10G-8x100G"),
        ]),
      ]),
    ],
    { ...payloadNamespace(device.master, "junos-chassis"), "junos:style": "pic-style" },
  );
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

/** A device keeps none unless something has crashed; each place that it looks into says so. */
function coreDumps(): XmlNode {
  const places = ["/var/crash/*core*", "/var/tmp/*core*", "/var/tmp/pics/*core*", "/var/crash/kernel.*"];
  return element(
    "directory-list",
    places.map((place) => element("output", `${place}: No such file or directory`)),
    { "root-path": "/var/crash/*core*", "junos:style": "verbose" },
  );
}

/** The optics of the ports that have a cable. */
function optics(device: DeviceState): XmlNode {
  const alarmNames = [
    "laser-bias-current-high-alarm",
    "laser-tx-power-low-alarm",
    "laser-rx-power-low-alarm",
  ];
  return element(
    "interface-information",
    [...device.ports.keys()].map((name) =>
      element("physical-interface", [
        element("name", name),
        element("optics-diagnostics", [
          element("laser-bias-current", "6.240"),
          element("rx-signal-avg-optical-power-dbm", "-2.41"),
          ...alarmNames.map((alarm) => element(alarm, "off")),
        ]),
      ]),
    ),
    { ...payloadNamespace(device.master, "junos-interface"), "junos:style": "normal" },
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

/** Every Junos device without a rescue configuration has it. */
function rescueAlarm(device: DeviceState): DeviceAlarm {
  return {
    since: device.master.bootedAt,
    class: "Minor",
    description: "Rescue configuration is not set",
    source: "system",
  };
}
