/** `request support information`: what many commands say, one after the other, as text. */
import { renderBraces } from "../config/configText.ts";
import { reads } from "./rpcHandler.ts";
import type { RpcTable } from "./rpcHandler.ts";
import { formatDateTime, output } from "./shape.ts";

export const SUPPORT_RPCS: RpcTable = {
  "get-support-information": reads(({ world, device, plane }) => {
    const user = "user@";
    const sections: readonly (readonly [command: string, text: string])[] = [
      [
        "show version detail no-forwarding",
        `Hostname: ${device.intent.hostName}\nModel: ${device.spec.model}\nJunos: ${plane.release}`,
      ],
      ["show system uptime no-forwarding", `Current time: ${formatDateTime(world.now)}`],
      ["show configuration | except SECRET-DATA | display omit", renderBraces(plane.config.committed)],
    ];
    return [
      output(
        sections
          .map(([command, text]) => `${user}${device.intent.hostName}> ${command}\n\n${text}\n`)
          .join("\n"),
      ),
    ];
  }),
};
