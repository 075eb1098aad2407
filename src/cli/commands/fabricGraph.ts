/** `hitless fabric graph`: draws a fabric by tiers, with the batches of a plan in colours. */
import { Command, Option } from "commander";
import { parsePlan } from "../planFile.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { Plan } from "../../api/plan.ts";
import { buildTopology, type Topology } from "../../planner/topology/topology.ts";
import type { Store } from "../../store/store.ts";
import { CliError } from "../cliError.ts";
import { renderDot } from "../graph/dot.ts";
import { fabricGraph, type FabricGraph } from "../graph/fabricGraph.ts";
import { renderMermaid } from "../graph/mermaid.ts";
import { renderSvg } from "../graph/svg.ts";
import { campaignInput, fabricInput, storeOf, type CampaignInput } from "../manifests/campaignInput.ts";
import { optionalFilesOption, refuseWithoutFiles } from "../manifests/filesOption.ts";
import { readManifests } from "../manifests/readManifests.ts";
import { readText } from "../manifests/yamlFiles.ts";
import { planFromDevices, planFromFiles, readTopology } from "../planning.ts";
import type { CommandContext } from "../commandContext.ts";
import { writeLine, type Terminal } from "../terminal.ts";

const FORMATS = ["svg", "mermaid", "dot"] as const;
type GraphFormat = (typeof FORMATS)[number];

interface GraphOptions {
  readonly file?: readonly string[];
  readonly plan?: string;
  readonly live: boolean;
  readonly endpoints: boolean;
  readonly output: GraphFormat;
  readonly campaign?: string;
  readonly fabric?: string;
}

const EXAMPLES = `
Examples:
  hitless fabric graph -f examples/quickstart > fabric.svg
  hitless fabric graph -f examples/quickstart --endpoints -o mermaid
  hitless fabric graph -f fabric.yaml --plan plan.json -o dot | dot -Tpng > fabric.png

Super-spines at the top, servers (--endpoints) at the bottom; what a plan cuts off has a red border. The batches are
those of --plan, else of the plan that the campaign in the files makes; without either the fabric is drawn alone.
With --live links and redundancy are read from the devices. A plan without -f knows no links.`;

export function fabricGraphCommand({ terminal }: CommandContext): Command {
  return new Command("graph")
    .description("draw a fabric by tiers, with the batches of a plan in colours")
    .addOption(optionalFilesOption())
    .option("--plan <file>", "a plan as plan -o json prints it")
    .option("--live", "with -f: read the devices; changes nothing on them", false)
    .option("--endpoints", "draw what is attached, too", false)
    .option("--campaign <name>", "with -f: which UpgradeCampaign, where the files have several")
    .option("--fabric <name>", "with -f: which Fabric, where the files have several and no campaign says")
    .addOption(new Option("-o, --output <format>", "form of the picture").choices(FORMATS).default("svg"))
    .addHelpText("after", EXAMPLES)
    .action(async (options: GraphOptions) => {
      const graph = await graphOf(options, terminal);
      terminal.stdout.write(render(graph, options.output));
    });
}

function render(graph: FabricGraph, format: GraphFormat): string {
  switch (format) {
    case "svg":
      return renderSvg(graph);
    case "mermaid":
      return renderMermaid(graph);
    case "dot":
      return renderDot(graph);
  }
}

async function graphOf(options: GraphOptions, terminal: Terminal): Promise<FabricGraph> {
  const { file, endpoints, live, campaign, fabric: wanted } = options;
  if (file === undefined) {
    refuseWithoutFiles({ "--live": live, "--campaign": campaign, "--fabric": wanted });
  }
  const given = options.plan === undefined ? null : parsePlan(await readText(options.plan), options.plan);
  if (file === undefined) {
    if (given === null) {
      throw new CliError(
        "BadInput",
        "what shall be drawn? Name manifests with -f, --file, or a plan with --plan",
      );
    }
    writeLine(terminal.stderr, "hitless: note: a plan knows no links; add the Fabric with -f to see them");
    return fabricGraph({ title: "Plan", topology: null, plan: given, endpoints });
  }
  const store = await storeOf(await readManifests(file, { stdin: terminal.stdin }), { now: Date.now });
  const { fabric, topology, plan } = await readFiles(store, { options, given, terminal });
  const { name } = fabric.metadata;
  return fabricGraph({ title: `Fabric ${name}`, topology, plan, endpoints });
}

interface Drawn {
  readonly fabric: Fabric;
  readonly topology: Topology;
  readonly plan: Plan | null;
}

async function readFiles(
  store: Store,
  {
    options,
    given,
    terminal,
  }: { readonly options: GraphOptions; readonly given: Plan | null; readonly terminal: Terminal },
): Promise<Drawn> {
  const live = { store, terminal };
  const hasCampaign = (await store.list("UpgradeCampaign")).length > 0;
  if (given === null && hasCampaign) {
    const input = await campaignInput(store, options.campaign);
    refuseOtherFabric(input, options.fabric);
    const made = options.live ? await planFromDevices(input, live) : planFromFiles(input);
    return { fabric: input.fabric, topology: made.topology, plan: made.plan };
  }
  const fabric = await fabricInput(store, options.fabric);
  const topology = options.live ? await readTopology(fabric, live) : buildTopology(fabric.spec, null);
  return { fabric, topology, plan: given };
}

/** A campaign says itself which fabric it is on. */
function refuseOtherFabric({ campaign, fabric }: CampaignInput, wanted: string | undefined): void {
  const { name } = fabric.metadata;
  if (wanted === undefined || wanted === name) return;
  throw new CliError(
    "BadInput",
    `--fabric: found ${JSON.stringify(wanted)}, but campaign ${campaign.metadata.name} is on ${name}`,
    { hint: "choose a campaign of that fabric with --campaign, or leave the campaign's file away" },
  );
}
