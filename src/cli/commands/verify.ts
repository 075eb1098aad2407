/** `hitless verify`: proves a plan again, by code that shares nothing with the planner, and names a witness. */
import { Command } from "commander";
import { writtenOut } from "../../controllers/fabric/elsewhere.ts";
import { listed } from "../../planner/naturalOrder.ts";
import { buildTopology } from "../../planner/topology/topology.ts";
import type { Violation } from "../../planner/verify/verify.ts";
import { CliError } from "../cliError.ts";
import { addClusterOptions, clusterExample, type ClusterOptions } from "../cluster/clusterOptions.ts";
import { proveStored } from "../cluster/proof.ts";
import { readTarget } from "../cluster/target.ts";
import { withCluster } from "../cluster/withCluster.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import { campaignInput, storeOf } from "../manifests/campaignInput.ts";
import { optionalFilesOption } from "../manifests/filesOption.ts";
import { readManifests } from "../manifests/readManifests.ts";
import { readText } from "../manifests/yamlFiles.ts";
import { parsePlan } from "../planFile.ts";
import { provePlan, readTopology } from "../planning.ts";
import type { CommandContext, Invocation } from "../commandContext.ts";
import { countOf } from "../render/duration.ts";
import { formatOutput, outputOption, type OutputFormat } from "../render/output.ts";
import { renderTable, wrapWords } from "../render/table.ts";
import { readAll, writeLine } from "../terminal.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { Plan } from "../../api/plan.ts";

interface VerifyOptions extends ClusterOptions {
  readonly file?: readonly string[];
  readonly live: boolean;
  readonly output: OutputFormat;
  readonly campaign?: string;
}

/** So many of those who are cut off are named. */
const NAMED = 12;
const DEVICES_WIDTH = 40;

const FILE_EXAMPLES = `  hitless verify plan.json -f examples/quickstart
  hitless plan -f examples/quickstart -o json | hitless verify - -f examples/quickstart
  hitless verify plan.json -f examples/quickstart --live     against what the devices say now`;

function examples(invocation: Invocation): string {
  const cluster = `  ${clusterExample(invocation, "verify dc1-24q4")}`;
  const all = invocation === "hitless" ? [FILE_EXAMPLES, cluster] : [cluster, FILE_EXAMPLES];
  return `
Examples:
${all.join("\n")}

Takes each batch out of the graph of the fabric and asks who can still reach whom. The plan stored in a cluster is
proven against the objects there and what the devices said when the controller last read them all.
Exit code 1: the plan does not keep what it promises; every violation is told with a witness. For a stored plan also:
Fabric, campaign or images have changed since it was made.`;
}

export function verifyCommand(context: CommandContext): Command {
  const command = new Command("verify")
    .description("prove a stored plan again, independently of the planner")
    .argument(
      "<plan>",
      "UpgradeCampaign in a cluster; with -f: a plan as plan -o json prints it, - for standard input",
    )
    .addOption(optionalFilesOption())
    .option("--live", "with -f: against what the devices say now", false)
    .option("--campaign <name>", "with -f: which UpgradeCampaign, where the files have several")
    .addOption(outputOption());
  return addClusterOptions(command, context.invocation)
    .addHelpText("after", examples(context.invocation))
    .action(async (plan: string, { file, ...options }: VerifyOptions) => {
      if (file === undefined) await verifyStored(plan, options, context);
      else await verifyFile(plan, { ...options, file }, context);
    });
}

async function verifyFile(
  planFile: string,
  options: VerifyOptions & { readonly file: readonly string[] },
  { terminal, end }: CommandContext,
): Promise<void> {
  if (planFile === "-" && options.file.includes("-")) {
    throw new CliError("BadInput", "standard input can be the plan or the manifests, not both");
  }
  const text = planFile === "-" ? await readAll(terminal.stdin) : await readText(planFile);
  const plan = parsePlan(text, planFile === "-" ? "standard input" : planFile);
  const manifests = await readManifests(options.file, { stdin: terminal.stdin });
  const store = await storeOf(manifests, { now: Date.now });
  const { campaign, fabric, others } = await campaignInput(store, options.campaign);
  const topology = options.live
    ? await readTopology(fabric, { store, terminal })
    : buildTopology(fabric.spec, null);
  const outOfService = writtenOut(fabric, others);
  const violations = provePlan(plan, { campaign, fabric, topology, outOfService });
  const answer = { holds: violations.length === 0, violations };
  writeLine(
    terminal.stdout,
    formatOutput(options.output, answer, () =>
      [renderAnswer(plan, violations), ...whenOfAnother(plan, fabric)].join("\n"),
    ),
  );
  if (violations.length > 0) end(EXIT_CODES.no);
}

async function verifyStored(
  argument: string,
  options: VerifyOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, end } = context;
  const target = readTarget(argument);
  const isForFile = options.live || options.campaign !== undefined || argument === "-";
  if (
    isForFile ||
    target?.kind !== "UpgradeCampaign" ||
    (context.invocation === "hitless" && options.kubeconfig === undefined)
  ) {
    throw new CliError("BadInput", "a plan from a file needs the objects it is for: name them with -f", {
      hint: "without -f it is the stored plan of a CAMPAIGN in a cluster; hitless takes the one of --kubeconfig",
    });
  }
  await withCluster({ context, options }, async (cluster) => {
    const { plan, violations, outdated, away } = await proveStored(cluster, target.name);
    const answer = { holds: violations.length === 0, outdated, violations };
    const report = (): string =>
      [
        renderAnswer(plan, violations),
        ...(away.length === 0 ? [] : [`Out of service for the campaign right now: ${away.join(", ")}.`]),
        ...(outdated
          ? [
              "It is stale: Fabric, campaign or images have changed since it was made; nothing new starts by it.",
            ]
          : []),
      ].join("\n");
    writeLine(terminal.stdout, formatOutput(options.output, answer, report));
    if (violations.length > 0 || outdated) end(EXIT_CODES.no);
  });
}

/** A plan does not name its Fabric; its devices tell when it is that of another one. */
function whenOfAnother({ devices }: Plan, { metadata, spec }: Fabric): readonly string[] {
  const known = new Set(spec.devices.map(({ name }) => name));
  const strange = Object.keys(devices).filter((name) => !known.has(name));
  if (strange.length === 0) return [];
  const count = countOf(strange.length, "device");
  return [
    `${count} of the plan (${listed(strange, NAMED)}) are none of Fabric ${metadata.name}: is it the plan for these files?`,
  ];
}

function renderAnswer(plan: Plan, violations: readonly Violation[]): string {
  const devices = countOf(Object.keys(plan.devices).length, "device");
  const size = `${devices} in ${countOf(plan.batches.length, "batch", "batches")}`;
  if (violations.length === 0) {
    const cutOff = plan.exposed.flatMap(({ device, endpoints }) =>
      endpoints.map((endpoint) => `${endpoint} (with ${device})`),
    );
    const but = cutOff.length === 0 ? "nobody is cut off" : `nobody is cut off but ${listed(cutOff, NAMED)}`;
    return `The plan holds: ${size}, ${but}.`;
  }
  const rows = violations.map(({ claim, batch, devices: names, witness }) => [
    claim,
    batch === null ? "-" : String(batch),
    wrapWords(names, DEVICES_WIDTH),
    witness,
  ]);
  const title = `The plan does not hold: ${countOf(violations.length, "violation")} in ${size}.`;
  return `${title}\n${renderTable(["claim", "batch", "devices", "witness"], rows, { indent: "  " })}`;
}
