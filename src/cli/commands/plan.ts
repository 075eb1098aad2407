/** `hitless plan`: shows which devices would be upgraded in which order, and why. Changes nothing anywhere. */
import { Command } from "commander";
import { EXIT_CODES } from "../exitCodes.ts";
import { campaignInput, storeOf } from "../manifests/campaignInput.ts";
import { filesOption } from "../manifests/filesOption.ts";
import { readManifests } from "../manifests/readManifests.ts";
import { planFromDevices, planFromFiles } from "../planning.ts";
import type { CommandContext } from "../program.ts";
import { formatOutput, outputOption, type OutputFormat } from "../render/output.ts";
import { renderPlan } from "../render/planReport.ts";
import { writeLine } from "../terminal.ts";

interface PlanOptions {
  readonly file: readonly string[];
  readonly live: boolean;
  readonly output: OutputFormat;
  readonly campaign?: string;
}

const EXAMPLES = `
Examples:
  hitless plan -f examples/quickstart
  hitless plan -f fabric.yaml -f image.yaml -f campaign.yaml -o json > plan.json
  hitless plan -f examples/quickstart --live     reads releases, links and redundancy from the devices

Without --live nothing is asked of a device: releases are unknown, redundancy is as declared, and the plan has
no hash to approve. With --live every device is read by NETCONF over SSH; a read-only login is enough.

Exit code 1: the plan is blocked, that is, it cannot be approved as it stands.`;

export function planCommand({ terminal, end }: CommandContext): Command {
  return new Command("plan")
    .description("show the plan of a campaign: batches, times, who is cut off, and why")
    .addOption(filesOption())
    .option("--live", "read the devices; changes nothing on them", false)
    .option("--campaign <name>", "which UpgradeCampaign, where the files have several")
    .addOption(outputOption())
    .addHelpText("after", EXAMPLES)
    .action(async (options: PlanOptions) => {
      const store = await storeOf(await readManifests(options.file), { now: Date.now });
      const input = await campaignInput(store, options.campaign);
      const { plan, blockers, problems } = options.live
        ? await planFromDevices(input, { store, terminal })
        : planFromFiles(input);
      const report = (): string => renderPlan({ plan, campaign: input.campaign, blockers });
      writeLine(terminal.stdout, formatOutput(options.output, plan, report));
      for (const { device, message } of problems)
        writeLine(terminal.stderr, `hitless: ${device}: ${message}`);
      if (blockers.length > 0) {
        if (options.output !== "table") {
          for (const { device, reason, message } of blockers) {
            writeLine(terminal.stderr, `hitless: blocked by ${device}: ${message} [${reason}]`);
          }
        }
        end(EXIT_CODES.no);
      }
    });
}
