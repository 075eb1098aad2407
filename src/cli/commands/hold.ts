/** `hitless hold`: the stop that works without Git. */
import { Command } from "commander";
import type { Fabric } from "../../api/fabric.gen.ts";
import { ANNOTATIONS } from "../../api/names.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { ledgerOf } from "../../controllers/fabric/ledger.ts";
import { CliError } from "../cliError.ts";
import { hasEnded } from "../cluster/approval.ts";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { findTarget, holdOf, writeHold } from "../cluster/holding.ts";
import { parseTarget, targetText, type Target } from "../cluster/target.ts";
import { withCluster } from "../cluster/withCluster.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
import { writeLine } from "../terminal.ts";

interface HoldOptions extends ClusterOptions {
  readonly reason?: string;
}

function examples(invocation: Invocation): string {
  return `
Examples:
  ${clusterExample(invocation, 'hold dc1-24q4 --reason "storm in the south"')}
  ${clusterExample(invocation, "hold fabric/dc1")}     every campaign on that fabric

Nothing new starts. A device that is on its way is brought to the nearest safe place: back into service, or, once it
is past the point of return, to the end of its upgrade. The hold is the annotation ${ANNOTATIONS.hold}, which
a re-apply of Git does not undo. Holding what is held already changes at most the reason.`;
}

export function holdCommand(context: CommandContext): Command {
  const command = new Command("hold")
    .description("stop a campaign or a fabric at the next safe place")
    .argument("<target>", "UpgradeCampaign in a cluster, or fabric/NAME", parseTarget)
    .option("--reason <text>", "why, for people");
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (target: Target, options: HoldOptions) => {
      await withCluster({ context, options }, async (cluster) => {
        const found = await findTarget(cluster, target);
        if (found.kind === "UpgradeCampaign" && hasEnded(found)) {
          const phase = found.status?.phase ?? "";
          throw new CliError(
            "Refused",
            `campaign ${target.name} has ended (${phase}): nothing is left to hold`,
          );
        }
        const before = holdOf(found);
        const reason = options.reason ?? before ?? "";
        await writeHold(cluster, target, reason);
        const subject = `${target.kind === "Fabric" ? "Fabric" : "Campaign"} ${target.name}`;
        const why = reason === "" ? "" : `: ${reason}`;
        writeLine(
          context.terminal.stdout,
          [
            `${subject} is ${before === undefined ? "held" : "held already"}${why}`,
            `  ${whatHappens(found)}`,
            `  Let it go on with: ${cluster.commandLine("release", targetText(target))}`,
          ].join("\n"),
        );
      });
    });
}

function whatHappens(found: UpgradeCampaign | Fabric): string {
  const isFabric = found.kind === "Fabric";
  const devices = isFabric
    ? ledgerOf(found).map(({ device }) => device)
    : (found.status?.current?.devices ?? []);
  const rest =
    devices.length === 0
      ? "no device is on its way"
      : `on their way to the nearest safe place: ${devices.join(", ")}`;
  return `${isFabric ? "No campaign starts anything on this fabric" : "Nothing new starts"}; ${rest}.`;
}
