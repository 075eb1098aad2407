/**
 * The way back: first the servers' links, then the routes. The other order would draw traffic to a device whose
 * servers are not there yet. What to take back stands on the device itself, in the drain's mark.
 */
import type { StepName } from "../../api/steps.ts";
import type { Observation, Step } from "../../engine/step.ts";
import {
  undrainAccess as undrainAccessCommands,
  undrainRoutes as undrainRoutesCommands,
} from "../drain/drain.ts";
import type { DrainableConfiguration } from "../../junos/drain/drainableConfiguration.ts";
import { readLacp } from "../../junos/lacp.ts";
import { changeConfiguration } from "../changeConfiguration.ts";
import { readDrainable } from "../configurationText.ts";
import type { RunContext } from "../driver.ts";
import { whoDoesNotSendYet } from "../traffic.ts";

interface UndrainParts {
  readonly purpose: string;
  /** What is still to be taken back; empty when nothing is. */
  readonly commands: (configuration: DrainableConfiguration) => readonly string[];
  /** Whether taking it back has had its effect. */
  readonly whenRemoved: (context: RunContext, configuration: DrainableConfiguration) => Promise<Observation>;
}

function undrainStep(name: StepName, { purpose, commands, whenRemoved }: UndrainParts): Step<RunContext> {
  return {
    name,
    once: false,
    landing: "Forward",
    deadlineSeconds: 900,
    expectedSeconds: 30,
    onDeadline: "Hang",
    outOfService: true,
    needsFreshProof: false,
    silences: false,
    pollSeconds: 5,
    async observe(context) {
      const configuration = await readDrainable(await context.connect(context.device.name));
      return commands(configuration).length > 0 ? { is: "Needed" } : whenRemoved(context, configuration);
    },
    async start(context) {
      const remaining = commands(await readDrainable(await context.connect(context.device.name)));
      await changeConfiguration(context, { purpose, commands: remaining, confirmed: false, urgent: true });
    },
  };
}

export const undrainAccess = undrainStep("UndrainAccess", {
  purpose: "undrain access",
  commands: undrainAccessCommands,
  async whenRemoved(context, { segments }) {
    const { main } = await context.connect(context.device.name);
    const names = new Set(segments.map((segment) => segment.interface));
    const waiting = (await readLacp(main))
      .filter(({ name: aggregate }) => names.has(aggregate))
      .flatMap(({ members }) => members.filter((member) => !member.collectingDistributing));
    // Links that were down when the device was found are none of ours to wait for.
    const downBefore = (await context.backups.load())?.readings.lacpLocal?.value ?? 0;
    return waiting.length <= downBefore
      ? { is: "Done", evidence: { message: "the links to servers are up" } }
      : { is: "Running", message: `LACP is not up on ${waiting.map((member) => member.name).join(", ")}` };
  },
});

export const undrainRoutes = undrainStep("UndrainRoutes", {
  purpose: "undrain routes",
  commands: undrainRoutesCommands,
  async whenRemoved(context) {
    const missing = await whoDoesNotSendYet(context);
    return missing.length === 0
      ? { is: "Done", evidence: { message: "the other devices use it again" } }
      : { is: "Running", message: missing.slice(0, 3).join("; ") };
  },
});
