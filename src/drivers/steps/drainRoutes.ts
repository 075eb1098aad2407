/**
 * DrainRoutes: no other device sends traffic through this one any more. Its routes are made unattractive and its
 * Ethernet segments withdrawn, while it goes on forwarding; then the others are asked, one by one.
 */
import type { Observation, Step } from "../../engine/step.ts";
import { cannotDrain } from "../drain/cannotDrain.ts";
import { chooseTechniques } from "../drain/choose.ts";
import { drainRoutes as drainCommands } from "../drain/drain.ts";
import { changeConfiguration, confirmChange, readChangeState } from "../changeConfiguration.ts";
import { readDrainable } from "../configurationText.ts";
import { drainRecord } from "../drainRehearsal.ts";
import type { RunContext } from "../driver.ts";
import { whetherMoved } from "../engines.ts";
import { whoStillSends } from "../traffic.ts";
import { missingNow } from "./controlPlane.ts";

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
    const { existingDrain } = configuration;
    if (existingDrain !== null && existingDrain.token !== token) {
      return {
        is: "Blocked",
        reason: "ForeignDrain",
        message: `${device.name} is drained by ${existingDrain.token}`,
      };
    }
    if (existingDrain === null) {
      const against = cannotDrain(configuration, context.settings.drainTechnique);
      if (against !== undefined) return { is: "Failed", ...against };
      return (await whetherMoved(context)) ?? (await whetherMissing(context)) ?? { is: "Needed" };
    }
    if ((await readChangeState(context, PURPOSE)) === "Unconfirmed") return { is: "Needed" };
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
      const { candidates } = chooseTechniques(configuration, "Routes", context.settings.drainTechnique);
      const [commands = [], ...alternatives] = candidates.map((techniques) =>
        drainCommands(configuration, { token: context.token, techniques }),
      );
      await changeConfiguration(context, { purpose: PURPOSE, commands, alternatives, confirmed: true });
    } else await confirmChange(context, PURPOSE);
  },
};

/** What would keep the device drained afterwards is waited for before: in service, nobody is worse off. */
async function whetherMissing(context: RunContext): Promise<Observation | undefined> {
  const missing = await missingNow(context);
  if (missing.length === 0) return undefined;
  const said = missing.map(({ message }) => message).join("; ");
  return { is: "Blocked", reason: "HealthCheckFailed", message: `not drained while so: ${said}` };
}
