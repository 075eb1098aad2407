/** What has no request of its own: operational commands as text, and the shell. */
import { element, textAt } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { isUp } from "../controlPlane.ts";
import { refuse, rpcErrorElement } from "../rpcFailure.ts";
import { storage } from "./fileRpcs.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { multiRoutingEngine, output } from "./shape.ts";
import { ntpStatus, softwareInformation, uptime } from "./systemRpcs.ts";

export const COMMAND_RPCS: RpcTable = {
  command: reads(runCommand),
  "request-shell-execute": reads(runShell),
};

const INVOKE_ON = /^(show (?:version|system uptime|system storage))\s+invoke-on\s+all-routing-engines$/;

function runCommand(context: RpcContext): readonly XmlNode[] {
  const { device, operation } = context;
  const command = operation.text.trim().replaceAll(/\s+/g, " ");
  if (command === "show ntp status") return [ntpStatus(context.world)];
  const shown = INVOKE_ON.exec(command)?.[1];
  if (shown === undefined) throw refuse(`syntax error, expecting <command>`, command);
  const away = device.planes.filter(
    (plane) => plane.power !== "Absent" && !isUp(plane) && plane !== context.plane,
  );
  return [
    ...away.map(({ name }) =>
      rpcErrorElement({ message: `Could not connect to ${name} : No route to host` }),
    ),
    multiRoutingEngine(
      device.planes
        .filter((plane) => isUp(plane) || plane === context.plane)
        .map((plane) => ({ name: plane.name, content: [partOf(context, shown, plane)] })),
    ),
  ];
}

function partOf({ world, device }: RpcContext, shown: string, plane: RpcContext["plane"]): XmlNode {
  switch (shown) {
    case "show version":
      return softwareInformation(device, plane);
    case "show system uptime":
      return uptime(world, device, plane);
    default:
      return storage(world, plane);
  }
}

/** The one question that is asked of the kernel: whether it is a guest. */
function runShell({ plane, operation }: RpcContext): readonly XmlNode[] {
  const command = textAt(operation, "command") ?? "";
  if (!command.includes("hw.re.vmhost_mode")) return [output(`${command}: not found`)];
  return plane.vmhost === undefined && !plane.engineModel.startsWith("RE-S-")
    ? [output("sysctl: unknown oid 'hw.re.vmhost_mode'")]
    : [element("output", `\n${plane.vmhost === undefined ? 0 : 1}\n`)];
}
