/**
 * `hitless plan`: shows which devices would be upgraded in which order, and why; explains one of them, compares two
 * plans, and foresees what follows when a step fails. Changes nothing anywhere.
 */
import { Command, Option } from "commander";
import type { Blocker } from "../../engine/campaignWorld.ts";
import { PlanningError } from "../../planner/planningError.ts";
import { isStoreError } from "../../store/errors.ts";
import { CliError } from "../cliError.ts";
import { knownNames } from "../knownNames.ts";
import type { StoredCampaign } from "../cluster/approval.ts";
import { findCampaign, findPlan, isOutdated } from "../cluster/campaigns.ts";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { parseCampaignName } from "../cluster/target.ts";
import { withCluster, type Cluster } from "../cluster/withCluster.ts";
import { loadSide } from "../diff/loadSide.ts";
import { diffPlans } from "../diff/planDiff.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import { explainDevice } from "../explain/explainDevice.ts";
import { forecastFailure, stepsOf } from "../failure/forecast.ts";
import { campaignInput, storeOf } from "../manifests/campaignInput.ts";
import { optionalFilesOption } from "../manifests/filesOption.ts";
import { readManifests } from "../manifests/readManifests.ts";
import { DRIVERS } from "../../drivers/registry.ts";
import { planFromDevices, planFromFiles } from "../planning.ts";
import { viewOfCluster, viewOfFiles, type PlanView } from "../planView.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
import { explanationReport } from "../render/explanationReport.ts";
import { forecastReport } from "../render/forecastReport.ts";
import { formatReport, outputOption, REPORT_FORMATS, type ReportFormat } from "../render/output.ts";
import { planDiffReport } from "../render/planDiffReport.ts";
import { planReport } from "../render/planReport.ts";
import { nextStep, storedPlanReport } from "../render/storedPlanReport.ts";
import { writeLine, type Terminal } from "../terminal.ts";

interface PlanOptions extends ClusterOptions {
  readonly file?: readonly string[];
  readonly live: boolean;
  readonly output: ReportFormat;
  readonly campaign?: string;
  readonly explain?: string;
  readonly failure?: string;
  readonly diff?: readonly string[];
}

const FILE_EXAMPLES = `  hitless plan -f examples/quickstart
  hitless plan -f fabric.yaml -f image.yaml -f campaign.yaml -o json > plan.json
  hitless plan -f examples/quickstart --live     reads releases, links and redundancy from the devices
  hitless plan -f examples/quickstart --explain leaf2
  hitless plan -f examples/quickstart --failure Reboot
  hitless plan --diff before/ after/ -o markdown  for a pull request: what the change does to the plan`;

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

--explain says what keeps a device out of every other batch of its tier, with the server, uplink, route reflector,
role or group that it is about. --failure plays a failure of that step through the rules that would decide it for
real, and says what follows in which order, how long that takes, and what is lost. --diff compares two plans: files
that plan -o json has written, or manifests, from which plans are made.

Exit code 1: the plan is blocked, that is, it cannot be approved as it stands; or there is none yet. With --diff it
is the new plan's.`;
}

export function planCommand(context: CommandContext): Command {
  const command = new Command("plan")
    .description("show the plan of a campaign: batches, times, who is cut off, and why")
    .argument("[campaign]", "UpgradeCampaign in a cluster", parseCampaignName)
    .addOption(optionalFilesOption())
    .option("--live", "with -f: read the devices; changes nothing on them", false)
    .option("--campaign <name>", "with -f or --diff: which UpgradeCampaign, where the files have several")
    .addOption(
      new Option("--explain <device>", "why a device stands in its batch").conflicts(["failure", "diff"]),
    )
    .addOption(new Option("--failure <step>", "what follows if that step fails").conflicts("diff"))
    .addOption(new Option("--diff <plans...>", "what changes from OLD to NEW: two plans or folders"))
    .addOption(outputOption(REPORT_FORMATS));
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (campaign: string | undefined, options: PlanOptions) => {
      const { file, diff } = options;
      if (diff !== undefined) await showDiff(campaign, { ...options, diff }, context);
      else if (campaign !== undefined && file === undefined) await showStored(campaign, options, context);
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
    if (isQuestion(options)) {
      writeLine(terminal.stdout, answer(await viewOfCluster(cluster, stored), options));
      return;
    }
    const ground = await groundOf(cluster, stored);
    const report = storedPlanReport(stored, ground);
    const next = nextStep(stored, cluster.commandLine);
    writeLine(
      terminal.stdout,
      formatReport(options.output, record.plan, () => ({ ...report, sections: [...report.sections, next] })),
    );
    if (record.blockers.length === 0) return;
    if (options.output !== "table") tellBlockers(terminal, record.blockers);
    end(EXIT_CODES.no);
  });
}

/** The fabric of a stored plan; a plan is shown without it, too. */
async function groundOf(cluster: Cluster, stored: StoredCampaign): Promise<Partial<PlanView>> {
  try {
    const { fabric, topology } = await viewOfCluster(cluster, stored);
    return { fabric, topology };
  } catch (error) {
    const isPlain = error instanceof CliError || error instanceof PlanningError;
    if (isPlain || isStoreError(error, "Forbidden")) return {};
    throw error;
  }
}

/** A plan made here. */
async function showMade(
  options: PlanOptions & { readonly file: readonly string[] },
  { terminal, end }: CommandContext,
): Promise<void> {
  const manifests = await readManifests(options.file, { stdin: terminal.stdin });
  const store = await storeOf(manifests, { now: Date.now });
  const input = await campaignInput(store, options.campaign);
  const made = options.live ? await planFromDevices(input, { store, terminal }) : planFromFiles(input);
  const view = viewOfFiles(input, made);
  const { plan, blockers, problems } = made;
  const text = isQuestion(options)
    ? answer(view, options)
    : formatReport(options.output, plan, () => planReport(view));
  writeLine(terminal.stdout, text);
  for (const { device, message } of problems) writeLine(terminal.stderr, `hitless: ${device}: ${message}`);
  if (blockers.length === 0 || isQuestion(options)) return;
  if (options.output !== "table") tellBlockers(terminal, blockers);
  end(EXIT_CODES.no);
}

/** Something is asked about the plan; whether it may be approved is not what is asked. */
function isQuestion({ explain, failure }: PlanOptions): boolean {
  return explain !== undefined || failure !== undefined;
}

/** The answer to `--explain` or `--failure`. */
function answer(view: PlanView, { explain, failure, output }: PlanOptions): string {
  if (explain !== undefined) {
    const { maxBatchSize } = view.campaign.spec.strategy;
    const explanation = explainDevice(explain, { ...view, maxBatchSize });
    if (explanation === undefined) {
      const names = view.fabric.spec.devices.map(({ name }) => name);
      throw unknownName("--explain", { found: explain, kind: "a device of the fabric", names });
    }
    return formatReport(output, explanation, () => explanationReport(explanation));
  }
  const input = { ...view, drivers: DRIVERS };
  const steps = stepsOf(input);
  const step = steps.find((each) => each.toLowerCase() === failure?.toLowerCase());
  if (step === undefined) {
    throw unknownName("--failure", { found: failure ?? "", kind: "a step of this plan", names: steps });
  }
  const forecast = forecastFailure(step, input);
  return formatReport(output, forecast, () => forecastReport(forecast));
}

function unknownName(
  option: string,
  {
    found,
    kind,
    names,
  }: { readonly found: string; readonly kind: string; readonly names: readonly string[] },
): CliError {
  const hint = names.length === 0 ? "the plan has no device" : `must be one of ${knownNames(found, names)}`;
  return new CliError("BadInput", `${option}: found ${JSON.stringify(found)}, which is not ${kind}`, {
    hint,
  });
}

/** What changes from one plan to another. */
async function showDiff(
  campaign: string | undefined,
  options: PlanOptions & { readonly diff: readonly string[] },
  { terminal, end }: CommandContext,
): Promise<void> {
  const [oldPath, newPath, ...rest] = options.diff;
  if (campaign !== undefined || options.file !== undefined || options.live) {
    throw new CliError(
      "BadInput",
      "--diff takes its two plans itself: it goes neither with CAMPAIGN nor with -f",
      {
        hint: "write a plan to a file first: plan -o json",
      },
    );
  }
  if (oldPath === undefined || newPath === undefined || rest.length > 0) {
    throw new CliError("BadInput", `--diff: found ${String(options.diff.length)}, must be two: OLD NEW`, {
      hint: "each is a plan from plan -o json, or a folder of manifests",
    });
  }
  const sides = {
    old: await loadSide(oldPath, options.campaign),
    new: await loadSide(newPath, options.campaign),
  };
  const plans = { old: sides.old.plan, new: sides.new.plan };
  const names = { old: oldPath, new: newPath };
  const diff = diffPlans(plans.old, plans.new);
  const report = (): ReturnType<typeof planDiffReport> => planDiffReport({ names, plans, diff });
  writeLine(terminal.stdout, formatReport(options.output, diff, report));
  if (sides.new.blockers.length === 0) return;
  tellBlockers(terminal, sides.new.blockers);
  end(EXIT_CODES.no);
}

function tellBlockers({ stderr }: Terminal, blockers: readonly Blocker[]): void {
  for (const { device, reason, message } of blockers) {
    writeLine(stderr, `hitless: blocked by ${device}: ${message} [${reason}]`);
  }
}
