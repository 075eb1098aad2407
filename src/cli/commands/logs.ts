/** `hitless logs`: what happened to one device, a line for each thing, in the order of time. */
import { Command } from "commander";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { parseCampaignName } from "../cluster/target.ts";
import { findUpgrade, outOfServiceSince } from "../cluster/upgrades.ts";
import { withCluster } from "../cluster/withCluster.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
import { renderLog } from "../render/deviceStoryText.ts";
import { formatOutput, outputOption, type OutputFormat } from "../render/output.ts";
import { deviceStory } from "../story/deviceStory.ts";
import { writeLine } from "../terminal.ts";

interface LogsOptions extends ClusterOptions {
  readonly output: OutputFormat;
}

function examples(invocation: Invocation): string {
  return `
Examples:
  ${clusterExample(invocation, "logs dc1-24q4 leaf3")}

From the journal that the device's DeviceUpgrade keeps, so it is there as long as the campaign is. What the controller
logs besides is in its own log.`;
}

export function logsCommand(context: CommandContext): Command {
  const command = new Command("logs")
    .description("show what happened to a device of a campaign, in the order of time")
    .argument("<campaign>", "UpgradeCampaign in a cluster", parseCampaignName)
    .argument("<device>", "the device's name in the Fabric")
    .addOption(outputOption());
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (campaign: string, device: string, options: LogsOptions) => {
      await withCluster({ context, options }, async (cluster) => {
        const upgrade = await findUpgrade(cluster, campaign, device);
        const story = deviceStory(upgrade, await outOfServiceSince(cluster, upgrade));
        writeLine(
          context.terminal.stdout,
          formatOutput(options.output, story.steps, () => renderLog(story)),
        );
      });
    });
}
