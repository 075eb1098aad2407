/** `hitless diff`: what a drain changes in a device's configuration, before it does; afterwards, that it is as found. */
import { Command } from "commander";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import { recordOf } from "../../engine/journal.ts";
import { selects } from "../../planner/selector.ts";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { parseCampaignName } from "../cluster/target.ts";
import { findUpgrade } from "../cluster/upgrades.ts";
import { withCluster } from "../cluster/withCluster.ts";
import { CliError } from "../cliError.ts";
import { knownNames } from "../knownNames.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import { campaignInput, storeOf, type CampaignInput } from "../manifests/campaignInput.ts";
import { optionalFilesOption, refuseWithoutFiles } from "../manifests/filesOption.ts";
import { readManifests } from "../manifests/readManifests.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
import { formatOutput, outputOption, type OutputFormat } from "../render/output.ts";
import { writeLine } from "../terminal.ts";
import { testDevices } from "../testRun/runTests.ts";

interface DiffOptions extends ClusterOptions {
  readonly file?: readonly string[];
  readonly campaign?: string;
  readonly output: OutputFormat;
}

/** How a device's configuration stands to the one that was found. */
export interface DrainDiff {
  readonly device: string;
  /** `Ahead`: the drain would change it so. `Drained`: it is changed so. `AsFound`: it was changed, and taken back. */
  readonly is: "Ahead" | "Drained" | "AsFound" | "Differs" | "Unknown";
  readonly message: string;
  /** How it is drained, and why so. */
  readonly techniques: readonly { readonly name: string; readonly why: string }[];
  readonly diff: string | null;
  /** The commands that take the drain back. */
  readonly undo: readonly string[];
}

function examples(invocation: Invocation): string {
  return `
Examples:
  ${clusterExample(invocation, "diff dc1-24q4 leaf3")}
  hitless diff leaf3 -f fabric/     asks the device itself; the change is checked and discarded

Before the upgrade it is what the drain would change, as the device showed it in the last test run (spec.mode:
TestRun). While the device is drained, what takes the drain back. Afterwards, that the configuration is as it was
found, to the letter, apart from the release that wrote it.

Exit code 1: the configuration is not as it was found, or the drain was refused.`;
}

export function diffCommand(context: CommandContext): Command {
  const command = new Command("diff")
    .description("show what the drain changes on a device, or that it is as it was found")
    .argument("[campaign]", "UpgradeCampaign in a cluster; not with -f")
    .argument("[device]", "the device's name in the Fabric")
    .addOption(optionalFilesOption())
    .option("--campaign <name>", "with -f: which UpgradeCampaign, where the files have several")
    .addOption(outputOption());
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (first: string | undefined, second: string | undefined, options: DiffOptions) => {
      const found = await findDiff({ first, second, options }, context);
      writeLine(
        context.terminal.stdout,
        formatOutput(options.output, found, () => renderDiff(found)),
      );
      if (found.is === "Differs") context.end(EXIT_CODES.no);
    });
}

interface Asked {
  readonly first: string | undefined;
  readonly second: string | undefined;
  readonly options: DiffOptions;
}

async function findDiff({ first, second, options }: Asked, context: CommandContext): Promise<DrainDiff> {
  const { file } = options;
  if (file !== undefined && first !== undefined && second === undefined) {
    return diffOfDevice(first, { ...options, file }, context);
  }
  if (file === undefined && first !== undefined && second !== undefined) {
    refuseWithoutFiles({ "--campaign": options.campaign });
    const campaign = parseCampaignName(first);
    return withCluster({ context, options }, async (cluster) =>
      diffOfUpgrade(await findUpgrade(cluster, campaign, second)),
    );
  }
  throw new CliError(
    "BadInput",
    "name a CAMPAIGN of the cluster and a DEVICE, or a DEVICE and manifests with -f",
  );
}

/** From what the upgrade has kept. */
export function diffOfUpgrade({ spec, status = {} }: DeviceUpgrade): DrainDiff {
  const { drain } = status;
  const undo = drain?.undo === undefined || drain.undo === "" ? [] : drain.undo.split("\n");
  const techniques = drain?.techniques ?? [];
  const told = { device: spec.deviceName, techniques, diff: drain?.diff ?? null, undo };
  const compared = recordOf(status, "Compare");
  const routes = recordOf(status, "DrainRoutes");
  const back = recordOf(status, "UndrainRoutes");
  if (compared.state === "Done") {
    const sha256 = status.found?.configuration?.sha256 ?? "";
    return {
      ...told,
      is: "AsFound",
      message: `${compared.message ?? "as found"}; SHA-256 ${sha256}`,
      undo: [],
    };
  }
  if (status.landing?.reason === "ConfigurationDiffers" || compared.state === "Failed") {
    return { ...told, is: "Differs", message: compared.message ?? status.landing?.message ?? "" };
  }
  if (back.state === "Done") {
    return {
      ...told,
      is: "AsFound",
      message: "the drain was taken back; the comparison is to come",
      undo: [],
    };
  }
  if (routes.attempts > 0 && routes.state !== "Undone") {
    return { ...told, is: "Drained", message: "it is drained, or about to be" };
  }
  if (drain?.diff !== undefined) {
    const at = status.test?.at;
    return { ...told, is: "Ahead", message: `as the device showed it${at === undefined ? "" : ` at ${at}`}` };
  }
  return {
    ...told,
    is: "Unknown",
    message: "the device was not asked: make a test run (spec.mode: TestRun), or hitless diff DEVICE -f",
  };
}

/** Asks the device. */
async function diffOfDevice(
  device: string,
  options: DiffOptions & { readonly file: readonly string[] },
  { terminal }: CommandContext,
): Promise<DrainDiff> {
  const source = await storeOf(await readManifests(options.file, { stdin: terminal.stdin }), {
    now: Date.now,
  });
  const objects = onlyDevice(await campaignInput(source, options.campaign), device);
  const report = await testDevices({ objects, source, signal: terminal.signal });
  const tested = report.devices.find(({ name }) => name === device);
  const skipped = report.skipped.find((each) => each.device === device);
  if (tested === undefined) throw new CliError("Refused", `${device}: ${skipped?.message ?? report.message}`);
  if (tested.drainDiff === null) {
    const failed = tested.checks.filter(({ passed }) => !passed);
    // Its message names the device, and says what to do.
    if (failed.some(({ check }) => check === "reachable")) throw new CliError("Unreachable", tested.message);
    const why = failed.find(({ check }) => check === "drain");
    throw new CliError("Refused", `${device}: ${why?.observed ?? tested.message}`);
  }
  return {
    device,
    is: "Ahead",
    message: "as the device shows it now",
    techniques: tested.drainTechniques,
    diff: tested.drainDiff,
    undo: [],
  };
}

/** The campaign for that device alone. */
function onlyDevice(objects: CampaignInput, device: string): CampaignInput {
  const { campaign, fabric } = objects;
  const target = fabric.spec.devices.find(({ name }) => name === device);
  if (target === undefined) {
    const names = fabric.spec.devices.map(({ name }) => name);
    throw new CliError("BadInput", `Fabric ${fabric.metadata.name} has no device ${device}`, {
      hint: `it has: ${knownNames(device, names)}`,
    });
  }
  const assignment = campaign.spec.imageAssignments.find(({ selector }) => selects(selector, target));
  if (assignment === undefined) {
    throw new CliError("BadInput", `campaign ${campaign.metadata.name} does not select ${device}`);
  }
  const { imageRef, path } = assignment;
  const imageAssignments = [
    { imageRef, ...(path === undefined ? {} : { path }), selector: { devices: [device] } },
  ];
  return { ...objects, campaign: { ...campaign, spec: { ...campaign.spec, imageAssignments } } };
}

function renderDiff({ device, message, techniques, diff, undo }: DrainDiff): string {
  const sections = [
    `${device}: ${message}`,
    techniques.length === 0
      ? ""
      : ["Drained by:", ...techniques.map(({ name, why }) => `  ${name}: ${why}`)].join("\n"),
    diff ?? "",
    undo.length === 0 ? "" : ["Takes it back:", ...undo.map((line) => `  ${line}`)].join("\n"),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}
