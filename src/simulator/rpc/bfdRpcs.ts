/** BFD: one session for every BGP neighbour that is configured with it. */
import { element } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { neighbourOf } from "../network/sessions.ts";
import { SESSION_SIDES } from "../network/routingState.ts";
import { refuse } from "../rpcFailure.ts";
import type { DeviceState, World } from "../world.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcTable } from "./rpcHandler.ts";
import { banner, payloadNamespace } from "./shape.ts";

export const BFD_RPCS: RpcTable = {
  "get-bfd-session-information": reads(({ world, device, operation }) => {
    if (!device.forwarding) throw refuse("the bfd subsystem is not running", operation.name);
    const attributes = { ...payloadNamespace(device.master, "junos-bfd"), "junos:style": "brief" };
    return [element("bfd-session-information", bfdSessions(world, device), attributes), banner()];
  }),
};

function bfdSessions(world: World, device: DeviceState): readonly XmlNode[] {
  return world.sessions.flatMap((session) =>
    SESSION_SIDES.flatMap((side) => {
      const neighbour = neighbourOf(world, session, side);
      if (session[side].device !== device.name || neighbour?.bfdSeconds === undefined) return [];
      const port = world.topology.links[session.link ?? -1]?.[side].port;
      return [
        element("bfd-session", [
          element("session-neighbor", neighbour.address),
          element("session-state", session.sides[side].state === "Established" ? "Up" : "Down"),
          element("session-interface", port === undefined ? "" : `${port}.0`),
          element("session-detection-time", neighbour.bfdSeconds.toFixed(3)),
          element("session-transmission-interval", (neighbour.bfdSeconds / 3).toFixed(3)),
          element("session-adaptive-multiplier", "3"),
        ]),
      ];
    }),
  );
}
