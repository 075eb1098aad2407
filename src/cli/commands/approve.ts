/** `hitless approve`: says yes to one very plan, named by its hash. */
import { Command, Option } from "commander";
import { ANNOTATIONS } from "../../api/names.ts";
import { update } from "../../store/retryOnConflict.ts";
import { keyOf } from "../../store/store.ts";
import { CliError } from "../cliError.ts";
import { isApproved, obstacleTo, wrongHash, type StoredCampaign } from "../cluster/approval.ts";
import { findCampaign, findPlan, isOutdated } from "../cluster/campaigns.ts";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { confirm, isInteractive } from "../cluster/confirm.ts";
import { parseCampaignName } from "../cluster/target.ts";
import { withCluster, type Cluster } from "../cluster/withCluster.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
import { renderStoredPlan } from "../render/storedPlanReport.ts";
import { writeLine } from "../terminal.ts";

interface ApproveOptions extends ClusterOptions {
  readonly hash?: string;
  readonly annotation?: boolean;
}

function examples(invocation: Invocation): string {
  return `
Examples:
  ${clusterExample(invocation, "approve dc1-24q4")}     shows the plan and asks
  ${clusterExample(invocation, "approve dc1-24q4 --hash 4f2ac0ffee4f2ac0ffee4f2ac0ffee00")}

Approves the plan that is stored in the cluster, and no other: if it changes before you answer, nothing is
approved. Whoever approves needs the verb approve on upgradecampaigns.

The approval is written to spec.approval.planHash. Where the spec belongs to Git, either commit that field, or use
--annotation: it writes ${ANNOTATIONS.approve}, which a re-apply of Git leaves alone.

Exit code 1: not approved. The plan is another one, is blocked or stale, or the answer was no.`;
}

export function approveCommand(context: CommandContext): Command {
  const command = new Command("approve")
    .description("approve the plan of a campaign")
    .argument("<campaign>", "UpgradeCampaign in a cluster", parseCampaignName)
    .addOption(new Option("--hash <hash>", "approve this very plan, without a question"))
    .option("--annotation", `write ${ANNOTATIONS.approve} instead of spec.approval`);
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (name: string, options: ApproveOptions) => {
      await withCluster({ context, options }, (cluster) => approve({ name, options, context }, cluster));
    });
}

async function approve(
  {
    name,
    options,
    context,
  }: { readonly name: string; readonly options: ApproveOptions; readonly context: CommandContext },
  cluster: Cluster,
): Promise<void> {
  const { terminal, end } = context;
  const campaign = await findCampaign(cluster, name);
  const record = await findPlan(cluster, campaign);
  const stored = { campaign, record, outdated: await isOutdated(cluster, campaign, record) };
  const hash = hashToApprove(stored);
  const look = cluster.commandLine("plan", name);
  if (options.hash !== undefined && options.hash !== hash) {
    throw wrongHash(name, { given: options.hash, stored: hash, look });
  }
  const follow = `Follow it with: ${cluster.commandLine("watch", name)}`;
  if (isApproved(stored)) {
    writeLine(terminal.stdout, `Plan ${hash} of campaign ${name} is approved already. ${follow}`);
    return;
  }
  if (options.hash === undefined) {
    if (!isInteractive(terminal)) {
      throw new CliError("BadInput", "there is no terminal to ask at: --hash says which plan is approved", {
        hint: `look at the plan with: ${look}`,
      });
    }
    writeLine(terminal.stdout, `${renderStoredPlan(stored)}\n`);
    if (!(await confirm(terminal, `Approve plan ${hash}?`))) {
      writeLine(terminal.stdout, "Not approved.");
      end(EXIT_CODES.no);
      return;
    }
  }
  await writeApproval(cluster, stored, { hash, annotation: options.annotation === true, look });
  writeLine(terminal.stdout, `Approved: plan ${hash} of campaign ${name}. ${follow}`);
}

/** The hash of a plan that can be approved. Throws `CliError` `Refused` that says why it cannot be. */
function hashToApprove(stored: StoredCampaign): string {
  const obstacle = obstacleTo(stored);
  const { hash } = stored.record.plan;
  if (obstacle === undefined && hash !== null) return hash;
  const { message, hint } = obstacle ?? { message: "the plan has no hash" };
  throw new CliError("Refused", message, hint === undefined ? {} : { hint });
}

/** Writes only as long as the campaign is the same and its plan is still that one. */
async function writeApproval(
  { store, signal }: Cluster,
  { campaign }: StoredCampaign,
  { hash, annotation, look }: { readonly hash: string; readonly annotation?: boolean; readonly look: string },
): Promise<void> {
  const { name, uid } = campaign.metadata;
  await update(
    { store, kind: "UpgradeCampaign", key: keyOf(campaign) },
    (copy) => {
      const stored = copy.status?.plan?.hash ?? "none";
      if (copy.metadata.uid !== uid || stored !== hash) throw wrongHash(name, { given: hash, stored, look });
      if (annotation) {
        copy.metadata.annotations = { ...copy.metadata.annotations, [ANNOTATIONS.approve]: hash };
      } else copy.spec.approval = { ...copy.spec.approval, planHash: hash };
    },
    { signal },
  );
}
