/** `hitless release`: lets a held campaign or fabric go on. */
import { Command } from "commander";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { findTarget, holdOf, writeHold } from "../cluster/holding.ts";
import { parseTarget, targetText, type Target } from "../cluster/target.ts";
import { withCluster, type Cluster } from "../cluster/withCluster.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
import { writeLine } from "../terminal.ts";

function examples(invocation: Invocation): string {
  return `
Examples:
  ${clusterExample(invocation, "release dc1-24q4")}
  ${clusterExample(invocation, "release fabric/dc1")}

The campaign goes on where it was, with the same plan and approval. What is not held stays as it is.`;
}

export function releaseCommand(context: CommandContext): Command {
  const command = new Command("release")
    .description("let a held campaign or fabric go on")
    .argument("<target>", "UpgradeCampaign in a cluster, or fabric/NAME", parseTarget);
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (target: Target, options: ClusterOptions) => {
      await withCluster({ context, options }, async (cluster) => {
        const found = await findTarget(cluster, target);
        const before = holdOf(found);
        await writeHold(cluster, target, undefined);
        const subject = `${target.kind === "Fabric" ? "Fabric" : "Campaign"} ${target.name}`;
        const was = before === undefined || before === "" ? "" : ` (it was held: ${before})`;
        const lines = [
          before === undefined ? `${subject} is not held` : `${subject} is released${was}`,
          ...(await whatStillHolds(cluster, found)),
        ];
        writeLine(context.terminal.stdout, lines.join("\n"));
      });
    });
}

/** A campaign goes on only when its fabric is not held and spec.paused is false. */
async function whatStillHolds(
  { store, namespace, signal, commandLine }: Cluster,
  found: UpgradeCampaign | Fabric,
): Promise<readonly string[]> {
  if (found.kind === "Fabric")
    return ["  Campaigns on this fabric go on, but those that are held themselves."];
  const { fabricRef, paused } = found.spec;
  const lines = paused ? ["  It does not go on yet: spec.paused is true."] : [];
  const fabric = await store.get("Fabric", { namespace, name: fabricRef.name }, { signal });
  const hold = fabric === undefined ? undefined : holdOf(fabric);
  if (hold !== undefined) {
    const target = targetText({ kind: "Fabric", name: fabricRef.name });
    const why = hold === "" ? "" : ` (${hold})`;
    lines.push(
      `  Fabric ${fabricRef.name} is held${why}; release it with: ${commandLine("release", target)}`,
    );
  }
  return lines;
}
