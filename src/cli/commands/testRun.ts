/** `hitless test-run`: looks at every device of a campaign as its upgrade would, and changes nothing. */
import { Command } from "commander";
import { findCampaign, upgradesOf } from "../cluster/campaigns.ts";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { parseCampaignName } from "../cluster/target.ts";
import { withCluster } from "../cluster/withCluster.ts";
import { CliError } from "../cliError.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import { campaignInput, storeOf } from "../manifests/campaignInput.ts";
import { optionalFilesOption, refuseWithoutFiles } from "../manifests/filesOption.ts";
import { readManifests } from "../manifests/readManifests.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
import { formatOutput, outputOption, type OutputFormat } from "../render/output.ts";
import { renderTestRun } from "../render/testRunTables.ts";
import { writeLine } from "../terminal.ts";
import { testDevices, testTwin, type TestRunOptions } from "../testRun/runTests.ts";
import { testRunReport, type TestRunReport } from "../testRun/testRunReport.ts";
import { openLogFile } from "../twin/logFile.ts";
import { readSimulation } from "../twin/simulationFile.ts";
import { loadPlan } from "../../controllers/campaign/planStore.ts";

interface CommandOptions extends ClusterOptions {
  readonly file?: readonly string[];
  readonly twin: boolean;
  readonly all: boolean;
  readonly output: OutputFormat;
  readonly campaign?: string;
  readonly log?: string;
}

/** Model seconds in a second, on a twin: nothing is waited for. */
const SPEED = 60;

function examples(invocation: Invocation): string {
  return `
Examples:
  hitless test-run -f examples/quickstart --twin   on a simulated twin of the fabric
  hitless test-run -f fabric/ --all                on the devices themselves, each with its whole table
  ${clusterExample(invocation, "test-run dc1-24q4")}

With -f every device of the plan is asked for its release, health, disk, package and peers, and checks the
configuration of its drain (commit check), which is discarded: no commit, no installation, no reboot. That check
needs a login that may configure. Limits and switches of checks are those of spec.healthChecks.
With CAMPAIGN it is what the last test run of a campaign in the cluster (spec.mode: TestRun) has found. There it is
made again by itself when the campaign is edited, and, where a device failed, every five minutes.

Exit code 1: something does not pass, or the plan is blocked.`;
}

export function testRunCommand(context: CommandContext): Command {
  const command = new Command("test-run")
    .description("look at every device as its upgrade would; changes nothing")
    .argument("[campaign]", "UpgradeCampaign in a cluster", parseCampaignName)
    .addOption(optionalFilesOption())
    .option("--twin", "with -f: on a simulated twin instead of the devices", false)
    .option("--campaign <name>", "with -f: which UpgradeCampaign, where the files have several")
    .option("--all", "every check of every device, not only what does not pass", false)
    .option("--log <file>", "with -f: write the log of the controller there, as JSON lines")
    .addOption(outputOption());
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (campaign: string | undefined, options: CommandOptions) => {
      const { terminal, end } = context;
      const report = await reportOf(campaign, options, context);
      writeLine(
        terminal.stdout,
        formatOutput(options.output, report, () => renderTestRun(report, options)),
      );
      if (!report.passed) end(EXIT_CODES.no);
    });
}

async function reportOf(
  campaign: string | undefined,
  options: CommandOptions,
  context: CommandContext,
): Promise<TestRunReport> {
  const { file } = options;
  if (campaign !== undefined && file === undefined) {
    refuseWithoutFiles({ "--twin": options.twin, "--campaign": options.campaign, "--log": options.log });
    return stored(campaign, options, context);
  }
  if (campaign === undefined && file !== undefined) return made({ ...options, file }, context);
  throw new CliError("BadInput", "name either a CAMPAIGN of the cluster, or manifests with -f, --file");
}

function stored(name: string, options: CommandOptions, context: CommandContext): Promise<TestRunReport> {
  return withCluster({ context, options }, async (cluster) => {
    const campaign = await findCampaign(cluster, name);
    const upgrades = await upgradesOf(cluster, campaign);
    if (upgrades.every(({ status }) => status?.test === undefined)) {
      throw new CliError("Refused", `campaign ${name} has had no test run`, {
        hint: "set spec.mode to TestRun",
      });
    }
    return testRunReport({ campaign, upgrades, record: await loadPlan(cluster.store, campaign) });
  });
}

async function made(
  options: CommandOptions & { readonly file: readonly string[] },
  { terminal }: CommandContext,
): Promise<TestRunReport> {
  const source = await storeOf(await readManifests(options.file, { stdin: terminal.stdin }), {
    now: Date.now,
  });
  const objects = await campaignInput(source, options.campaign);
  const logFile = options.log === undefined ? undefined : await openLogFile(options.log);
  let told = "";
  const common: TestRunOptions = {
    objects,
    signal: terminal.signal,
    onProgress: (message) => {
      if (message !== told) writeLine(terminal.stderr, message);
      told = message;
    },
    ...(logFile === undefined ? {} : { log: logFile.log }),
  };
  try {
    if (!options.twin) return await testDevices({ ...common, source });
    const description = await readSimulation(options.file, objects.fabric, objects.images);
    return await testTwin({ ...common, description, speed: SPEED });
  } finally {
    await logFile?.close();
  }
}
