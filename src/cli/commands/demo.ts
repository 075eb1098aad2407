/**
 * `hitless demo`: a whole campaign on the simulated fabric of examples/quickstart, and the same once more without
 * the steps that keep traffic off a device, to show what they are good for.
 */
import { tmpdir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import type { StepName } from "../../api/steps.ts";
import { withoutSteps } from "../../drivers/qfx.ts";
import { DRIVERS } from "../../drivers/registry.ts";
import type { SimulationDescription } from "../../simulator/description.ts";
import { CliError } from "../cliError.ts";
import type { ClusterDemoOptions } from "../demo/onCluster.ts";
import { EXIT_CODES } from "../exitCodes.ts";
import { campaignInput, storeOf, type CampaignInput } from "../manifests/campaignInput.ts";
import { readManifests } from "../manifests/readManifests.ts";
import { positiveNumber } from "../positiveNumber.ts";
import type { CommandContext } from "../commandContext.ts";
import { countOf, formatCount } from "../render/duration.ts";
import { renderPlan } from "../render/planReport.ts";
import { isHitless, renderTwinReport } from "../render/twinSummary.ts";
import { writeLine, type Terminal } from "../terminal.ts";
import type { TwinReport } from "../twin.ts";
import { openLogFile } from "../twin/logFile.ts";
import { readSimulation } from "../twin/simulationFile.ts";
import { watchedRun, type Watch } from "../twin/watchedRun.ts";

interface DemoOptions {
  readonly speed: number;
  readonly log?: string;
  readonly cluster: boolean;
  readonly kubeconfig?: string;
  readonly keep: boolean;
}

/** The example that comes with the package. */
export const QUICKSTART = path.resolve(import.meta.dirname, "../../../examples/quickstart");

/** What the control run leaves out: everything that takes traffic off a device, and the proof that it is off. */
const CONTROL_LACKS: ReadonlySet<StepName> = new Set<StepName>([
  "DrainRoutes",
  "DrainAccess",
  "Quiet",
  "UndrainAccess",
  "UndrainRoutes",
]);

const DEFAULT_SPEED = 240;
const CONTROLLER_LOG = path.join(tmpdir(), "hitless-demo.log");

const EXAMPLES = `
Examples:
  hitless demo
  hitless demo --speed 60 --log demo.log
  npm run demo -- --cluster                on a Kubernetes API server of its own, built once (minutes)
  npm run demo -- --cluster --keep         and everything stays for a second terminal, until Ctrl-C
  hitless demo --kubeconfig FILE           on that cluster: applies crds/, deploy/rbac, deploy/policy and the example

Takes about a minute. Needs nothing but this machine: devices speak NETCONF over SSH on loopback ports. A cluster is
used only when it is named; the example's objects are deleted from it at the end, roles and definitions stay.

Exit code 1: a flow that is not the exposed server's lost a packet, or the control run lost none.`;

export function demoCommand({ terminal, end }: CommandContext): Command {
  return new Command("demo")
    .description("upgrade a simulated fabric, with and without draining")
    .option("--speed <factor>", "model seconds in a second", positiveNumber, DEFAULT_SPEED)
    .option("--log <file>", "write the log of the controller there, as JSON lines")
    .option("--cluster", "on a Kubernetes cluster, with the objects applied by kubectl", false)
    .option("--kubeconfig <file>", "which cluster; the context that is current there")
    .option("--keep", "on a cluster: leave everything running at the end, until Ctrl-C", false)
    .addHelpText("after", EXAMPLES)
    .action(async (options: DemoOptions) => {
      const store = await storeOf(await readManifests([QUICKSTART]), { now: Date.now });
      const objects = await campaignInput(store);
      const description = await readSimulation([QUICKSTART], objects.fabric);
      if (options.cluster && options.kubeconfig === undefined) {
        const hint =
          "run npm run demo -- --cluster in a checkout to have one made, or name one with --kubeconfig";
        throw new CliError("BadInput", "--cluster: which one?", { hint });
      }
      if (options.keep && options.kubeconfig === undefined) {
        const hint = "add --kubeconfig FILE, or run npm run demo -- --cluster --keep in a checkout";
        throw new CliError("BadInput", "--keep goes with a cluster only", { hint });
      }
      writeLine(terminal.stdout, introduction(objects, description, options.speed));
      const isGood = await runBoth(terminal, { objects, description, options });
      if (!isGood) end(EXIT_CODES.no);
    });
}

async function runBoth(
  terminal: Terminal,
  {
    objects,
    description,
    options,
  }: { objects: CampaignInput; description: SimulationDescription; options: DemoOptions },
): Promise<boolean> {
  const { stdout, signal } = terminal;
  // On a cluster the controller is a process of its own, and writes its log itself.
  const hasOwnLog = options.log !== undefined && options.kubeconfig === undefined;
  const logFile = hasOwnLog ? await openLogFile(options.log) : undefined;
  const run = {
    objects,
    description,
    signal,
    speed: options.speed,
    ...(logFile === undefined ? {} : { log: logFile.log }),
  };
  const watch: Watch = {
    stream: stdout,
    showPlan: ({ plan, blockers }) => {
      writeLine(stdout, `\n${renderPlan({ ...objects, plan, blockers })}\n`);
    },
  };
  try {
    const { kubeconfig, keep, log: file = CONTROLLER_LOG } = options;
    const report =
      kubeconfig === undefined
        ? await watchedRun(run, watch)
        : await onCluster({ ...run, kubeconfig, keep, manifests: QUICKSTART, logFile: file }, watch);
    writeLine(stdout, `\n${renderTwinReport(report)}\n`);
    if (report.outcome !== "Succeeded") {
      writeLine(stdout, "The campaign did not succeed, so there is nothing to compare.");
      return false;
    }

    writeLine(stdout, `Control: the same campaign without ${[...CONTROL_LACKS].join(", ")}.`);
    const control = await watchedRun(
      { ...run, drivers: DRIVERS.map((driver) => withoutSteps(driver, CONTROL_LACKS)) },
      { stream: stdout },
    );
    writeLine(stdout, `\n${renderTwinReport(control)}\n`);
    writeLine(stdout, verdict(report, control));
    return isHitless(report) && control.packets.others.lost > 0;
  } finally {
    await logFile?.close();
  }
}

/** Kubernetes is loaded only where it is used: it takes its time. */
async function onCluster(options: ClusterDemoOptions, watch: Watch): Promise<TwinReport> {
  const { runOnCluster } = await import("../demo/onCluster.ts");
  return runOnCluster(options, watch);
}

function introduction({ fabric }: CampaignInput, { servers }: SimulationDescription, speed: number): string {
  const roles = [...new Set(fabric.spec.devices.map(({ role }) => role))];
  const devices = roles.map((role) => {
    const noun = role.toLowerCase();
    const count = fabric.spec.devices.filter((device) => device.role === role).length;
    return countOf(count, noun, noun === "leaf" ? "leaves" : `${noun}s`);
  });
  const fabricText = `${devices.join(", ")}, ${countOf(servers.length, "server")}`;
  return [
    `Fabric ${fabric.metadata.name}, simulated: ${fabricText}.`,
    "Its devices speak NETCONF over SSH on loopback ports; every server sends to every other all the time.",
    `One second here is ${countOf(speed, "second")} there. The objects are those of examples/quickstart.`,
  ].join("\n");
}

function verdict(report: TwinReport, control: TwinReport): string {
  const { others, exposed } = report.packets;
  const lines = [
    `With draining    ${lostText(others.lost)} of flows between servers that the plan keeps connected`,
    `                 ${lostText(exposed.lost)} of flows of the exposed server, as accepted`,
    `Without          ${lostText(control.packets.others.lost)} and ${formatCount(control.packets.exposed.lost)} of the same`,
  ];
  if (others.lost > 0) lines.push("FAILED: a flow that is not the exposed server's lost packets.");
  if (control.packets.others.lost === 0)
    lines.push("FAILED: the control run lost nothing, so it proves nothing.");
  return lines.join("\n");
}

function lostText(lost: number): string {
  return `${countOf(lost, "packet")} lost`;
}
