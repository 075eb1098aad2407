/** What the device is built of: inventory, line cards, optics, and whether it is a member of a Virtual Chassis. */
import { element } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { ControlPlane } from "../controlPlane.ts";
import { isCardDead } from "../faults/faultQueries.ts";
import { refuse } from "../rpcFailure.ts";
import type { DeviceState, World } from "../world.ts";
import { masterAnswers, reads } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { banner, dateTime, duration, number, payloadNamespace, perNode } from "./shape.ts";

export const CHASSIS_RPCS: RpcTable = {
  ...masterAnswers("MasterOnly", {
    "get-chassis-inventory": reads(({ device }) => [chassisInventory(device), banner()]),
    "get-virtual-chassis-information": reads((context) => [virtualChassis(context), banner()]),
    "get-fpc-information": reads((context) =>
      context.device.cluster === undefined
        ? [fpcInformation(context.world, context.device), banner()]
        : perNode(context, (plane) => [nodeFpc(context.world, context.device, plane)]),
    ),
    "get-pic-information": reads((context) =>
      context.device.cluster === undefined
        ? [picInformation(context.world, context.device), banner()]
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

const MEMBER_ROLES = ["Master*", "Backup"];

/** Large switches and routers are no members of a Virtual Chassis, and do not know the question. */
function virtualChassis({ device, operation }: RpcContext): XmlNode {
  const { model, serialNumber, chassisMac, virtualChassisMembers: members = 1 } = device.spec;
  if (model.startsWith("qfx10")) throw refuse("syntax error", operation.name);
  return element("virtual-chassis-information", [
    element("virtual-chassis-id-information", [
      element(
        "virtual-chassis-id",
        `${chassisMac.replaceAll(":", "").slice(0, 4)}.0000.${chassisMac.replaceAll(":", "").slice(8)}`,
      ),
      element("virtual-chassis-mode", "Enabled"),
    ]),
    element(
      "member-list",
      Array.from({ length: members }, (_, id) =>
        element("member", [
          element("member-status", "Prsnt"),
          number("member-id", id),
          element("fpc-slot", `(FPC ${String(id)})`),
          element(
            "member-serial-number",
            id === 0 ? serialNumber : `${serialNumber.slice(0, -1)}${String(id)}`,
          ),
          element("member-model", model),
          number("member-priority", 128),
          element("member-mixed-mode", "N"),
          element("member-route-mode", "VC"),
          element("member-role", MEMBER_ROLES[id] ?? "Linecard"),
          element("neighbor-list"),
        ]),
      ),
      { "junos:style": "single-slot" },
    ),
  ]);
}

/** How many slots for line cards a chassis has; a switch of fixed form is its own only card. */
const SLOTS: Readonly<Record<string, number>> = { qfx10008: 8, qfx10016: 16, mx240: 3, mx480: 6, mx960: 12 };

interface CardInSlot {
  readonly slot: number;
  readonly model: string | undefined;
  readonly state: "Online" | "Present" | "Offline" | "Empty";
}

function cardsOf(world: World, device: DeviceState): readonly CardInSlot[] {
  const { lineCards, model } = device.spec;
  const up = device.forwarding ? "Online" : "Present";
  if (lineCards === undefined) return [{ slot: 0, model: undefined, state: up }];
  const slots = Math.max(SLOTS[model] ?? 0, ...lineCards.map(({ slot }) => slot + 1));
  return Array.from({ length: slots }, (_, slot): CardInSlot => {
    const card = lineCards.find((each) => each.slot === slot);
    if (card === undefined) return { slot, model: undefined, state: "Empty" };
    return { slot, model: card.model, state: isCardDead(world, device.name, slot) ? "Offline" : up };
  });
}

function fpcInformation(world: World, device: DeviceState): XmlNode {
  return element(
    "fpc-information",
    cardsOf(world, device).map(({ slot, state }) =>
      element("fpc", [
        number("slot", slot),
        element("state", state),
        ...(state === "Online"
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
    ),
    { ...payloadNamespace(device.master, "junos-chassis"), "junos:style": "verbose" },
  );
}

/** Empty slots have no PICs to tell of, and are left out. */
function picInformation(world: World, device: DeviceState): XmlNode {
  return element(
    "fpc-information",
    cardsOf(world, device)
      .filter(({ state }) => state !== "Empty")
      .map(({ slot, model, state }) =>
        element("fpc", [
          number("slot", slot),
          element("state", state),
          element("description", model ?? device.spec.model.toUpperCase()),
          element("pic", [
            number("pic-slot", 0),
            element("pic-state", state === "Online" ? "Online" : "Offline"),
            element("pic-type", model ?? "48x10G-8x100G"),
          ]),
        ]),
      ),
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
