/**
 * DrainAccess: the servers send through their other links only. The aggregated links with an Ethernet segment go
 * down; LACP tells the servers first. Single-homed servers keep their port until the reboot.
 */
import type { Step } from "../../engine/step.ts";
import { drainAccess as drainCommands } from "../../junos/drain/drainConfiguration.ts";
import { readInterfaces } from "../../junos/interfaces.ts";
import { changeConfiguration, confirmChange, readChangeState } from "../changeConfiguration.ts";
import { readDrainable } from "../configurationText.ts";
import { drainRecord } from "../drainRehearsal.ts";
import type { RunContext } from "../driver.ts";

const PURPOSE = "drain access";

export const drainAccess: Step<RunContext> = {
  name: "DrainAccess",
  once: false,
  landing: "InService",
  deadlineSeconds: 600,
  expectedSeconds: 30,
  onDeadline: "Fail",
  outOfService: true,
  needsFreshProof: true,
  silences: false,
  undo: "UndrainAccess",
  takenBackWith: "DrainRoutes",
  pollSeconds: 5,
  async observe(context) {
    const connection = await context.connect(context.device.name);
    const configuration = await readDrainable(connection);
    if (configuration.existingDrain?.token !== context.token) {
      return {
        is: "Blocked",
        reason: "ForeignDrain",
        message: "the drain of its routes is gone from the device",
      };
    }
    if (drainCommands(configuration).length > 0) return { is: "Needed" };
    const disabled = new Set(configuration.existingDrain.disabledInterfaces);
    if (disabled.size === 0) {
      return { is: "Done", evidence: { message: "no server is attached to it and another device" } };
    }
    if ((await readChangeState(context, PURPOSE)) === "Unconfirmed") return { is: "Needed" };
    const interfaces = await readInterfaces(connection.main, { level: "terse" });
    const up = interfaces.filter(({ name, operUp }) => disabled.has(name) && operUp);
    return up.length === 0
      ? {
          is: "Done",
          evidence: {
            message: `${String(disabled.size)} links to servers are down`,
            drain: drainRecord(configuration),
          },
        }
      : {
          is: "Running",
          reason: "DrainUnproven",
          message: `still up: ${up.map(({ name }) => name).join(", ")}`,
        };
  },
  async start(context) {
    const commands = drainCommands(await readDrainable(await context.connect(context.device.name)));
    if (commands.length === 0) await confirmChange(context, PURPOSE);
    else await changeConfiguration(context, { purpose: PURPOSE, commands, confirmed: true });
  },
};
