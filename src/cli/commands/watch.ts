/** `hitless watch`: a campaign in a cluster as it goes, until it has ended. */
import { Command } from "commander";
import type { Kind } from "../../api/kinds.ts";
import { StoreError } from "../../store/errors.ts";
import { findCampaign } from "../cluster/campaigns.ts";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { parseCampaignName } from "../cluster/target.ts";
import { watchCampaign } from "../cluster/watchCampaign.ts";
import { withCluster } from "../cluster/withCluster.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import type { CommandContext, Invocation } from "../program.ts";
import { writeLine } from "../terminal.ts";
import type { Writable } from "node:stream";

function examples(invocation: Invocation): string {
  return `
Examples:
  ${clusterExample(invocation, "watch dc1-24q4")}

Lines are only ever appended: how far it all is, and which devices went through which states. Goes on through
restarts of the API server. Ends when the campaign has ended, not when it waits, is held or stalled.

Exit code 0: the campaign succeeded. 1: it failed, or was deleted.`;
}

export function watchCommand(context: CommandContext): Command {
  const command = new Command("watch")
    .description("follow a campaign and its devices until it has ended")
    .argument("<campaign>", "UpgradeCampaign in a cluster", parseCampaignName);
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (name: string, options: ClusterOptions) => {
      const { terminal, end } = context;
      const onInterrupted = tellInterruptions(terminal.stderr);
      await withCluster({ context, options, onInterrupted }, async (cluster) => {
        const campaign = await findCampaign(cluster, name);
        const outcome = await watchCampaign(cluster, campaign, terminal.stdout);
        if (outcome === "Deleted") writeLine(terminal.stdout, `Campaign ${name} was deleted.`);
        if (outcome !== "Succeeded") end(EXIT_CODES.no);
      });
    });
}

/**
 * Tells why nothing new can be seen, once for each cause: what is tried again and again would fill the screen. That
 * a watch ends and begins anew is nothing to tell.
 */
function tellInterruptions(stream: Writable): (kind: Kind, error: unknown) => void {
  let told: string | undefined;
  return (_kind, error) => {
    const why = error instanceof StoreError ? `${error.code}: ${error.message}` : undefined;
    if (why === undefined || why === told) return;
    told = why;
    writeLine(
      stream,
      `hitless: ${error instanceof StoreError ? error.message : ""}; watching goes on when it can`,
    );
  };
}
