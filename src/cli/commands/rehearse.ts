/** `hitless rehearse`: runs a campaign on a simulated twin of its fabric and says what it would cost. */
import { Command } from "commander";
import { EXIT_CODES } from "../exitCodes.ts";
import { campaignInput, storeOf } from "../manifests/campaignInput.ts";
import { filesOption } from "../manifests/filesOption.ts";
import { readManifests } from "../manifests/readManifests.ts";
import { positiveNumber } from "../positiveNumber.ts";
import type { CommandContext } from "../commandContext.ts";
import { formatOutput, outputOption, type OutputFormat } from "../render/output.ts";
import { isHitless, renderTwinReport } from "../render/twinSummary.ts";
import { writeLine } from "../terminal.ts";
import { openLogFile } from "../twin/logFile.ts";
import { readSimulation } from "../twin/simulationFile.ts";
import { watchedRun } from "../twin/watchedRun.ts";

interface RehearseOptions {
  readonly file: readonly string[];
  readonly speed: number;
  readonly output: OutputFormat;
  readonly campaign?: string;
  readonly log?: string;
}

const DEFAULT_SPEED = 240;

const EXAMPLES = `
Examples:
  hitless rehearse -f examples/quickstart
  hitless rehearse -f examples/quickstart --speed 60 -o json > report.json

The twin has the devices, links and servers of the Fabric; simulation/simulation.yaml beside the manifests says
what a Fabric has no field for (servers, releases, times, faults). Devices speak NETCONF over SSH on this machine;
the real ones are not asked. The plan is approved by its hash, as a user would. Progress goes to standard error.

Exit code 1: the campaign did not succeed, or a flow of an endpoint that is not exposed lost a packet.`;

export function rehearseCommand({ terminal, end }: CommandContext): Command {
  return new Command("rehearse")
    .description("run a campaign on a simulated twin of its fabric")
    .addOption(filesOption())
    .option("--speed <factor>", "model seconds in a second", positiveNumber, DEFAULT_SPEED)
    .option("--campaign <name>", "which UpgradeCampaign, where the files have several")
    .option("--log <file>", "write the log of the controller there, as JSON lines")
    .addOption(outputOption())
    .addHelpText("after", EXAMPLES)
    .action(async (options: RehearseOptions) => {
      const store = await storeOf(await readManifests(options.file, { stdin: terminal.stdin }), {
        now: Date.now,
      });
      const objects = await campaignInput(store, options.campaign);
      const description = await readSimulation(options.file, objects.fabric, objects.images);
      const logFile = options.log === undefined ? undefined : await openLogFile(options.log);
      try {
        const report = await watchedRun(
          {
            objects,
            description,
            speed: options.speed,
            signal: terminal.signal,
            ...(logFile === undefined ? {} : { log: logFile.log }),
          },
          { stream: terminal.stderr },
        );
        writeLine(
          terminal.stdout,
          formatOutput(options.output, report, () => renderTwinReport(report)),
        );
        if (!isHitless(report)) end(EXIT_CODES.no);
      } finally {
        await logFile?.close();
      }
    });
}
