/**
 * DrainAccess: the servers send through their other links only. The aggregated links with an Ethernet segment go
 * down; LACP tells the servers first. Single-homed servers keep their port until the reboot.
 */
import type { Step } from "../../engine/step.ts";
import { chooseTechniques } from "../drain/choose.ts";
import { drainAccess as drainCommands, usedTechniques } from "../drain/drain.ts";
import type { DrainableConfiguration } from "../../junos/drain/drainableConfiguration.ts";
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
    const { disabledInterfaces, maintenanceMode } = configuration.existingDrain;
    if (waysDown(configuration, context).length > 0) return { is: "Needed" };
    const down = new Set(
      maintenanceMode
        ? configuration.accessInterfaces.map(({ name }) => name)
        : disabledInterfaces.map((marked) => marked.split(" ").at(-1)),
    );
    if (down.size === 0) {
      return { is: "Done", evidence: { message: "no server is attached to it and another device" } };
    }
    if ((await readChangeState(context, PURPOSE)) === "Unconfirmed") return { is: "Needed" };
    const interfaces = await readInterfaces(connection.main, { level: "terse" });
    const up = interfaces.filter(({ name, operUp }) => down.has(name) && operUp);
    return up.length === 0
      ? {
          is: "Done",
          evidence: {
            message: `${String(down.size)} links to servers are down`,
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
    const configuration = await readDrainable(await context.connect(context.device.name));
    const [commands, ...alternatives] = waysDown(configuration, context);
    if (commands === undefined) await confirmChange(context, PURPOSE);
    else await changeConfiguration(context, { purpose: PURPOSE, commands, alternatives, confirmed: true });
  },
};

/** The commands of each technique that could take the links down; empty when nothing is left to do. */
function waysDown(
  configuration: DrainableConfiguration,
  { settings }: RunContext,
): readonly (readonly string[])[] {
  const used = usedTechniques(configuration, "Access");
  const candidates =
    used.length > 0 ? [used] : chooseTechniques(configuration, "Access", settings.drainTechnique).candidates;
  const ways = candidates.map((techniques) => drainCommands(configuration, { techniques }));
  return ways.some((commands) => commands.length === 0) ? [] : ways;
}
