/** `hitless verify`: proves a plan again, by code that shares nothing with the planner, and names a witness. */
import { Command } from "commander";
import type { Violation } from "../../planner/verify/verify.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import { campaignInput, storeOf } from "../manifests/campaignInput.ts";
import { filesOption } from "../manifests/filesOption.ts";
import { readManifests } from "../manifests/readManifests.ts";
import { readText } from "../manifests/yamlFiles.ts";
import { parsePlan } from "../planFile.ts";
import { provePlan } from "../planning.ts";
import type { CommandContext } from "../program.ts";
import { countOf } from "../render/duration.ts";
import { formatOutput, outputOption, type OutputFormat } from "../render/output.ts";
import { renderTable, wrapWords } from "../render/table.ts";
import { readAll, writeLine } from "../terminal.ts";
import type { Plan } from "../../api/plan.ts";

interface VerifyOptions {
  readonly file: readonly string[];
  readonly live: boolean;
  readonly output: OutputFormat;
  readonly campaign?: string;
}

const DEVICES_WIDTH = 40;

const EXAMPLES = `
Examples:
  hitless verify plan.json -f examples/quickstart
  hitless plan -f examples/quickstart -o json | hitless verify - -f examples/quickstart
  hitless verify plan.json -f examples/quickstart --live     against what the devices say now

Takes each batch out of the graph of the fabric and asks who can still reach whom.
Exit code 1: the plan does not keep what it promises; every violation is told with a witness.`;

export function verifyCommand({ terminal, end }: CommandContext): Command {
  return new Command("verify")
    .description("prove a stored plan again, independently of the planner")
    .argument("<plan>", "the plan as plan -o json prints it; - reads it from standard input")
    .addOption(filesOption())
    .option("--live", "against what the devices say now", false)
    .option("--campaign <name>", "which UpgradeCampaign, where the files have several")
    .addOption(outputOption())
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, options: VerifyOptions) => {
      const text = file === "-" ? await readAll(terminal.stdin) : await readText(file);
      const plan = parsePlan(text, file === "-" ? "standard input" : file);
      const store = await storeOf(await readManifests(options.file), { now: Date.now });
      const input = await campaignInput(store, options.campaign);
      const violations = await provePlan(plan, input, options.live ? { store, terminal } : undefined);
      const answer = { holds: violations.length === 0, violations };
      writeLine(
        terminal.stdout,
        formatOutput(options.output, answer, () => renderAnswer(plan, violations)),
      );
      if (violations.length > 0) end(EXIT_CODES.no);
    });
}

function renderAnswer(plan: Plan, violations: readonly Violation[]): string {
  const devices = countOf(Object.keys(plan.devices).length, "device");
  const size = `${devices} in ${countOf(plan.batches.length, "batch", "batches")}`;
  if (violations.length === 0) {
    const cutOff = plan.exposed.flatMap(
      ({ device, endpoints }) => `${endpoints.join(", ")} (with ${device})`,
    );
    const but = cutOff.length === 0 ? "nobody is cut off" : `nobody is cut off but ${cutOff.join("; ")}`;
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
