/**
 * DrainRoutes: no other device sends traffic through this one any more. Its routes are made unattractive and its
 * Ethernet segments withdrawn, while it goes on forwarding; then the others are asked, one by one.
 */
import type { Step } from "../../engine/step.ts";
import { drainRoutes as drainCommands } from "../../junos/drain/drainConfiguration.ts";
import { changeConfiguration, confirmChange, readChangeState } from "../changeConfiguration.ts";
import { readDrainable } from "../configurationText.ts";
import { drainRecord } from "../drainRehearsal.ts";
import type { RunContext } from "../driver.ts";
import { whoStillSends } from "../traffic.ts";

const PURPOSE = "drain routes";

export const drainRoutes: Step<RunContext> = {
  name: "DrainRoutes",
  once: false,
  landing: "InService",
  deadlineSeconds: 900,
  expectedSeconds: 60,
  onDeadline: "Fail",
  outOfService: true,
  needsFreshProof: true,
  silences: false,
  undo: "UndrainRoutes",
  pollSeconds: 5,
  async observe(context) {
    const { device, token } = context;
    const configuration = await readDrainable(await context.connect(device.name));
    const { existingDrain, problems } = configuration;
    if (existingDrain !== null && existingDrain.token !== token) {
      return {
        is: "Blocked",
        reason: "ForeignDrain",
        message: `${device.name} is drained by ${existingDrain.token}`,
      };
    }
    const problem = problems[0];
    if (problem !== undefined) {
      return {
        is: "Failed",
        reason: "CommitFailed",
        message: `it cannot be drained: ${problem.code} at ${problem.statement}`,
      };
    }
    if (existingDrain === null || (await readChangeState(context, PURPOSE)) === "Unconfirmed") {
      return { is: "Needed" };
    }
    const senders = await whoStillSends(context);
    return senders.length === 0
      ? {
          is: "Done",
          evidence: {
            message: "no other device's best path goes through it",
            drain: drainRecord(configuration),
          },
        }
      : { is: "Running", reason: "DrainUnproven", message: senders.slice(0, 3).join("; ") };
  },
  async start(context) {
    const configuration = await readDrainable(await context.connect(context.device.name));
    if (configuration.existingDrain === null) {
      const commands = drainCommands(configuration, { token: context.token });
      await changeConfiguration(context, { purpose: PURPOSE, commands, confirmed: true });
    } else await confirmChange(context, PURPOSE);
  },
};
