/** What the device is built of: inventory, line cards, optics, and whether it is a member of a Virtual Chassis. */
import { element } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { ControlPlane } from "../controlPlane.ts";
import type { DeviceState, World } from "../world.ts";
import { masterAnswers, reads } from "./rpcHandler.ts";
import type { RpcTable } from "./rpcHandler.ts";
import { banner, dateTime, duration, number, payloadNamespace, perNode } from "./shape.ts";

export const CHASSIS_RPCS: RpcTable = {
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
  "get-interface-optics-diagnostics-information": reads(({ device }) => [optics(device), banner()]),
};

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
