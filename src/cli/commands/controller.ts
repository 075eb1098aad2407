/** `hitless controller`: the operator itself, as it runs in a Pod. */
import { Command, Option } from "commander";
import { LOG_LEVELS, type LogLevel } from "../../observability/logger.ts";
import { bindAddress, type BindAddress } from "../controller/bindAddress.ts";
import { simulatedTime } from "../controller/simulatedTime.ts";
import type { CommandContext } from "../commandContext.ts";
import type { Clock } from "../../api/time.ts";

interface ControllerCommandOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: readonly string[];
  readonly bindAddress: BindAddress;
  readonly logLevel: LogLevel;
  readonly simulatedTime?: Clock;
}

const EXAMPLES = `
Examples:
  hitless controller                                 in a Pod, with its service account
  hitless controller --kubeconfig FILE -n fabrics    on a cluster of yours, for one namespace

Serves /healthz, /readyz and /metrics at the bind address, and logs one JSON object a line on standard output.
Several may run: the Lease of each Fabric says who acts on it. Ends with SIGTERM or Ctrl-C within a second, and the
next one goes on where it was.`;

export function controllerCommand({ terminal, environment }: CommandContext): Command {
  return new Command("controller")
    .description("run the controller: watch the objects in a cluster and upgrade devices")
    .option("--kubeconfig <file>", "kubeconfig file of the cluster (default: the Pod's service account)")
    .option("--context <name>", "context of the kubeconfig (default: its current one)")
    .option(
      "-n, --namespace <name>",
      "namespace to work in; may be given several times (default: all)",
      append,
    )
    .addOption(
      new Option("--bind-address <host:port>", "where to serve probes and metrics")
        .argParser(bindAddress)
        .default({ host: "0.0.0.0", port: 8080 }, "0.0.0.0:8080"),
    )
    .addOption(new Option("--log-level <level>", "what to log").choices(LOG_LEVELS).default("info"))
    .addOption(
      new Option("--simulated-time <anchorModel,anchorReal,speed>", "model time of a simulation")
        .argParser(simulatedTime)
        .hideHelp(),
    )
    .addHelpText("after", EXAMPLES)
    .action(async ({ namespace = [], ...options }: ControllerCommandOptions) => {
      // The client library takes a second to load and 130 MB to keep: only who uses a cluster pays for it.
      const { runController } = await import("../controller/runController.ts");
      await runController({ ...options, namespaces: namespace, terminal, environment });
    });
}

function append(name: string, before: readonly string[] = []): readonly string[] {
  return [...before, name];
}
