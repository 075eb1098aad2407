/** `hitless watch`: a campaign in a cluster as it goes, until it has ended. */
import { Command } from "commander";
import { findCampaign } from "../cluster/campaigns.ts";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { parseCampaignName } from "../cluster/target.ts";
import { watchCampaign } from "../cluster/watchCampaign.ts";
import { withCluster } from "../cluster/withCluster.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
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
      const outage = tellOutages(terminal.stderr);
      await withCluster({ context, options, onInterrupted: outage.begins }, async (cluster) => {
        const campaign = await findCampaign(cluster, name);
        const outcome = await watchCampaign(cluster, {
          campaign,
          stream: terminal.stdout,
          onNews: outage.ends,
        });
        if (outcome === "Deleted") writeLine(terminal.stdout, `Campaign ${name} was deleted.`);
        if (outcome !== "Succeeded") end(EXIT_CODES.no);
      });
    });
}

/** Tells that nothing new can be seen and why, once for each outage however often it is tried. */
function tellOutages(stream: Writable): {
  readonly begins: (error: unknown) => void;
  readonly ends: () => void;
} {
  let isOut = false;
  return {
    begins(error) {
      if (isOut) return;
      isOut = true;
      const why = error instanceof Error ? error.message : String(error);
      writeLine(stream, `hitless: ${why}; watching goes on when it can`);
    },
    ends() {
      if (isOut) writeLine(stream, "hitless: the API server answers again");
      isOut = false;
    },
  };
}
