/** `hitless describe`: everything about the upgrade of one device, and how to bring it back by hand. */
import { Command } from "commander";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { parseCampaignName } from "../cluster/target.ts";
import { findUpgrade, latestUpgrade, outOfServiceSince } from "../cluster/upgrades.ts";
import { withCluster } from "../cluster/withCluster.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
import { renderStory } from "../render/deviceStoryText.ts";
import { formatOutput, outputOption, type OutputFormat } from "../render/output.ts";
import { deviceStory } from "../story/deviceStory.ts";
import { writeLine } from "../terminal.ts";

interface DescribeOptions extends ClusterOptions {
  readonly campaign?: string;
  readonly all: boolean;
  readonly output: OutputFormat;
}

function examples(invocation: Invocation): string {
  return `
Examples:
  ${clusterExample(invocation, "describe leaf3")}
  ${clusterExample(invocation, "describe leaf3 --campaign dc1-24q4 --all")}

The steps in time, each with what was seen on the device; why it stands where it stands; and the exact commands to
take back by hand what is left of the upgrade. Without --campaign it is the latest upgrade of the device.`;
}

export function describeCommand(context: CommandContext): Command {
  const command = new Command("describe")
    .description("show the upgrade of one device: its steps, why it stands there, and the way back by hand")
    .argument("<device>", "the device's name in the Fabric")
    .option("--campaign <name>", "that campaign's upgrade of it", parseCampaignName)
    .option("--all", "every health check, not only what does not pass", false)
    .addOption(outputOption());
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (device: string, options: DescribeOptions) => {
      await withCluster({ context, options }, async (cluster) => {
        const upgrade =
          options.campaign === undefined
            ? await latestUpgrade(cluster, device)
            : await findUpgrade(cluster, options.campaign, device);
        const story = deviceStory(upgrade, await outOfServiceSince(cluster, upgrade));
        writeLine(
          context.terminal.stdout,
          formatOutput(options.output, story, () => renderStory(story, options)),
        );
      });
    });
}
