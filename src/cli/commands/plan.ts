/** `hitless plan`: shows which devices would be upgraded in which order, and why. Changes nothing anywhere. */
import { Command } from "commander";
import { parseCampaignName } from "../cluster/target.ts";
import { CliError } from "../cliError.ts";
import { findCampaign, findPlan, isOutdated } from "../cluster/campaigns.ts";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { withCluster } from "../cluster/withCluster.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import { campaignInput, storeOf } from "../manifests/campaignInput.ts";
import { optionalFilesOption } from "../manifests/filesOption.ts";
import { readManifests } from "../manifests/readManifests.ts";
import { planFromDevices, planFromFiles } from "../planning.ts";
import type { CommandContext, Invocation } from "../program.ts";
import { formatOutput, outputOption, type OutputFormat } from "../render/output.ts";
import { renderPlan } from "../render/planReport.ts";
import { renderNextStep, renderStoredPlan } from "../render/storedPlanReport.ts";
import { writeLine, type Terminal } from "../terminal.ts";
import type { Blocker } from "../../engine/campaignWorld.ts";

interface PlanOptions extends ClusterOptions {
  readonly file?: readonly string[];
  readonly live: boolean;
  readonly output: OutputFormat;
  readonly campaign?: string;
}

const FILE_EXAMPLES = `  hitless plan -f examples/quickstart
  hitless plan -f fabric.yaml -f image.yaml -f campaign.yaml -o json > plan.json
  hitless plan -f examples/quickstart --live     reads releases, links and redundancy from the devices`;

function examples(invocation: Invocation): string {
  const cluster = `  ${clusterExample(invocation, "plan dc1-24q4")}`;
  const all = invocation === "hitless" ? [FILE_EXAMPLES, cluster] : [cluster, FILE_EXAMPLES];
  return `
Examples:
${all.join("\n")}

With CAMPAIGN it is the plan that the controller has made and stored in the cluster, read from the devices; how
it stands, and the command that approves it.
With -f nothing is asked of a device unless --live is given: releases are unknown, redundancy is as declared, and
the plan has no hash to approve. With --live every device is read by NETCONF over SSH; a read-only login is enough.

Exit code 1: the plan is blocked, that is, it cannot be approved as it stands; or there is none yet.`;
}

export function planCommand(context: CommandContext): Command {
  const command = new Command("plan")
    .description("show the plan of a campaign: batches, times, who is cut off, and why")
    .argument("[campaign]", "UpgradeCampaign in a cluster", parseCampaignName)
    .addOption(optionalFilesOption())
    .option("--live", "with -f: read the devices; changes nothing on them", false)
    .option("--campaign <name>", "with -f: which UpgradeCampaign, where the files have several")
    .addOption(outputOption());
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (campaign: string | undefined, options: PlanOptions) => {
      const { file } = options;
      if (campaign !== undefined && file === undefined) await showStored(campaign, options, context);
      else if (campaign === undefined && file !== undefined) await showMade({ ...options, file }, context);
      else throw eitherOr(campaign);
    });
}

function eitherOr(campaign: string | undefined): CliError {
  return campaign === undefined
    ? new CliError("BadInput", "which campaign? Name a CAMPAIGN of the cluster, or manifests with -f, --file")
    : new CliError(
        "BadInput",
        `either a CAMPAIGN of the cluster (${campaign}) or manifests with -f, not both`,
        {
          hint: "--campaign chooses among the campaigns of files",
        },
      );
}

/** The plan of a campaign in a cluster. */
async function showStored(name: string, options: PlanOptions, context: CommandContext): Promise<void> {
  const { terminal, end } = context;
  if (options.live || options.campaign !== undefined) {
    const option = options.live ? "--live" : "--campaign";
    throw new CliError("BadInput", `${option} goes with -f only: the plan in the cluster is made already`);
  }
  await withCluster({ context, options }, async (cluster) => {
    const campaign = await findCampaign(cluster, name);
    const record = await findPlan(cluster, campaign);
    const stored = { campaign, record, outdated: await isOutdated(cluster, campaign, record) };
    const report = (): string =>
      `${renderStoredPlan(stored)}\n\n${renderNextStep(stored, cluster.commandLine)}`;
    writeLine(terminal.stdout, formatOutput(options.output, record.plan, report));
    if (record.blockers.length === 0) return;
    if (options.output !== "table") tellBlockers(terminal, record.blockers);
    end(EXIT_CODES.no);
  });
}

/** A plan made here. */
async function showMade(
  options: PlanOptions & { readonly file: readonly string[] },
  { terminal, end }: CommandContext,
): Promise<void> {
  const store = await storeOf(await readManifests(options.file), { now: Date.now });
  const input = await campaignInput(store, options.campaign);
  const { plan, blockers, problems } = options.live
    ? await planFromDevices(input, { store, terminal })
    : planFromFiles(input);
  const report = (): string => renderPlan({ plan, campaign: input.campaign, blockers });
  writeLine(terminal.stdout, formatOutput(options.output, plan, report));
  for (const { device, message } of problems) writeLine(terminal.stderr, `hitless: ${device}: ${message}`);
  if (blockers.length === 0) return;
  if (options.output !== "table") tellBlockers(terminal, blockers);
  end(EXIT_CODES.no);
}

function tellBlockers({ stderr }: Terminal, blockers: readonly Blocker[]): void {
  for (const { device, reason, message } of blockers) {
    writeLine(stderr, `hitless: blocked by ${device}: ${message} [${reason}]`);
  }
}
